"""How a door stands, and its mode: who may come in at all."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal

from facedoor.strict import more
from facedoor.times import utc_now


class Mode(enum.StrEnum):
    """What the door opens for."""

    NORMAL = "normal"
    """Faces, and commands."""
    FACE_OFF = "face_off"
    """Commands only."""
    LOCKDOWN = "lockdown"
    """Nothing; a pulse that is on its way ends."""


class DoorName(enum.StrEnum):
    """The state of the door in one word, for people and on MQTT."""

    LOCKED = "locked"
    RELEASING = "releasing"
    OPEN = "open"
    HELD_OPEN = "held_open"
    FORCED = "forced"
    LOCKING = "locking"
    JAMMED = "jammed"
    UNKNOWN = "unknown"
    LOCKDOWN = "lockdown"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """How the door stands since ``since`` (RFC 3339 UTC), on ``.../state``.

    ``is_open`` is what the contact says, ``None`` where there is none, or it is not known;
    ``tampered`` whether the tamper switch has tripped. ``mode`` is set by whoever tells it.
    """

    since: str
    is_locked: bool = field(
        metadata=more(
            key="lock",
            said=(Literal["locked", "released"], lambda said: said == "locked"),
            told=lambda is_locked: "locked" if is_locked else "released",
        )
    )
    is_open: bool | None = field(
        metadata=more(
            key="contact",
            said=(Literal["open", "closed"], lambda said: said == "open"),
            told=lambda is_open: "open" if is_open else "closed",
        )
    )
    name: DoorName = field(metadata=more(key="state"))
    tampered: bool = field(metadata=more(key="tamper"))
    mode: Mode = Mode.NORMAL

    @classmethod
    def not_known(cls) -> DoorStatus:
        """The door before anybody has looked; its lock was not touched."""
        return cls(utc_now(), is_locked=True, is_open=None, name=DoorName.UNKNOWN, tampered=False)
