"""A door's events as they follow one another, for what is composed of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from doorway import grant, refusal
from facedoor.history.visits import Visit, Visits
from facedoor.reasons import Reason
from facedoor.times import utc_text
from facedoor.wire import bands, entries
from facedoor.wire.decisions import Decision, Withdrawn
from facedoor.wire.events import Event
from facedoor.wire.visit_events import Forgotten, Labelled

START = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)


@dataclass
class History:
    """Writes a journal: entries are numbered from 1, and time passes only when it is told to."""

    now: datetime = START
    events: list[Event] = field(default_factory=list)
    visits: int = 0

    def after(self, seconds: float = 0, **more: float) -> History:
        self.now += timedelta(seconds=seconds, **more)
        return self

    def comes(
        self,
        person: str | None = None,
        reason: Reason | None = None,
        visit: str | None = None,
        stays_s: float = 2,
        **said: Any,
    ) -> str:
        """Somebody begins to be seen now and is answered after so long; returns the visit's id.

        Without a ``reason`` whoever is recognised is let in, and nobody else is.
        """
        is_granted = person is not None and reason is None
        self.visits += visit is None
        visit = visit or f"a-{self.visits}"
        began = utc_text(self.now)
        self.after(stays_s)
        decision = grant(self.visits) if is_granted else refusal(self.visits)
        known = {"person": person, "visit": visit, "began": began, "time": utc_text(self.now)}
        if not is_granted:
            known["reason"] = reason or Reason.UNKNOWN
        self.events.append(replace(decision, **(known | said)))
        return visit

    def withdraws(self, reason: Reason = Reason.DOOR_BUSY) -> None:
        """The last decision was not followed."""
        decision = self.events[-1]
        assert isinstance(decision, Decision)
        taken_back = replace(decision, granted=False, reason=reason)
        self.events.append(Withdrawn.of(taken_back, len(self.events)))

    def labels(self, visit: str, person: str) -> None:
        self.events.append(Labelled(utc_text(self.now), visit, person, "phone"))

    def forgets(self, person: str) -> None:
        """Erase ``person`` as the door does: from the entries, and telling which."""
        entries, visits = [], []
        for number, event in enumerate(self.events, 1):
            names = {getattr(event, "person", None), getattr(event, "nearest", None)}
            if person not in names:
                continue
            entries.append(number)
            if isinstance(event, Decision):
                if event.person == person:
                    visits.append(str(event.visit))
                self.events[number - 1] = replace(event, person=None, nearest=None)
            else:
                assert isinstance(event, Labelled | Withdrawn)
                self.events[number - 1] = replace(event, person=None)
        self.events.append(Forgotten(utc_text(self.now), tuple(visits), tuple(entries)))

    def told(self) -> list[Event]:
        """The events as listeners get them."""
        lines = [(event.kind, json.dumps(bands.told(event.as_json()))) for event in self.events]
        return [entries.read(kind, json.loads(line)) for kind, line in lines]


def composed(events: Iterable[Event], door: str = "front") -> Visits:
    visits = Visits(door)
    for number, event in enumerate(events, 1):
        visits.add(event, number)
    return visits


def the_visit(history: History, visit: str) -> Visit:
    found = composed(history.events).get(visit)
    assert found is not None
    return found
