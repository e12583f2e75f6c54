"""Somebody has the state file, its write-ahead log and all this code, but not the key."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from facedoor.clock import DoorClock
from facedoor.config.options import StorageConfig
from facedoor.errors import StoreError
from facedoor.identity.gallery import Gallery
from facedoor.problems import Board
from facedoor.storage.contexts import OPEN, SEALED
from facedoor.storage.journal import Journal
from facedoor.storage.retention import RETRY_AFTER_S, Retention
from facedoor.storage.store import open_store, scrub
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from vaults import VAULT, fill

MODEL = "a" * 64
NAMES = ("Rumpelstiltskin", "Émile Zatopek")
FACES = np.random.default_rng(1).standard_normal((2, 5, 128), np.float32)
FACES[:, 1:] = FACES[:, :1] + 0.4 * FACES[:, 1:]
FACES /= np.linalg.norm(FACES, axis=2, keepdims=True)


@pytest.fixture
def loot(tmp_path: Path) -> Path:
    """A folder with what was stolen while the door was running."""
    db = open_store(tmp_path / "state" / "facedoor.db", VAULT)
    for name, faces in zip(NAMES, FACES, strict=True):
        Gallery(db, VAULT).add(name, faces, MODEL)
        Journal(db, VAULT).append(
            OtherEvent.of("decision", {"person": name, "decision": "granted"})
        )
        Journal(db, VAULT).append(OtherEvent.of("decision", {"person": None, "nearest": name}))
    shutil.copytree(tmp_path / "state", tmp_path / "loot")
    assert (tmp_path / "loot" / "facedoor.db-wal").stat().st_size > 0
    return tmp_path / "loot"


def raw(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_no_name_stands_in_the_files(loot: Path) -> None:
    everything = raw(loot).lower()
    for name in NAMES:
        for form in (name, name.casefold()):
            for encoding in ("utf-8", "utf-16-le", "latin-1"):
                assert form.encode(encoding).lower() not in everything
        assert name.split()[0][:5].encode().lower() not in everything


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f2", "<f8"])
def test_no_four_numbers_of_a_template_stand_in_the_files(loot: Path, kind: str) -> None:
    everything = raw(loot)
    for four in FACES.reshape(-1, 4).astype(kind):
        assert four.tobytes() not in everything


def test_no_stretch_of_the_files_matches_a_face(loot: Path) -> None:
    everything = raw(loot)
    probe = FACES[0].mean(axis=0)
    for kind in (np.dtype("<f4"), np.dtype("<f2"), np.dtype("i1")):
        size = 128 * kind.itemsize
        for shift in range(kind.itemsize):
            length = (len(everything) - shift) // kind.itemsize
            numbers = np.frombuffer(everything, kind, length, shift)
            numbers = np.where(np.abs(numbers) < 1e4, numbers, 0).astype(np.float64)
            windows = np.lib.stride_tricks.sliding_window_view(numbers, size // kind.itemsize)
            lengths = np.linalg.norm(windows, axis=1)
            cosines = windows @ probe / np.maximum(lengths, 1e-9) / np.linalg.norm(probe)
            assert cosines.max() < 0.6, kind


def test_guessed_name_cannot_be_looked_up(loot: Path) -> None:
    db = sqlite3.connect(loot / "facedoor.db")
    indexes = {index for (index,) in db.execute("SELECT name_index FROM person")}
    for key in (bytes(32), os.urandom(32)):
        assert not indexes & {Vault(key).index(name.casefold()) for name in NAMES}
    assert VAULT.index(NAMES[0].casefold()) in indexes  # as the door itself finds it


def test_guessed_name_cannot_be_found_in_the_journal(loot: Path) -> None:
    db = sqlite3.connect(loot / "facedoor.db")
    rows = db.execute("SELECT person, payload FROM journal").fetchall()
    commitments = {person for person, _ in rows if person is not None}
    nearest = [json.loads(payload).get("nearest") for _, payload in rows]
    commitments |= {bytes.fromhex(said) for said in nearest if said is not None}
    guesses = {hashlib.sha256(name.encode()).digest() for name in NAMES}
    assert len(commitments) == 2 * len(NAMES)
    assert not commitments & guesses


def test_facedoor_itself_opens_nothing_with_another_key(loot: Path) -> None:
    other = Vault(os.urandom(32))
    with pytest.raises(StoreError, match="is sealed with the key"):
        open_store(loot / "facedoor.db", other)
    db = sqlite3.connect(loot / "facedoor.db", isolation_level=None)
    db.execute("UPDATE sealing SET key_id = ?", (other.key_id,))
    for read_only in (True, False):
        with pytest.raises(StoreError, match="was changed without its key, in ledger"):
            open_store(loot / "facedoor.db", other, read_only)
    # Nor does anything open for somebody who does not ask.
    values = [value for kept in SEALED for value in kept.values(db)]
    assert len(values) > len(NAMES)
    for _, sealed, context in values:
        with pytest.raises(ValueError, match="sealed with another key"):
            other.open(sealed, context)


def test_nothing_of_the_time_before_sealing_is_left(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parent / "fixtures" / "store_v1.db", tmp_path / "facedoor.db")
    before = raw(tmp_path)
    open_store(tmp_path / "facedoor.db", VAULT)
    after = raw(tmp_path)
    for trace in (b"Anna", b"anna", "Émile".encode(), bytes.fromhex("5c1c7c3fd4d0313e")):
        assert trace in before
        assert trace not in after


def test_every_column_of_bytes_is_declared_as_sealed_or_open(database: Path) -> None:
    db = open_store(database, VAULT)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        (table, column)
        for table in tables
        for _, column, kind, *_ in db.execute(f"PRAGMA table_info({table})")
        if kind not in {"INTEGER", "REAL", "TEXT"} and not table.startswith("sqlite_")
    }
    sealed = {column.column for column in SEALED}
    assert not sealed & OPEN.keys()
    assert found == sealed | OPEN.keys()


def test_what_is_declared_as_sealed_opens_in_its_place_alone(database: Path) -> None:
    db = open_store(database, VAULT)
    fill(db)
    for column in SEALED:
        values = list(column.values(db))
        assert values, f"fill() has to put something into {column.column}"
        for _, value, context in values:
            assert VAULT.open(value, context)
            with pytest.raises(ValueError, match="for another place"):
                VAULT.open(value, f"not the {context}")


def sealed_values(db: sqlite3.Connection) -> set[bytes]:
    return {value for column in SEALED if column.person for _, value, _ in column.values(db)} | {
        value
        for (value,) in db.execute(
            "SELECT sealed FROM mention UNION ALL SELECT sealed FROM nearest_mention"
        )
    }


def test_what_is_erased_leaves_all_three_files_while_the_door_is_at_work(tmp_path: Path) -> None:
    state = tmp_path / "state"
    door = open_store(state / "facedoor.db", VAULT)
    command = open_store(state / "facedoor.db", VAULT)
    fill(command, name=NAMES[0])
    Journal(door, VAULT).append(
        OtherEvent.of("decision", {"person": NAMES[0], "decision": "granted"})
    )
    about_somebody = sealed_values(command)
    Gallery(command, VAULT).remove(NAMES[0])
    assert any(value in raw(state) for value in about_somebody), "hundreds of entries long"
    scrub(command)
    assert len(list(state.iterdir())) == 3
    assert not any(value in raw(state) for value in about_somebody)
    Journal(door, VAULT).append(OtherEvent.of("decision", {"person": None, "decision": "refused"}))


def test_service_takes_out_what_a_command_could_not(tmp_path: Path) -> None:
    state = tmp_path / "state"
    door, command, reader = (open_store(state / "facedoor.db", VAULT) for _ in range(3))
    gallery = Gallery(command, VAULT)
    gallery.add(NAMES[0], FACES[0], MODEL)
    sealed = sealed_values(command)
    board, clock_s = Board(), 0.0
    retention = Retention(door, VAULT, StorageConfig(), board, DoorClock(), lambda: clock_s)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM person").fetchall()
    gallery.remove(NAMES[0])
    with pytest.raises(StoreError, match="cannot take what was erased"):
        scrub(command)
    retention.look()
    assert [problem.code for problem in board.problems] == ["not_scrubbed"]
    reader.rollback()
    clock_s += RETRY_AFTER_S
    retention.look()
    assert not board.problems
    assert not any(value in raw(state) for value in sealed)
