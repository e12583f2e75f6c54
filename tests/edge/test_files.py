"""What root makes for the service belongs to the service."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from facedoor.config.options import Config, StorageConfig
from facedoor.files import make_file, make_folder
from facedoor.storage.key_file import load_vault
from facedoor.storage.rekey import rekey
from facedoor.storage.store import open_store, transaction

SERVICE_USER, SERVICE_GROUP = 12345, 23456

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def owners(folder: Path) -> set[tuple[int, int]]:
    found = [path.stat() for path in (folder, *folder.rglob("*"))]
    return {(status.st_uid, status.st_gid) for status in found}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state directory as systemd makes it."""
    folder = tmp_path / "state"
    folder.mkdir(0o700)
    os.chown(folder, SERVICE_USER, SERVICE_GROUP)
    return folder


@as_root
def test_whatever_root_does_leaves_nothing_that_the_service_cannot_open(state: Path) -> None:
    settings = Config(storage=StorageConfig(directory=str(state)))
    with closing(open_store(settings.database, load_vault(settings))) as db:
        with transaction(db, "write"):
            db.execute("UPDATE gallery SET revision = 1")
        assert {path.name for path in state.iterdir()} >= {"facedoor.db-wal", "facedoor.db-shm"}
        assert owners(state) == {(SERVICE_USER, SERVICE_GROUP)}
    rekey(settings)
    assert owners(state) == {(SERVICE_USER, SERVICE_GROUP)}


@as_root
def test_folders_that_root_makes_belong_to_the_owner_of_the_first_that_was_there(
    state: Path,
) -> None:
    make_folder(state / "doors" / "front")
    assert owners(state) == {(SERVICE_USER, SERVICE_GROUP)}


@as_root
def test_file_that_is_there_is_not_given_away(state: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.touch()
    (state / "link").symlink_to(mine)
    with pytest.raises(FileExistsError):
        make_file(state / "link")
    assert mine.stat().st_uid == os.geteuid()


def test_folders_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    os.close(make_file(tmp_path / "a" / "b" / "c"))
    modes = [path.stat().st_mode & 0o777 for path in sorted((tmp_path / "a").rglob("*"))]
    assert ((tmp_path / "a").stat().st_mode & 0o777, *modes) == (0o700, 0o700, 0o600)
    make_folder(tmp_path / "a" / "b")
