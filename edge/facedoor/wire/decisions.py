"""Events that say whether the door opens: for a visit, a command, a press of the exit button.

A grant that was not followed is taken back by an event of its own. What all events have is in
:mod:`facedoor.wire.events`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from facedoor.reasons import ABOUT_LIVENESS, Reason
from facedoor.strict import more
from facedoor.times import utc_now
from facedoor.views import View
from facedoor.wire.bands import Band
from facedoor.wire.events import Event


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
    """The answer to an attempt of a visit, which ``began`` with the first frame of its face.

    ``person`` is set when somebody was recognised, granted or not. ``frames`` counts the embeddings
    that the decision rests on. ``latency_ms`` names the stages of the last of them, and ``total``:
    from the first good frame of the face to the decision. ``liveness`` is how much alive the visit
    looked, 0 to 1, ``None`` where that was not judged. ``distance`` and ``plain_distance`` are as
    in :class:`facedoor.frames.Match`. ``looks`` counts the views of the attempt by what each came
    to: a reason of its own where it was judged, else what it lacked. ``view`` is the best one of
    the visit so far, of which a ``picture`` may be kept. ``nearest`` is whom most of those that
    were judged came nearest to, where nobody was recognised: for the journal alone.
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
    began: str | None = field(default=None, metadata=more(is_optional=True))
    looks: Mapping[str, int] = field(default_factory=dict, metadata=more(is_optional=True))
    view: View | None = field(default=None, metadata=more(is_optional=True))
    picture: bool = field(default=False, metadata=more(is_optional=True))
    nearest: str | None = field(default=None, metadata=more(is_optional=True))

    @property
    def is_certain_who(self) -> bool:
        """Whether somebody was recognised, and it was not for want of life that they were refused:
        else it may have been a photo of them."""
        return self.person is not None and self.reason not in ABOUT_LIVENESS


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
    began: str | None = field(default=None, metadata=more(is_optional=True))
    looks: Mapping[str, int] = field(default_factory=dict, metadata=more(is_optional=True))
    view: View | None = field(default=None, metadata=more(is_optional=True))
    picture: bool = field(default=False, metadata=more(is_optional=True))


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
