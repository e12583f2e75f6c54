"""A new key: everything opens with it, nothing with the old one, whenever it is cut short."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from circle import at
from facedoor.config.options import Config, StorageConfig
from facedoor.errors import StoreError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.storage import chain
from facedoor.storage.audit import AuditResult, verify
from facedoor.storage.contexts import SEALED
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import load_vault
from facedoor.storage.rekey import rekey
from facedoor.storage.store import open_store, transaction
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from vaults import fill, without_the_key

MODEL = "a" * 64

REKEY_AND_DIE = """
import os, signal, sys
from facedoor.storage import rekey
from facedoor.config.options import Config, StorageConfig

statements = 0
def die_at(statement):
    global statements
    statements += 1
    if statements == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

def open_traced(*arguments):
    db = open_store(*arguments)
    db.set_trace_callback(die_at)
    return db

open_store, rekey.open_store = rekey.open_store, open_traced
rekey.rekey(Config(storage=StorageConfig(directory=sys.argv[1])))
print(statements)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Two people, and a journal with a gap in the middle, one at the end, and a name erased."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    settings = Config(storage=StorageConfig(directory=str(tmp_path / "state")))
    vault = load_vault(settings)
    db = open_store(settings.database, vault)
    gallery, journal = Gallery(db, vault), Journal(db, vault)
    for name in ("Zoë", "Anna", "Bob"):
        gallery.add(name, at(0, 10), MODEL)
        for _ in range(2):
            journal.append(OtherEvent.of("decision", {"person": name}))
    gallery.remove("Zoë")
    for first_id in (3, 6):
        (mac,) = db.execute("SELECT mac FROM journal WHERE id = ?", (first_id,)).fetchone()
        with transaction(db, "remove"):
            chain.bridge(db, vault, first_id, first_id, mac)
    db.close()
    return settings


def check_everything(settings: Config) -> None:
    vault = load_vault(settings)
    db = open_store(settings.database, vault)
    gallery, journal = Gallery(db, vault), Journal(db, vault)
    assert [person.name for person in gallery.people()] == ["Anna", "Bob"]
    assert np.array_equal(gallery.templates(MODEL).vectors, at(0, 10, 0, 10))
    *named, forgotten = journal.tail(9)
    assert [entry.payload["person"] for entry in named] == [None, None, "Anna", "Bob"]
    assert forgotten.payload["entries"] == [1, 2]
    assert verify(db, vault) == AuditResult(entries=5, removed=2)
    db.close()


def test_everything_opens_with_the_new_key(settings: Config) -> None:
    before = load_vault(settings).key_id
    assert rekey(settings) == settings.key_file
    assert load_vault(settings).key_id != before
    check_everything(settings)
    vault = load_vault(settings)
    db = open_store(settings.database, vault)
    Gallery(db, vault).rename("Bob", "Anne")
    Gallery(db, vault).remove("Anne")
    Journal(db, vault).append(OtherEvent.of("system", {}))
    assert verify(db, vault).intact


def test_nothing_that_the_old_key_opens_is_left(settings: Config) -> None:
    old = load_vault(settings)
    blobs = sealed(settings, old)
    assert rekey(settings)
    assert blobs
    assert not left(settings, blobs)
    with pytest.raises(StoreError, match="put the right key back"):
        open_store(settings.database, old)


def left(settings: Config, blobs: list[bytes]) -> bool:
    """Whether any of these stands in any file of the state."""
    everything = b"".join(file.read_bytes() for file in settings.state_directory.iterdir())
    return any(blob in everything for blob in blobs)


def sealed(settings: Config, vault: Vault) -> list[bytes]:
    with closing(open_store(settings.database, vault)) as db:
        return [value for column in SEALED for _, value, _ in column.values(db)]


def test_nothing_that_the_old_key_opens_is_left_in_a_file_in_use(settings: Config) -> None:
    old = load_vault(settings)
    blobs = sealed(settings, old)
    service = open_store(settings.database, old)
    rekey(settings)
    assert not left(settings, blobs)
    service.close()


def test_key_that_is_not_changed_everywhere_is_said_and_made_good(settings: Config) -> None:
    old = load_vault(settings)
    blobs = sealed(settings, old)
    reader = open_store(settings.database, old)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM person").fetchall()
    with pytest.raises(StoreError, match=r"the new key is in .*, but not everything is sealed"):
        rekey(settings)
    reader.close()
    vault = load_vault(settings)
    assert vault.key_id != old.key_id
    open_store(settings.database, vault).close()
    assert not left(settings, blobs)
    check_everything(settings)


def test_everything_that_is_sealed_opens_with_the_new_key(tmp_path: Path) -> None:
    settings = Config(storage=StorageConfig(directory=str(tmp_path)))
    old = load_vault(settings)
    with closing(open_store(settings.database, old)) as db:
        fill(db, old)
    blobs = sealed(settings, old)
    rekey(settings)
    new = load_vault(settings)
    with closing(open_store(settings.database, new)) as db:
        for column in SEALED:
            values = list(column.values(db))
            assert values, f"fill() has to put something into {column.column}"
            for _, value, context in values:
                new.open(value, context)
    assert not left(settings, blobs)


def test_those_who_have_the_old_key_can_write_nothing_more(settings: Config) -> None:
    vault = load_vault(settings)
    db = open_store(settings.database, vault)
    rekey(settings)
    for write in (
        lambda: Journal(db, vault).append(OtherEvent.of("decision", {})),
        lambda: Gallery(db, vault).add("Eve", at(90), MODEL),
        lambda: Gallery(db, vault).remove("Anna"),
        lambda: Gallery(db, vault).templates(MODEL),
    ):
        with pytest.raises(StoreError, match="start facedoor again if the key has just been"):
            write()
    check_everything(settings)


def test_journal_that_was_tampered_with_is_not_whitewashed(settings: Config) -> None:
    vault = load_vault(settings)
    db = open_store(settings.database, vault)
    with without_the_key(db) as thief:
        thief.execute("UPDATE journal SET kind = 'system' WHERE id = 4")
    with pytest.raises(StoreError, match="cannot change the key: entry 4 is not what was written"):
        rekey(settings)
    assert load_vault(settings).key_id == vault.key_id
    assert verify(db, vault).wrong_id == 4


def test_keys_that_were_tampered_with_are_not_whitewashed(settings: Config) -> None:
    vault = load_vault(settings)
    db = open_store(settings.database, vault)
    with without_the_key(db) as thief:
        thief.execute(
            "INSERT INTO command_key (fingerprint, name, role, public_key, made_at)"
            " VALUES ('x', 'eve', 'admin', x'00', 'now')"
        )
    with pytest.raises(StoreError, match="without the key has changed command_key"):
        rekey(settings)
    assert load_vault(settings).key_id == vault.key_id


def test_key_of_systemd_needs_a_place_for_the_new_one(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.move(settings.key_file, tmp_path / "facedoor-key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(UsageError, match="with --to FILE"):
        rekey(settings)
    assert rekey(settings, to=tmp_path / "new") == tmp_path / "new"
    (tmp_path / "new").replace(tmp_path / "facedoor-key")
    check_everything(settings)
    with pytest.raises(UsageError, match="exists already"):
        rekey(settings, to=tmp_path / "facedoor-key")


def run_until(settings: Config, statement: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", REKEY_AND_DIE, settings.storage.directory, str(statement)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_kill_at_any_statement_leaves_one_working_key(settings: Config, tmp_path: Path) -> None:
    def copied(number: int) -> Config:
        """As it was: once a key is changed, the next change of it has less to do."""
        copy = Config(storage=StorageConfig(directory=str(tmp_path / str(number))))
        shutil.copytree(settings.state_directory, copy.state_directory)
        return copy

    whole = copied(0)
    statements = int(run_until(whole, 0).stdout)
    check_everything(whole)
    runs = int(os.environ.get("FACEDOOR_KILLS", "4"))
    for statement in np.linspace(1, statements, min(runs, statements)).astype(int):
        broken = copied(statement)
        assert run_until(broken, statement).returncode == -signal.SIGKILL
        check_everything(broken)
        rekey(broken)
        check_everything(broken)
        assert not list(broken.state_directory.glob("*.next"))


def test_new_key_out_of_place_is_found(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_vault(settings).key_id
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rekey(settings)
    check_everything(settings)
    assert load_vault(settings).key_id != before


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_file_that_somebody_puts_where_the_new_key_goes_is_left_alone(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the asking and the lock: it may be the key of another door."""
    other = tmp_path / "new.key"

    def late(*arguments: Any) -> sqlite3.Connection:
        other.write_text("the key of another door")
        return open_store(*arguments)

    monkeypatch.setattr("facedoor.storage.rekey.open_store", late)
    with pytest.raises(UsageError, match="exists already: name a new file"):
        rekey(settings, other)
    assert other.read_text() == "the key of another door"
    monkeypatch.undo()
    with closing(open_store(settings.database, load_vault(settings))) as db:
        assert verify(db, load_vault(settings)).intact
