"""Events of the doors: each once, as a visit or an entry; and what was forgotten is erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from facedoor.dashboard.bounds import bounded, compact
from facedoor.dashboard.news import News
from facedoor.dashboard.store import ATTEMPTS_HOURS, KEEP_DAYS, POINTS_HOURS, EventId, Store
from facedoor.history import visits
from facedoor.history.findings import LOOK_BACK, findings
from facedoor.history.visits import Visits
from facedoor.times import utc_text
from facedoor.wire import entries
from facedoor.wire.visit_events import Labelled

TRIM_S = 60.0
FINDINGS_S = 30.0
"""How often to look who is refused often, while people come."""

AT_WORK = 16
"""So many visits of a door can go on, or be put down to somebody; earlier ones are over."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of a visit matters for who is refused often."""

    door: str
    person: str
    began: str
    outcome: str
    reason: str


class Happenings:
    """Composes visits of what the doors tell. Belongs to the thread of ``store``; every method may
    raise ``sqlite3.Error``, and is to be called again then, after :meth:`reload`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._visits: dict[str, Visits] = {}
        self._must_scrub = self._must_look = False
        self._trimmed_s = 0.0
        self._changed = set(store.history_from())
        """The doors whose visits have changed since it was last looked who is refused often."""
        self._found: dict[str, str] = {}
        self._looked_s = 0.0

    def reload(self) -> None:
        """Go by what is on the disk alone."""
        self._visits.clear()

    def hear(self, event: EventId, kind: str, time: str, payload: dict[str, Any]) -> list[News]:
        """Take an event, inside a transaction; nothing is told of one that was heard before."""
        if not self._store.take(event):
            return []
        if payload.get("event") == "forgotten":
            return [self._forget(event.door, payload)]
        news = self._visited(event, kind, time, payload)
        if kind != "decision" or not news:
            text = self._store.put_entry(event, kind, time, payload)
            news.append(News("entry", f"entry {event}", text, event.door))
        return news

    def look(self, now_s: float, points: Sequence[tuple[str, list[float | None]]]) -> list[News]:
        """Keep house; ``points`` are how doors fare now."""
        if self._must_scrub:
            self._must_scrub = not self._store.scrub()
        if points:
            with self._store.transaction():
                for door, values in points:
                    self._store.put_point(door, int(now_s), values)
        if now_s >= self._trimmed_s + TRIM_S:
            self._trimmed_s = now_s
            now = datetime.fromtimestamp(now_s, UTC)
            self._store.trim(
                utc_text(now - timedelta(days=KEEP_DAYS)),
                utc_text(now - timedelta(hours=ATTEMPTS_HOURS)),
                now_s - POINTS_HOURS * 3600,
            )
            self._visits.clear()  # of doors where nobody comes for long nothing need be in memory
        if self._changed and (self._must_look or now_s >= self._looked_s + FINDINGS_S):
            self._looked_s, self._must_look = now_s, False
            return self._findings(datetime.fromtimestamp(now_s, UTC))
        return []

    def _findings(self, now: datetime) -> list[News]:
        """Who is refused often, where that is something else than before."""
        news = []
        for door in self._changed:
            seen = [
                _Seen(door, *row) for row in self._store.who_came(door, utc_text(now - LOOK_BACK))
            ]
            text = compact([one.as_json() for one in findings(seen, zone=None)])
            if text != self._found.get(door, "[]"):
                self._found[door] = text
                news.append(News("needs", f"findings {door}", text, door))
        self._changed.clear()
        return news

    def _visited(self, event: EventId, kind: str, time: str, payload: dict[str, Any]) -> list[News]:
        """The visits that have changed by the event, as they now stand."""
        door = event.door
        known = self._visits.get(door)
        if known is None:
            known = self._visits[door] = self._composed(door)
        happened = entries.read(kind, payload)
        if known.add(happened, event.number) is not None:
            self._store.put_attempt(event, kind, time, payload)
        elif isinstance(happened, Labelled) and happened.person is not None:
            # A visit that is over for long.
            self._changed.add(door)
            text = self._store.label(door, happened.visit, happened.person)
            return [_visit(door, happened.visit, text)] if text is not None else []
        news = []
        for visit in known.take_changed():
            self._changed.add(door)
            said = bounded(visits.as_json(visit))
            self._store.put_visit(said, [attempt.entry_id for attempt in visit.attempts])
            news.append(_visit(door, visit.id, compact(said)))
        if len(known) > AT_WORK:
            known.drop([visit.id for visit in known][:-AT_WORK])
        return news

    def _composed(self, door: str) -> Visits:
        """The visits that may still go on, of what came of late."""
        known = Visits(door)
        for number, kind, payload in self._store.attempts(door):
            known.add(entries.read(kind, payload), number)
        known.take_changed()
        return known

    def _forget(self, door: str, payload: dict[str, Any]) -> News:
        ids = [one for one in _list(payload, "visits") if isinstance(one, str)]
        numbers = [one for one in _list(payload, "entries") if type(one) is int]
        # Those by their entries too: the door names only visits that had a picture.
        ids = sorted({*ids, *self._store.forget(door, ids, numbers)})
        self._visits.pop(door, None)
        self._must_scrub = self._must_look = True
        self._changed.add(door)
        text = compact({"door": door, "visits": ids, "entries": numbers})
        return News("forgotten", f"forgotten {door} {text}", text, door)


def _visit(door: str, visit_id: str, text: str) -> News:
    return News("visit", f"visit {door} {visit_id}", text, door)


def _list(payload: dict[str, Any], key: str) -> list[Any]:
    found = payload.get(key)
    return found if isinstance(found, list) else []
