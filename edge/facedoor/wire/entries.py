"""Entries of the journal, and the event in each.

What a newer facedoor wrote reads as well: keys that are not known are kept in ``more``, and an
event that is not known at all is an :class:`OtherEvent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from facedoor import strict
from facedoor.strict import StrictError
from facedoor.wire.decisions import (
    Decision,
    ExitDecision,
    ReleaseDecision,
    ToldDecision,
    Withdrawn,
)
from facedoor.wire.events import (
    CommandAccepted,
    CommandConcluded,
    CommandsRefused,
    DoorHappened,
    Duress,
    Event,
    Happening,
    LockoutBegan,
    ModeChanged,
    OtherEvent,
    RelayChanged,
    RelayTested,
)
from facedoor.wire.state_events import (
    ClockRepaired,
    ClockTrusted,
    CopyPutBack,
    KeyChanged,
    PersonEnrolled,
    RecordsSkipped,
    RulesChanged,
    SimilarNamed,
)
from facedoor.wire.visit_events import Forgotten, Labelled, PicturesSeen

KINDS: tuple[type[Event], ...] = (
    Decision,
    ToldDecision,
    ReleaseDecision,
    ExitDecision,
    Withdrawn,
    ModeChanged,
    Duress,
    LockoutBegan,
    RulesChanged,
    RecordsSkipped,
    ClockTrusted,
    ClockRepaired,
    PersonEnrolled,
    SimilarNamed,
    KeyChanged,
    CopyPutBack,
    Labelled,
    PicturesSeen,
    Forgotten,
    RelayTested,
    RelayChanged,
    CommandAccepted,
    CommandsRefused,
    CommandConcluded,
)


def read(kind: str, payload: Mapping[str, Any]) -> Event:
    """The event that was written as ``payload``. Never raises: see :class:`OtherEvent`."""
    for known in KINDS:
        if kind == known.KIND and known.ALWAYS.items() <= payload.items():
            with suppress(StrictError):
                return _read(known, payload, known.ALWAYS)
    for happening in Happening:
        if kind == DoorHappened.KIND and happening.told.items() <= payload.items():
            with suppress(StrictError):
                return _read(DoorHappened, payload, happening.told, happening=happening)
    return OtherEvent.of(kind, payload)


def _read(
    known: type[Event], payload: Mapping[str, Any], always: Mapping[str, object], **values: Any
) -> Event:
    said = {key: value for key, value in payload.items() if key not in always}
    return strict.read(known, said, ignore_unknown=True, **values)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it was written. ``id`` grows from event to event; ``time`` is RFC 3339 UTC, of
    the writing.

    The ``person`` of its payload is ``None`` once that person has been removed.
    """

    id: int
    kind: str
    time: str
    payload: dict[str, Any]

    @property
    def event(self) -> Event:
        """What happened."""
        return read(self.kind, self.payload)
