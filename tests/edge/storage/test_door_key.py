"""The door's own key: made with the state file, and the same for as long as that lives."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from door_kit import Door
from facedoor.config import file as config_file
from facedoor.errors import StoreError
from facedoor.storage.backup import backup
from facedoor.storage.door_key import read_door_key
from facedoor.storage.key_file import open_state
from facedoor.storage.vault import Vault
from vaults import VAULT, open_store


def identity(path: Path) -> str:
    with closing(open_store(path)) as db:
        return read_door_key(db, VAULT).identity.id


def test_door_is_the_same_after_every_start(tmp_path: Path) -> None:
    assert identity(tmp_path / "one.db") == identity(tmp_path / "one.db")


def test_two_doors_are_two(tmp_path: Path) -> None:
    assert identity(tmp_path / "one.db") != identity(tmp_path / "two.db")


def test_restored_backup_is_still_that_door(tmp_path: Path) -> None:
    known = identity(tmp_path / "one.db")
    with closing(open_store(tmp_path / "one.db")) as db:
        backup(db, tmp_path / "copy.db")
    assert identity(tmp_path / "copy.db") == known


def test_older_state_file_gets_one_when_it_is_opened(tmp_path: Path) -> None:
    for version in range(1, 7):
        path = tmp_path / f"{version}.db"
        shutil.copy(Path(__file__).parent / "fixtures" / f"store_v{version}.db", path)
        assert identity(path) == identity(path)


def test_key_is_sealed(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "one.db")) as db:
        private = read_door_key(db, VAULT).to_bytes()
        assert private not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
        with pytest.raises(StoreError, match="damaged"):
            read_door_key(db, Vault(bytes(32)))


def test_door_outlives_a_change_of_the_key_that_seals(empty_door: Door) -> None:
    settings = config_file.load(empty_door.config)
    seen = []
    for _ in range(2):
        with open_state(settings) as (db, vault):
            seen.append((read_door_key(db, vault).identity, vault.key_id))
        assert empty_door.ask("people", "rekey").exit_code == 0
    (before, first_key), (after, second_key) = seen
    assert before == after
    assert first_key != second_key
