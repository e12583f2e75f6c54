"""What the door has about somebody beside their templates: names in entries, pictures of visits.

To forget a person all of it has to go, and nothing of anybody else. A visit is theirs if they were
recognised on it; or if nobody was, and it was last labelled as theirs, or they were let in right
after it, or the face came so near to theirs that one stranger of 10,000 does. So whoever looks at
visits sees whose they are (:mod:`facedoor.history.visits`), but for the last: that nobody is told.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from facedoor.storage import mention_blocks, pictures
from facedoor.storage.journal import Journal
from facedoor.storage.mentions import NEAREST
from facedoor.storage.vault import Vault
from facedoor.times import utc_now
from facedoor.wire import bands, entries
from facedoor.wire.decisions import Decision, Withdrawn
from facedoor.wire.visit_events import Forgotten, Labelled, is_one_more_try

WINDOW = 400
"""Entries after a refusal in which a grant right after it would be."""

AT_ONCE = 1000
"""So many visits, and entries, stand in one event: a few tens of kB."""

_WINDOW = (
    "SELECT id, kind, payload FROM journal WHERE id >= ? AND id <= ?"
    " AND kind IN ('decision', 'door') ORDER BY id"
)
_OF_VISITS = (
    "SELECT id, kind, payload, person IS NOT NULL FROM journal WHERE id BETWEEN ? AND ?"
    " AND kind IN ('decision', 'door')"
    " AND json_extract(payload, '$.visit') IN (SELECT value FROM json_each(?)) ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Traces:
    """Entries that are about a person, entries that say that a face came ``nearest`` to them, and
    the visits that were theirs."""

    entries: tuple[int, ...] = ()
    nearest: tuple[int, ...] = ()
    visits: tuple[str, ...] = ()

    def __add__(self, later: Traces) -> Traces:
        visits = dict.fromkeys((*self.visits, *later.visits))
        return Traces(self.entries + later.entries, self.nearest + later.nearest, tuple(visits))

    @property
    def all_entries(self) -> list[int]:
        return sorted({*self.entries, *self.nearest})


def find(
    db: sqlite3.Connection, vault: Vault, number: int | None, name: str, after_id: int = 0
) -> Traces:
    """Those of a person in the entries after ``after_id``: see :func:`mention_blocks.about`."""
    about = mention_blocks.about(db, vault, number, name, after_id)
    nearest = mention_blocks.about(db, vault, number, name, after_id, NEAREST)
    visits = [*_own(db, about), *_let_in_after(db, about), *_look_alike(db, nearest)]
    return Traces(tuple(about), tuple(nearest), tuple(dict.fromkeys(visits)))


def erase(db: sqlite3.Connection, vault: Vault, traces: Traces) -> None:
    """Erase names and pictures, and write down for listeners which; the caller holds the
    transaction."""
    mention_blocks.erase(db, vault, traces.entries)
    mention_blocks.erase(db, vault, traces.nearest, NEAREST)
    pictures.erase(db, traces.visits)
    journal, numbers = Journal(db, vault), traces.all_entries
    for start in range(0, max(len(numbers), len(traces.visits)), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        journal.append(Forgotten(utc_now(), traces.visits[part], tuple(numbers[part])))


def _own(db: sqlite3.Connection, about: Sequence[int]) -> list[str]:
    """Visits on which the person was recognised, and those that were last labelled as theirs, on
    which nobody was."""
    found = db.execute(
        "SELECT id, kind, json_extract(payload, '$.visit') FROM journal"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(about),),
    ).fetchall()
    decided = [visit for _, kind, visit in found if kind == Decision.KIND and visit]
    labels = {number: visit for number, kind, visit in found if kind == Labelled.KIND and visit}
    others = {number: visit for number, visit in labels.items() if visit not in decided}
    return [*decided, *(_last_labelled(db, others, set(about)) if others else ())]


def _last_labelled(
    db: sqlite3.Connection, labels: Mapping[int, str], theirs: set[int]
) -> list[str]:
    """Of the visits of these ``labels``, by entry, those on which nobody was recognised, whose last
    label is one of ``theirs``."""
    visits = set(labels.values())
    is_theirs: dict[str, bool] = {}
    for first_id, last_id in _around(labels):
        rows = db.execute(_OF_VISITS, (first_id, last_id, json.dumps(sorted(visits))))
        for number, kind, payload, is_about_somebody in rows:
            said = json.loads(payload)
            if kind == Decision.KIND and is_about_somebody:
                visits.discard(said["visit"])
            elif said.get("event") == Labelled.ALWAYS["event"]:
                is_theirs[said["visit"]] = number in theirs
    return [visit for visit, is_it in is_theirs.items() if is_it and visit in visits]


def _around(labels: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Where entries about labelled visits can be, from first to last: a visit that is labelled was
    among the last so many entries, and so is it when it is labelled again."""
    spans: list[tuple[int, int]] = []
    for number in sorted(labels):
        first_id, last_id = number - pictures.LOOKED_THROUGH, number + pictures.LOOKED_THROUGH
        if spans and first_id <= spans[-1][1]:
            first_id = spans.pop()[0]
        spans.append((first_id, last_id))
    return spans


def _look_alike(db: sqlite3.Connection, nearest: Sequence[int]) -> list[str]:
    """Visits of somebody who was not recognised, and came nearest to the person, and near."""
    found = db.execute(
        "SELECT payload FROM journal WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(nearest),),
    )
    told = [bands.told(json.loads(payload)) for (payload,) in found.fetchall()]
    near = {bands.Band.WITHIN, bands.Band.NEAR}
    return [one["visit"] for one in told if one.get("visit") and one.get("distance_band") in near]


def _let_in_after(db: sqlite3.Connection, about: Sequence[int]) -> list[str]:
    """Visits that were refused shortly before the person was let in, of those with a picture."""
    theirs = sorted(about)
    unknown = db.execute(
        "SELECT visit, entry_id FROM picture JOIN journal ON id = entry_id"
        " WHERE journal.person IS NULL"
    ).fetchall()
    found = []
    for visit, entry_id in unknown:
        place = bisect_right(theirs, entry_id)
        if place < len(theirs) and theirs[place] <= entry_id + WINDOW:
            rows = db.execute(_WINDOW, (entry_id - WINDOW, entry_id + WINDOW)).fetchall()
            if set(_next_grant(rows, visit)) & set(theirs):
                found.append(visit)
    return found


@dataclass(slots=True)
class _Stay:
    """A visit in a stretch of the journal."""

    began: str
    ended: str
    entries: list[int] = field(default_factory=list)
    grants: set[int] = field(default_factory=set)


def _next_grant(rows: Iterable[tuple[int, str, str]], visit: str) -> list[int]:
    """The entries of the visit that was let in shortly after ``visit``, if any."""
    stays: dict[str, _Stay] = {}
    for number, kind, payload in rows:
        event = entries.read(kind, json.loads(payload))
        if isinstance(event, Decision) and event.visit is not None:
            stay = stays.setdefault(event.visit, _Stay(event.began or event.time, event.time))
            stay.ended = event.time
            stay.entries.append(number)
            if event.granted:
                stay.grants.add(number)
        elif isinstance(event, Withdrawn):
            for stay in stays.values():
                stay.grants.discard(event.entry)
    refused = stays.pop(visit, None)
    if refused is None or refused.grants:
        return []
    for stay in stays.values():
        is_after = stay.entries[0] > refused.entries[0]
        if is_after and stay.grants and is_one_more_try(refused.ended, stay.began):
            return stay.entries
    return []
