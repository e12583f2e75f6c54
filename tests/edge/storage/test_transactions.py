"""What is written to the state file at once is there as a whole, or not at all, whatever fails."""

from __future__ import annotations

import contextlib
import gc
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from circle import at
from facedoor.errors import StoreError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.storage import ledger, place, store
from facedoor.storage.audit import AuditResult, verify
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.wire.events import OtherEvent
from vaults import VAULT, lose, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "facedoor.db"


def test_any_exception_undoes_the_whole_transaction(path: Path) -> None:
    db = open_store(path)

    def change_and_fail() -> None:
        with transaction(db, "count"):
            db.execute("UPDATE gallery SET revision = 7")
            raise UsageError("changed my mind")

    with pytest.raises(UsageError):
        change_and_fail()
    assert Gallery(db, VAULT).revision() == 0


def test_connection_that_cannot_even_roll_back_begins_anew(path: Path) -> None:
    db = open_store(path)
    lose(db)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        db.execute("SELECT 1")
    Journal(db, VAULT).append(OtherEvent.of("system", {}))
    for one in (db, open_store(path)):
        assert Gallery(one, VAULT).revision() == 0
        assert len(Journal(one, VAULT).tail(9)) == 1
        assert verify(one, VAULT).intact
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_connection_that_nobody_has_any_more_holds_no_file(path: Path) -> None:
    db = open_store(path)
    Journal(db, VAULT).append(OtherEvent.of("system", {}))
    before = files_held(path)
    del db
    gc.collect()  # sqlite3's own connections are in a circle, too
    assert before > files_held(path) == 0


def files_held(path: Path) -> int:
    """How many files of the state file's folder this process has open."""
    return sum(
        link.is_symlink() and path.parent in link.readlink().parents
        for link in Path("/proc/self/fd").iterdir()
    )


def test_connection_that_cannot_begin_anew_yet_does_so_later(path: Path) -> None:
    db = open_store(path)
    lose(db)
    path.rename(path.with_name("away"))
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot "):
            Gallery(db, VAULT).people()
    path.with_name("away").rename(path)
    assert Gallery(db, VAULT).people() == []
    Gallery(db, VAULT).add("Ada", at(0), "a")


class Lying(ledger.Connection):
    """Says of the next COMMIT that it has failed, before or after it is done."""

    lie: bool | None = None

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        lie, self.lie = self.lie, None if statement == "COMMIT" else self.lie
        if statement != "COMMIT" or lie is None:
            return super().execute(statement, *values)
        if lie:
            super().execute(statement)
        raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize("is_done", [True, False])
def test_commit_that_has_happened_counts_whatever_is_said_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    monkeypatch.setattr(place, "Connection", Lying)
    db = open_store(path)
    assert isinstance(db, Lying)
    journal, db.lie = Journal(db, VAULT), is_done
    try:
        journal.append(OtherEvent.of("system", {}))
    except StoreError:
        assert not is_done
    assert len(journal.tail(9)) == is_done
    journal.append(OtherEvent.of("system", {}))
    assert verify(open_store(path), VAULT) == AuditResult(entries=1 + is_done, removed=0)


def test_transaction_that_breaks_off_while_it_begins_or_ends_is_over(path: Path) -> None:
    db = open_store(path)
    for steps in range(1, 20):  # of SQLite; it can have begun, and say that it has not
        broken_off = iter([1])
        db.set_progress_handler(lambda broken_off=broken_off: next(broken_off, 0), steps)
        with contextlib.suppress(StoreError, sqlite3.Error), transaction(db, "do nothing"):
            pass
        db.set_progress_handler(None, 0)
        assert not db.in_transaction


def test_full_disk_is_said_and_changes_nothing(path: Path) -> None:
    db = open_store(path)
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    full = r"cannot enrol a person: .* the disk is full: free some space"
    with pytest.raises(StoreError, match=full):
        Gallery(db, VAULT).add("Anna", at(*range(3000)), "a")
    assert Gallery(db, VAULT).people() == []
    db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    Gallery(db, VAULT).add("Anna", at(0), "a")


def test_probe_reaches_the_disk(path: Path) -> None:
    db = open_store(path)
    log = path.with_name("facedoor.db-wal")
    before = log.stat().st_size
    store.probe(db)
    assert log.stat().st_size > before
    db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="cannot write to the state file"):
        store.probe(db)


def test_writer_does_not_wait_for_ever_for_another(path: Path) -> None:
    first, second = open_store(path), open_store(path)
    second.execute("PRAGMA busy_timeout = 0")
    with (
        transaction(first, "hold the lock"),
        pytest.raises(StoreError, match="is held by another program"),
    ):
        Journal(second, VAULT).append(OtherEvent.of("system", {}))


def test_reader_does_not_wait_for_a_writer(path: Path) -> None:
    first, second = open_store(path), open_store(path)
    second.execute("PRAGMA busy_timeout = 0")
    with transaction(first, "count"):
        first.execute("UPDATE gallery SET revision = 7")
        assert Gallery(second, VAULT).revision() == 0
    assert Gallery(second, VAULT).revision() == 7
