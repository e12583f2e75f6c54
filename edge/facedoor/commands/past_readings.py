"""What the door answers to requests about what happened: entries, visits in numbers, and why.

All of it is read in the server's thread, where an unlock may be waiting: so of a long journal a
bounded stretch is looked at, and whoever asks is told how to go on from there.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from facedoor.commands.order import StateFile
from facedoor.history import explain
from facedoor.history.summary import counts, latency_ms
from facedoor.history.window import MOST_ENTRIES, NEARLY_LATER, between
from facedoor.names import name_key
from facedoor.printable import counted
from facedoor.storage.journal import BATCH
from facedoor.times import parse_time, utc_text
from facedoor.wire import bands
from facedoor.wire.entries import Entry
from facedoor.wire.outcomes import Outcome
from facedoor.wire.reading_requests import Explain, ReadJournal, Summarise

SUMMARY_SINCE = timedelta(days=7)
"""Unless something else is asked for."""

LATEST = "9999"
"""Later than every time."""


class PastReadings:
    """Reads the journal. Belongs to the server's thread."""

    def __init__(self, state: StateFile, door: str) -> None:
        self._state = state
        self._door = door

    def entries(self, request: ReadJournal, is_admin: bool) -> Outcome:
        """The last entries that were asked for; only an admin gets the distances in them."""
        found, before = self._found(request)
        entries = [dataclasses.asdict(entry) for entry in found]
        if not is_admin:
            entries = [{**entry, "payload": bands.told(entry["payload"])} for entry in entries]
        said = counted(len(entries), "entry", "entries")
        return Outcome.done(said, entries=entries, next=before)

    def summary(self, request: Summarise) -> Outcome:
        """How many visits ended in which way, and how long decisions took."""
        since = self._time(request.since) or utc_text(datetime.now(UTC) - SUMMARY_SINCE)
        until = self._time(request.until) or LATEST
        visits, is_whole = between(self._state.journal, self._door, since, until, MOST_ENTRIES)
        asked = [visit for visit in visits if since <= visit.ended <= until]
        zone = self._state.rules.zone()
        return Outcome.done(
            counted(len(asked), "visit"),
            counts=counts(asked, request.by, zone),
            latency_ms=latency_ms(asked),
            since=since if is_whole or not asked else asked[0].ended,
            complete=is_whole,
        )

    def explanation(self, request: Explain) -> Outcome:
        """The visits of a person, and those that may have been theirs, in words; for admins."""
        now, zone, at = datetime.now(UTC), self._state.rules.zone(), None
        since, until = utc_text(now - explain.LOOK_BACK), LATEST
        if request.at is not None:
            at = parse_time(request.at, zone, now, past=True)
            since, until = (utc_text(at + side * explain.AROUND) for side in (-1, 1))
        visits, _ = between(self._state.journal, self._door, since, until, MOST_ENTRIES)
        near = [visit for visit in visits if since <= visit.ended and visit.began <= until]
        said = explain.explained(near, request.person, at, zone, now)
        return Outcome.done(counted(len(said["visits"]), "visit"), person=request.person, **said)

    def _found(self, request: ReadJournal) -> tuple[list[Entry], int | None]:
        """What was asked for, oldest first, and the number before which there may be more."""
        journal, before = self._state.journal, request.before
        since, until = self._time(request.since), self._time(request.until)
        if until is not None:
            end = journal.first_after(until) + NEARLY_LATER
            before = min(before or end, end)
        found: list[Entry] = []
        looked_at = 0
        for first_id, batch in journal.back(before, request.kinds):
            found += [entry for entry in batch if _is_asked_for(entry, request, since, until)]
            if len(found) >= request.limit:
                found = found[: request.limit]
                return found[::-1], found[-1].id
            if since is not None and batch and all(entry.time < since for entry in batch):
                break
            looked_at += BATCH
            if looked_at >= MOST_ENTRIES:
                return found[::-1], first_id
        return found[::-1], None

    def _time(self, said: str | None) -> str | None:
        if said is None:
            return None
        return utc_text(parse_time(said, self._state.rules.zone(), past=True))


def _is_asked_for(entry: Entry, request: ReadJournal, since: str | None, until: str | None) -> bool:
    if (since is not None and entry.time < since) or (until is not None and entry.time > until):
        return False
    if request.decision is not None and entry.payload.get("decision") != request.decision:
        return False
    if request.reason is not None and entry.payload.get("reason") != request.reason:
        return False
    if request.person is None:
        return True
    person = entry.payload.get("person")
    return isinstance(person, str) and name_key(person) == name_key(request.person)
