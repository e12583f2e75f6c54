"""What is read of the journal for visits: all that matters, and not the whole of it."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facedoor.history.visits import Visits
from facedoor.history.window import between
from facedoor.storage import chain, ledger, mentions
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.times import utc_text
from history_kit import History, composed
from vaults import VAULT, open_store

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
YESTERDAY = utc_text(NOW - timedelta(days=1))


def write(db: sqlite3.Connection, history: History) -> None:
    """Write what happened into the journal, each entry at the time of its event."""
    with transaction(db, "write to the journal"):
        record = ledger.read(db, VAULT)
        head = record.head
        for event in history.events:
            names = mentions.without_names(event.as_json())
            head = chain.link(db, VAULT, head, event.time, event.kind, *names)
        ledger.write(db, VAULT, replace(record, head=head))


def many(count: int, end: datetime = NOW, apart_s: float = 3600) -> History:
    """So many visits, the last of them at ``end``."""
    history = History(now=end - timedelta(seconds=apart_s * (count - 1) + 2))
    for number in range(count):
        history.comes("Ada" if number % 3 else None)
        history.after(apart_s - 2)
    return history


def ids(visits: Visits, since: str = "", until: str = "9") -> list[str]:
    return [visit.id for visit in visits if since <= visit.ended <= until]


def test_visits_of_a_window_are_those_of_the_whole_journal(db: sqlite3.Connection) -> None:
    history = many(1300)
    write(db, history)
    whole = composed(history.events)
    for days in (0.5, 50, 1000):
        since = utc_text(NOW - timedelta(days=days))
        visits, is_whole = between(Journal(db, VAULT), "front", since)
        assert (ids(visits, since), is_whole) == (ids(whole, since), True)
        assert all(whole.get(visit.id) == visit for visit in visits if visit.ended >= since)


def test_window_that_ends_long_ago_is_that_of_the_whole_journal(db: sqlite3.Connection) -> None:
    history = many(1300)
    write(db, history)
    whole = composed(history.events)
    for days in (1, 20, 52):
        since = utc_text(NOW - timedelta(days=days, hours=5))
        until = utc_text(NOW - timedelta(days=days))
        visits, _ = between(Journal(db, VAULT), "front", since, until)
        found = ids(visits, since, until)
        assert found == ids(whole, since, until)
        assert len(found) >= 4


def test_long_journal_costs_no_more_than_a_short_one(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """In steps of SQLite's machine, which count every row that it looks at."""
    short, long = (costs_of(tmp_path_factory.mktemp("state"), count) for count in (2100, 3100))
    for few, many_more in zip(short, long, strict=True):
        assert many_more < 1.1 * few


def costs_of(folder: Path, count: int) -> list[int]:
    with closing(open_store(folder / "facedoor.db")) as db:
        write(db, many(count))
        journal = Journal(db, VAULT)
        journal.tail(1)  # what is asked once a connection is asked by now
        return [
            steps_of(db, lambda: between(journal, "front", YESTERDAY)),
            steps_of(db, lambda: between(journal, "front", YESTERDAY, utc_text(NOW))),
            steps_of(db, lambda: next(journal.back(before=1500))),
        ]


def steps_of(db: sqlite3.Connection, act: Callable[[], object]) -> int:
    steps = itertools.count()
    db.set_progress_handler(lambda: next(steps) < 0, 100)
    act()
    db.set_progress_handler(None, 0)
    return next(steps)


def test_clock_that_was_wrong_for_a_while_hides_nothing(db: sqlite3.Connection) -> None:
    history = many(30)
    write(db, history)
    lost = History(now=datetime(1970, 1, 1, tzinfo=UTC), visits=1000)
    for _ in range(700):
        lost.comes()
    write(db, lost)
    after = History(now=NOW, visits=2000)
    after.comes("Ada")
    write(db, after)
    visits, _ = between(Journal(db, VAULT), "front", YESTERDAY)
    assert ids(visits, YESTERDAY) == [*ids(composed(history.events), YESTERDAY), "a-2001"]


def test_command_looks_at_so_many_entries_and_says_that_there_are_more(
    db: sqlite3.Connection,
) -> None:
    write(db, many(1500, apart_s=5))
    visits, is_whole = between(Journal(db, VAULT), "front", YESTERDAY, most=1000)
    assert (len(visits), is_whole) == (1000, False)


def test_first_entry_after_a_time_is_found_across_gaps(db: sqlite3.Connection) -> None:
    history = many(100)
    journal = Journal(db, VAULT)
    assert journal.first_after("") == 1
    write(db, history)
    (mac,) = db.execute("SELECT mac FROM journal WHERE id = 60").fetchone()
    with transaction(db, "remove entries"):
        chain.bridge(db, VAULT, 30, 60, mac)
    times = {entry.id: entry.time for _, batch in journal.back() for entry in batch}
    for time in ("", *times.values(), "9"):
        expected = min((number for number, at in times.items() if at > time), default=101)
        found = journal.first_after(time)
        assert found == expected or 30 <= found <= expected == 61
