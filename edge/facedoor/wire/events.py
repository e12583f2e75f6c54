"""Events of visits, the door and commands: their fields, and what all events have.

An event is an entry of the journal and, with the keys of every message around it, a message on
``.../event``. Its ``kind`` is ``decision`` (a visit), ``door`` (whatever else happens at the door)
or ``command`` (a message that asked for something). Names of people stand only under ``person``.
Those about what the door keeps are in :mod:`facedoor.wire.state_events`; what was written is read
again in :mod:`facedoor.wire.entries`.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from facedoor import strict
from facedoor.reasons import Reason
from facedoor.strict import more
from facedoor.times import utc_now
from facedoor.wire.bands import Band
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


def _finite(distance: float) -> float | None:
    """``distance`` as JSON can say it: infinite is ``null``, and back."""
    return round(distance, 4) if math.isfinite(distance) else None


def _distance(said: float | None) -> float:
    return math.inf if said is None else said


_GRANTED = more(
    key="decision",
    said=(Literal["granted", "refused"], lambda said: said == "granted"),
    told=lambda granted: "granted" if granted else "refused",
)
_DISTANCE = more(said=(float | None, _distance), told=_finite)


@dataclass(frozen=True, slots=True)
class Judgement(Event):
    """Somebody wanted the door to open: whether it does, and why, or why not."""

    granted: bool = field(metadata=_GRANTED)
    reason: Reason


@dataclass(frozen=True, slots=True)
class Decision(Judgement):
    """The answer to an attempt of a visit.

    ``person`` is set when somebody was recognised, granted or not. ``frames`` counts the embeddings
    that the decision rests on. ``latency_ms`` names the stages of the last of them, and ``total``:
    from the first good frame of the face to the decision. ``liveness`` is how much alive the visit
    looked, 0 to 1, ``None`` where that was not judged. ``distance`` and ``plain_distance`` are as
    in :class:`facedoor.frames.Match`.
    """

    KIND: ClassVar[str] = "decision"

    person: str | None
    distance: float = field(metadata=_DISTANCE)
    threshold: float
    frames: int
    track: int
    """Counts the faces that were followed since the start of the service."""
    latency_ms: Mapping[str, float] = field(
        default_factory=dict,
        metadata=more(told=lambda stages: {name: round(ms, 2) for name, ms in stages.items()}),
    )
    plain_distance: float | None = field(default=None, metadata=more(told=_finite))
    liveness: float | None = field(default=None, metadata=more(told=_finite))
    rule: str | None = field(default=None, metadata=more(is_optional=True))
    """Which access rule decided, in words, where there are any."""
    visit: str | None = field(default=None, metadata=more(is_optional=True))
    """Names the visit for good: no other has it, past restarts and restored backups."""
    factor: Literal["pin", "button"] | None = field(default=None, metadata=more(is_optional=True))
    """Which second factor was shown, and was right."""
    again: bool = field(default=False, metadata=more(is_optional=True))
    """The visit was answered so before: a refusal counts, and is written and told no second time;
    what is granted always is."""


@dataclass(frozen=True, slots=True)
class ToldDecision(Judgement):
    """A :class:`Decision` as listeners get it, from :func:`facedoor.wire.bands.told`."""

    KIND: ClassVar[str] = "decision"

    person: str | None
    distance_band: Band | None
    distance_ratio: float | None
    frames: int
    track: int
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    liveness: float | None = None
    rule: str | None = field(default=None, metadata=more(is_optional=True))
    visit: str | None = field(default=None, metadata=more(is_optional=True))
    factor: Literal["pin", "button"] | None = field(default=None, metadata=more(is_optional=True))


@dataclass(frozen=True, slots=True)
class ReleaseDecision(Judgement):
    """The answer to a release by command.

    ``by`` names the key that signed, or where a plain request came from; ``why`` is what they
    wrote; ``command`` is the command's id.
    """

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "release"}

    by: str
    why: str
    command: str

    @classmethod
    def grant(cls, by: str, why: str, command: str) -> ReleaseDecision:
        """A release that is allowed, unless the door finds a reason against it."""
        return cls(
            utc_now(), granted=True, reason=Reason.COMMANDED, by=by, why=why, command=command
        )


@dataclass(frozen=True, slots=True)
class ExitDecision(Judgement):
    """The answer to a press of the exit button."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "exit"}

    @classmethod
    def grant(cls) -> ExitDecision:
        """Whoever is inside may go out, unless the door finds a reason against it."""
        return cls(utc_now(), True, Reason.EXIT_REQUESTED)


@dataclass(frozen=True, slots=True)
class Withdrawn(Judgement):
    """The grant in the journal's ``entry`` was not followed, for ``reason``; the rest is its."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "withdrawn"}

    entry: int
    person: str | None
    visit: str | None = field(default=None, metadata=more(is_optional=True))
    command: str | None = field(default=None, metadata=more(is_optional=True))

    @classmethod
    def of(cls, decision: Judgement, entry: int) -> Withdrawn:
        """``decision`` is what became of the grant that was written as this ``entry``."""
        person, visit, command = map(decision.as_json().get, ("person", "visit", "command"))
        return cls(utc_now(), False, decision.reason, entry, person, visit, command)


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
