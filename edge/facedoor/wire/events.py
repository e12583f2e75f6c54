"""What all events have, and those of the door itself and of commands: their fields.

An event is an entry of the journal and, with the keys of every message around it, a message on
``.../event``. Its ``kind`` is ``decision`` (a visit), ``door`` (whatever else happens at the door)
or ``command`` (a message that asked for something). Names of people stand only under ``person``.
Those that say whether the door opens are in :mod:`facedoor.wire.decisions`, those about what it
keeps in :mod:`facedoor.wire.state_events`; what was written is read again in
:mod:`facedoor.wire.entries`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from facedoor import strict
from facedoor.strict import more
from facedoor.wire.mode import Mode


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at ``time``, RFC 3339 UTC."""

    KIND: ClassVar[str] = ""
    ALWAYS: ClassVar[Mapping[str, object]] = {}
    """What all events of the class say beside their fields."""

    time: str
    more: Mapping[str, Any] = field(default_factory=dict, kw_only=True, metadata=more(is_rest=True))
    """Keys that only a newer facedoor knows."""

    @property
    def kind(self) -> str:
        """As in the journal."""
        return self.KIND

    def as_json(self) -> dict[str, Any]:
        """What stands in the journal."""
        said = strict.as_json(self)
        return {"time": said.pop("time"), **self.ALWAYS, **said}


@dataclass(frozen=True, slots=True)
class OtherEvent(Event):
    """An event that this facedoor does not know: all of it is in ``more``."""

    other_kind: str = ""

    @classmethod
    def of(cls, kind: str, payload: Mapping[str, Any]) -> OtherEvent:
        return cls(str(payload.get("time", "")), kind, more=dict(payload))

    @property
    def kind(self) -> str:
        return self.other_kind

    def as_json(self) -> dict[str, Any]:
        return dict(self.more)


class Happening(enum.Enum):
    """What can happen to the door: the name of the event, and what else is told of it."""

    OPENED = ("opened",)
    CLOSED = ("closed",)
    HELD_OPEN = ("held_open", "level", "warning")
    HELD_OPEN_LONG = ("held_open", "level", "alarm")
    FORCED = ("forced",)
    JAMMED = ("jammed",)
    TAMPERED = ("tamper", "active", True)
    TAMPER_OVER = ("tamper", "active", False)
    BELL = ("bell",)

    @property
    def told(self) -> Mapping[str, object]:
        name, *others = self.value
        return {"event": name, **dict([others] if others else [])}


@dataclass(frozen=True, slots=True)
class DoorHappened(Event):
    """Something at the door that nobody asked for."""

    KIND: ClassVar[str] = "door"

    happening: Happening

    def as_json(self) -> dict[str, Any]:
        return {"time": self.time, **self.happening.told, **self.more}


@dataclass(frozen=True, slots=True)
class ModeChanged(Event):
    """Somebody changed whom the door is open to. ``by`` and ``command`` as in a release."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "mode"}

    mode: Mode
    by: str
    command: str


@dataclass(frozen=True, slots=True)
class Duress(Event):
    """A face came whose owner is forced to."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "duress"}

    person: str | None


@dataclass(frozen=True, slots=True)
class LockoutBegan(Event):
    """After so many refusals in a row no face opens the door for a while; with a ``person``, after
    so many wrong codes no code of theirs."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "lockout"}

    refusals: int
    lasts_s: float
    person: str | None = field(default=None, metadata=more(is_optional=True))


@dataclass(frozen=True, slots=True)
class RelayTested(Event):
    """The relay was switched to see whether it works."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "relay_test"}

    by: str


@dataclass(frozen=True, slots=True)
class RelayChanged(Event):
    """A relay of the lock was switched: for whoever watches a run, in no journal."""

    KIND: ClassVar[str] = "relay"

    on: bool = field(
        metadata=more(
            key="relay",
            said=(Literal["on", "off"], lambda said: said == "on"),
            told=lambda on: "on" if on else "off",
        )
    )


@dataclass(frozen=True, slots=True)
class CommandAccepted(Event):
    """A command is about to be carried out; ``command`` is its id, ``key`` the name of its key."""

    KIND: ClassVar[str] = "command"
    ALWAYS: ClassVar[Mapping[str, object]] = {"outcome": "accepted"}

    command: str
    cmd: str
    key: str
    person: str | None


@dataclass(frozen=True, slots=True)
class CommandConcluded(Event):
    """What became of a command. ``reason`` is a code where it was refused or failed.

    ``accepted`` and ``rejected`` count the pictures of an enrolment.
    """

    KIND: ClassVar[str] = "command"

    outcome: Literal["done", "refused", "failed"]
    command: str
    cmd: str
    key: str
    person: str | None
    reason: str | None
    accepted: int | None = field(default=None, metadata=more(is_optional=True))
    rejected: int | None = field(default=None, metadata=more(is_optional=True))


@dataclass(frozen=True, slots=True)
class CommandsRefused(Event):
    """So many messages were refused. ``key`` is the name of the key, if the signature was good."""

    KIND: ClassVar[str] = "command"
    ALWAYS: ClassVar[Mapping[str, object]] = {"outcome": "refused"}

    reason: str
    key: str | None
    count: int
