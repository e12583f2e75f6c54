"""What the doorkeeper tells others: what happened at the door, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from facedoor.door.profile import Profile
from facedoor.door.release import ExitDecision, ReleaseDecision
from facedoor.door.states import (
    Closed,
    DoorName,
    DoorState,
    Happening,
    Locked,
    Open,
    Stopped,
    Unseen,
    name_of,
)
from facedoor.times import utc_now
from facedoor.wire.events import Decision
from facedoor.wire.mode import Mode


@dataclass(frozen=True, slots=True)
class RelayChanged:
    """A relay of the lock was switched. ``time`` is RFC 3339 UTC."""

    time: str
    on: bool


@dataclass(frozen=True, slots=True)
class DoorHappened:
    """Something at the door that nobody asked for. ``time`` is RFC 3339 UTC."""

    time: str
    happening: Happening

    def as_json(self) -> dict[str, object]:
        """What stands in the journal."""
        name, *more = self.happening.value
        return {"time": self.time, "event": name, **dict([more] if more else [])}


_IS_OPEN: dict[type, bool | None] = {Open: True, Closed: False, Unseen: None}

DoorEvent: TypeAlias = Decision | ReleaseDecision | ExitDecision | DoorHappened | RelayChanged


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """How the door stands since ``since`` (RFC 3339 UTC).

    ``is_open`` is what the contact says, ``None`` where there is none, or it is not known.
    """

    since: str
    is_locked: bool
    is_open: bool | None
    name: DoorName
    tampered: bool

    @classmethod
    def not_known(cls) -> DoorStatus:
        """The door before anybody has looked; its lock was not touched."""
        return cls(utc_now(), is_locked=True, is_open=None, name=DoorName.UNKNOWN, tampered=False)

    @classmethod
    def of(cls, state: DoorState, profile: Profile, mode: Mode) -> DoorStatus:
        """``state`` as it is from now on."""
        stays_locked = profile.lock.is_secure_at_rest or state.bolt_is_out is True
        return cls(
            since=utc_now(),
            is_locked=isinstance(state.lock, Locked)
            or (isinstance(state.lock, Stopped) and stays_locked),
            is_open=None if state.leaf is None else _IS_OPEN[type(state.leaf)],
            name=name_of(state, mode),
            tampered=state.tampered,
        )
