"""Visits, composed from events one by one: who came, how it went, and what was seen of them.

There is no second truth: a visit is what its events say, and composing it anew from the journal
gives the same. Decisions as the journal has them (:class:`Decision`) and as listeners get them
(:class:`ToldDecision`) do alike; only distances and whom a face came nearest to are in the journal
alone.

A visit has one decision or, with several attempts, more of them. What is known of a visit can
change later: a grant is withdrawn, somebody says who it was, a name is erased. And whoever was
refused shortly before a grant at the same door is taken for the person who was let in then.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from facedoor import strict
from facedoor.views import View
from facedoor.wire import bands
from facedoor.wire.decisions import Decision, ToldDecision, Withdrawn
from facedoor.wire.events import Event
from facedoor.wire.visit_events import Forgotten, Labelled, a_try_before, is_one_more_try

NEIGHBOURS = 64
"""So many visits before or after one are looked at for that: more do not end within the time."""

Outcome: TypeAlias = Literal["came_in", "refused", "not_opened"]
PersonBy: TypeAlias = Literal["recognised", "label", "next_grant"]
AnyDecision: TypeAlias = Decision | ToldDecision


@dataclass(frozen=True, slots=True)
class Attempt:
    """One decision of a visit, in the journal's entry ``entry_id``.

    ``withdrawn`` is why a grant was not followed, if it was not.
    """

    entry_id: int
    decision: AnyDecision
    withdrawn: str | None = None

    @property
    def is_followed(self) -> bool:
        """Whether somebody was let in by it."""
        return self.decision.granted and self.withdrawn is None

    @property
    def reason(self) -> str:
        return self.withdrawn or self.decision.reason.value


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a visit: its attempts, in order, and who else says who it was.

    ``label`` is whom somebody named, ``next_grant`` who was let in shortly afterwards.
    """

    id: str
    door: str
    attempts: tuple[Attempt, ...]
    label: str | None = None
    label_entry: int | None = None
    next_grant: str | None = None

    @property
    def deciding(self) -> Attempt:
        """The attempt by which somebody was let in, or else the last one."""
        followed = [attempt for attempt in self.attempts if attempt.is_followed]
        return (followed or self.attempts)[-1]

    @property
    def began(self) -> str:
        """RFC 3339 UTC: the first frame of the face; where that is not known, the first decision.

        A clock that was put back meanwhile does not let a visit begin after its end.
        """
        first = self.attempts[0].decision
        return min(first.began or first.time, self.ended)

    @property
    def ended(self) -> str:
        """RFC 3339 UTC, of the last decision."""
        return self.attempts[-1].decision.time

    @property
    def outcome(self) -> Outcome:
        deciding = self.deciding
        if deciding.is_followed:
            return "came_in"
        return "not_opened" if deciding.withdrawn is not None else "refused"

    @property
    def reason(self) -> str:
        """Why it ended so: a code."""
        return self.deciding.reason

    @property
    def recognised(self) -> str | None:
        """Who was recognised, let in or not; ``None`` also once that person is removed."""
        people = [attempt.decision.person for attempt in self.attempts]
        return self.deciding.decision.person or next(filter(None, reversed(people)), None)

    @property
    def person(self) -> str | None:
        """Who it was, whoever says so."""
        return self.recognised or self.label or self.next_grant

    @property
    def person_by(self) -> PersonBy | None:
        """Who says so."""
        if self.recognised:
            return "recognised"
        if self.label:
            return "label"
        return "next_grant" if self.next_grant else None

    @property
    def looks(self) -> Mapping[str, int]:
        """How many views of the face there were, by what each came to; of all attempts."""
        return _total(attempt.decision.looks for attempt in self.attempts)

    @property
    def told_looks(self) -> Mapping[str, int]:
        """The same as listeners hear it."""
        return _total(_told(attempt.decision).get("looks", {}) for attempt in self.attempts)

    @property
    def view(self) -> View | None:
        """The best one."""
        views = [attempt.decision.view for attempt in self.attempts]
        return next(filter(None, reversed(views)), None)

    @property
    def picture(self) -> bool:
        """Whether one was kept, of the best view."""
        return any(attempt.decision.picture for attempt in self.attempts)

    @property
    def nearest(self) -> str | None:
        """Whom the face came nearest to, if nobody was recognised; only from the journal."""
        decision = self.deciding.decision
        return decision.nearest if isinstance(decision, Decision) else None


class Visits:
    """The visits at one door. Not safe for use by several threads at once."""

    def __init__(self, door: str) -> None:
        self._door = door
        self._visits: dict[str, Visit] = {}
        self._numbers: dict[str, int] = {}
        """In which order they began."""
        self._order: list[str | None] = []
        self._givers: dict[str, str | None] = {}
        """By which visit it is known whose a refused one was."""
        self._changed: dict[str, None] = {}

    def __iter__(self) -> Iterator[Visit]:
        """In the order of their first decisions."""
        return iter(self._visits.values())

    def __len__(self) -> int:
        return len(self._visits)

    def get(self, visit_id: str) -> Visit | None:
        return self._visits.get(visit_id)

    def add(self, event: Event, entry_id: int) -> Visit | None:
        """Take the next event, the journal's entry of that number, also one that was taken before.

        Returns the visit that it is of, as it now stands, ``None`` if it is of none that is known.
        Others may change by it: see :meth:`take_changed`.
        """
        match event:
            case Decision() | ToldDecision():
                return self._decided(event, entry_id)
            case Withdrawn():
                return self._withdrawn(event)
            case Labelled():
                visit = self._visits.get(event.visit)
                if visit is not None:
                    return self._put(replace(visit, label=event.person, label_entry=entry_id))
            case Forgotten():
                self.forget(event.visits, event.entries)
        return None

    def take_changed(self) -> list[Visit]:
        """All visits that have changed since the last call, to be kept by their ids."""
        changed, self._changed = self._changed, {}
        return [self._visits[visit_id] for visit_id in changed if visit_id in self._visits]

    def forget(self, visits: Collection[str], entries: Collection[int]) -> None:
        """Erase whose ``visits`` these were, with their pictures, and the names in ``entries``."""
        visits, entries = frozenset(visits), frozenset(entries)
        for visit in list(self._visits.values()):
            kept = visit
            if visit.id in visits:
                attempts = tuple(map(_forgotten, visit.attempts))
                kept = replace(visit, attempts=attempts, label=None)
            elif not entries.isdisjoint(attempt.entry_id for attempt in visit.attempts):
                attempts = tuple(
                    _nameless(attempt) if attempt.entry_id in entries else attempt
                    for attempt in visit.attempts
                )
                kept = replace(visit, attempts=attempts)
            if visit.label_entry in entries:
                kept = replace(kept, label=None)
            if kept != visit:
                self._put(kept)

    def drop(self, visits: Collection[str]) -> None:
        """Know no more of these, which are not going to change."""
        for visit_id in visits:
            if self._visits.pop(visit_id, None):
                self._order[self._numbers.pop(visit_id)] = None
                self._changed.pop(visit_id, None)
                self._givers.pop(visit_id)

    def _decided(self, decision: AnyDecision, entry_id: int) -> Visit:
        visit_id = decision.visit or nameless_id(decision.time, entry_id)
        attempt = Attempt(entry_id, decision)
        visit = self._visits.get(visit_id)
        if visit is None:
            return self._put(Visit(visit_id, self._door, (attempt,)))
        if any(known.entry_id == entry_id for known in visit.attempts):
            return visit
        return self._put(replace(visit, attempts=(*visit.attempts, attempt)))

    def _withdrawn(self, event: Withdrawn) -> Visit | None:
        for visit in self._candidates(event):
            for place, attempt in enumerate(visit.attempts):
                if attempt.entry_id == event.entry and attempt.decision.granted:
                    taken_back = replace(attempt, withdrawn=event.reason.value)
                    attempts = (*visit.attempts[:place], taken_back, *visit.attempts[place + 1 :])
                    return self._put(replace(visit, attempts=attempts))
        return None

    def _candidates(self, event: Withdrawn) -> Iterator[Visit]:
        if event.visit is not None:
            return filter(None, [self._visits.get(event.visit)])
        return self._near(len(self._order), step=-1)

    def _put(self, visit: Visit) -> Visit:
        """Keep ``visit`` as it stands now, and see whose the refusals around it were by that."""
        if visit.id not in self._numbers:
            self._numbers[visit.id] = len(self._order)
            self._order.append(visit.id)
        self._visits[visit.id] = visit
        self._changed[visit.id] = None
        for other in self._concerned(visit):
            giver = self._next_to_come_in(other)
            self._givers[other.id] = giver.id if giver else None
            person = giver.recognised if giver else None
            if person != other.next_grant:
                self._visits[other.id] = replace(other, next_grant=person)
                self._changed[other.id] = None
        return self._visits[visit.id]

    def _concerned(self, visit: Visit) -> list[Visit]:
        """Those whose person may be another by what is known of ``visit`` now."""
        # Text that comes before every time, where nobody came in.
        earliest, began = "", ""
        if visit.outcome == "came_in":
            earliest, began = a_try_before(visit.began), visit.began
        before = self._near(self._numbers[visit.id], step=-1)
        return [
            visit,
            *(
                other
                for other in before
                if self._givers[other.id] == visit.id or earliest <= other.ended <= began
            ),
        ]

    def _next_to_come_in(self, visit: Visit) -> Visit | None:
        """The visit by which it is known whose the refused ``visit`` was, if there is one."""
        if visit.outcome != "refused" or visit.recognised:
            return None
        for after in self._near(self._numbers[visit.id], step=1):
            if after.outcome == "came_in" and is_one_more_try(visit.ended, after.began):
                return after
        return None

    def _near(self, number: int, step: Literal[1, -1]) -> Iterator[Visit]:
        """The visits next to one, nearest first."""
        end = len(self._order) if step == 1 else -1
        numbers = range(number + step, end, step)
        ids = (self._order[near] for near in itertools.islice(numbers, NEIGHBOURS))
        return (self._visits[visit_id] for visit_id in ids if visit_id is not None)


def nameless_id(time: str, entry_id: int) -> str:
    """What a visit is called whose decision names none: one of an older version, or made while the
    disk was broken."""
    return f"entry-{entry_id}-{''.join(filter(str.isalnum, time))}"


def _forgotten(attempt: Attempt) -> Attempt:
    attempt = _nameless(attempt)
    return replace(attempt, decision=replace(attempt.decision, picture=False))


def _nameless(attempt: Attempt) -> Attempt:
    decision = attempt.decision
    if isinstance(decision, Decision):
        return replace(attempt, decision=replace(decision, person=None, nearest=None))
    return replace(attempt, decision=replace(decision, person=None))


def as_json(visit: Visit, *, with_distances: bool = False) -> dict[str, Any]:
    """``visit`` as every program gets it. ``with_distances``: for root and admins alone."""
    attempt = visit.deciding
    decision = attempt.decision
    told = strict.as_json(_told(decision))
    said: dict[str, Any] = {
        "id": visit.id,
        "door": visit.door,
        "began": visit.began,
        "ended": visit.ended,
        "outcome": visit.outcome,
        "person": visit.person,
        "person_by": visit.person_by,
        "reason": visit.reason,
        "looks": dict(visit.looks if with_distances else visit.told_looks),
        "view": strict.as_json(visit.view),
        "picture": visit.picture,
        "liveness": told["liveness"],
        "latency_ms": told["latency_ms"],
        "attempts": len(visit.attempts),
        "rule": decision.rule,
        "factor": decision.factor,
        "distance_band": told["distance_band"],
        "distance_ratio": told["distance_ratio"],
    }
    if with_distances and isinstance(decision, Decision):
        exact = decision.as_json()
        said |= {key: exact[key] for key in ("distance", "threshold")}
        said["nearest"] = visit.nearest
    return said


def _told(decision: AnyDecision) -> dict[str, Any]:
    """What listeners hear of it."""
    said = decision.as_json()
    return said if isinstance(decision, ToldDecision) else bands.told(said)


def _total(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total
