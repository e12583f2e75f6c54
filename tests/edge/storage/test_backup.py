"""The backup: a whole copy, made while the door goes on, that opens with the key."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from circle import at
from facedoor.errors import StoreError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.storage.audit import AuditResult, verify
from facedoor.storage.backup import backup
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store


@pytest.fixture
def db(tmp_path: Path) -> sqlite3.Connection:
    db = open_store(tmp_path / "state" / "facedoor.db")
    Gallery(db, VAULT).add("Anna", at(0), "a")
    Journal(db, VAULT).append(OtherEvent.of("decision", {"person": "Anna"}))
    return db


def test_backup_is_one_private_file_with_everything(db: sqlite3.Connection, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    backup(db, tmp_path / "stick" / "door.db")
    (copy,) = (tmp_path / "stick").iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = open_store(copy)
    assert Gallery(restored, VAULT).person("Anna").templates == 1
    # The second says that it was put back.
    assert verify(restored, VAULT) == AuditResult(entries=2, removed=0)


def test_door_goes_on_while_and_after_it_is_copied(db: sqlite3.Connection, tmp_path: Path) -> None:
    door = Journal(open_store(tmp_path / "state" / "facedoor.db"), VAULT)
    for number in (2, 3):
        backup(db, tmp_path / "copy.db")  # the second replaces the first
        door.append(OtherEvent.of("decision", {"n": number}))
    assert verify(open_store(tmp_path / "copy.db"), VAULT) == AuditResult(entries=2 + 1, removed=0)
    assert verify(db, VAULT) == AuditResult(entries=3, removed=0)


def test_state_file_is_no_backup_of_itself(db: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is the state file itself"):
        backup(db, tmp_path / "state" / ".." / "state" / "facedoor.db")


def test_place_that_cannot_be_written_is_said(db: sqlite3.Connection, tmp_path: Path) -> None:
    for target in ["nowhere/copy.db", "state"]:
        before = sorted(tmp_path.iterdir())
        with pytest.raises(StoreError, match="name a file in a folder that this user may write"):
            backup(db, tmp_path / target)
        assert sorted(tmp_path.iterdir()) == before, target


def test_damaged_state_does_not_replace_a_good_copy(tmp_path: Path, db: sqlite3.Connection) -> None:
    copy = tmp_path / "copy.db"
    backup(db, copy)
    good = copy.read_bytes()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    state = tmp_path / "state" / "facedoor.db"
    content = bytearray(state.read_bytes())
    query = "SELECT rootpage FROM sqlite_schema WHERE name = 'template'"
    (root,) = sqlite3.connect(copy).execute(query).fetchone()
    content[(root - 1) * 4096 : root * 4096] = b"\xaa" * 4096
    state.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        backup(open_store(state), copy)
    assert copy.read_bytes() == good
