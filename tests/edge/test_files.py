"""Files are private and whole, and what root makes for the service belongs to the service."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedoor import files
from facedoor.config.options import Config, DoorConfig, StorageConfig
from facedoor.errors import FacedoorError, StoreError
from facedoor.files import make_file, make_folder, read_own_text, write_file
from facedoor.hardware.relay_off import leave_note
from facedoor.setup.configuration import Configuration
from facedoor.setup.passwords import write_secret
from facedoor.storage import place
from facedoor.storage.backup import backup
from facedoor.storage.key_file import load_vault, make_key
from facedoor.storage.rekey import rekey
from facedoor.storage.store import open_store, transaction
from facedoor.wire.signing import write_private_key
from vaults import VAULT

DIE_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from facedoor import files

os.umask(0)
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
files.write_file(Path(sys.argv[1]), b"secret")
"""
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
    if os.geteuid() == 0:
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
def test_folders_that_root_makes_belong_to_the_owner_of_their_parent(state: Path) -> None:
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


def write_backup(path: Path) -> None:
    with closing(open_store(path.with_name("facedoor.db"), VAULT)) as db:
        backup(db, path)


def write_configuration(path: Path) -> None:
    Configuration(path).set("door", name="front")
    Configuration(path).set("door", name="back")  # keeps a copy of the first


WRITERS: dict[str, Callable[[Path], object]] = {
    "copy.db": write_backup,
    "facedoor.key": make_key,
    "relay.json": lambda path: leave_note(
        DoorConfig(relay="gpio"), {"RUNTIME_DIRECTORY": str(path.parent)}
    ),
    "phone.pem": lambda path: write_private_key(path, Ed25519PrivateKey.generate()),
    "mqtt-password": lambda path: write_secret(path, "secret"),
    "facedoor.toml": write_configuration,
}
"""Everything that writes a file, by the name of the file."""


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_planted_at_a_name_is_not_written_to(tmp_path: Path, name: str) -> None:
    """For each name that once could be guessed: a link to another file, and another's file."""
    guesses = [f"{name}.{os.getpid()}", f".{name}.{os.getpid()}", f"{name}.draft", f"{name}.bak"]
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for guess in guesses[:-1]:
        (tmp_path / guess).symlink_to(victim)
    (tmp_path / guesses[-1]).hardlink_to(victim)
    WRITERS[name](tmp_path / name)
    assert victim.read_text() == "precious"
    assert not (tmp_path / name).is_symlink()
    for guess in guesses[:-1]:
        assert (tmp_path / guess).is_symlink()


@pytest.mark.parametrize("name", WRITERS)
def test_file_in_the_folder_of_another_user_belongs_to_that_user(state: Path, name: str) -> None:
    WRITERS[name](state / name)
    assert owners(state) == {(state.stat().st_uid, state.stat().st_gid)}
    assert (state / name).exists()


class Planted:
    """In the folder of the service's user: links to what belongs to somebody else."""

    def __init__(self, state: Path, victim: Path) -> None:
        self.state, self.victim = state, victim
        victim.write_text("precious")
        victim.chmod(0o644)

    def link(self, name: str) -> Path:
        link = self.state / name
        link.unlink(missing_ok=True)
        link.symlink_to(self.victim)
        os.lchown(link, SERVICE_USER, SERVICE_GROUP)
        return link

    def is_untouched(self) -> bool:
        status = self.victim.stat()
        return (self.victim.read_text(), status.st_mode & 0o777, status.st_uid) == (
            *("precious", 0o644, 0),
        )


@pytest.fixture
def planted(state: Path, tmp_path: Path) -> Planted:
    return Planted(state, tmp_path / "victim")


@as_root
@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("is_database", [True, False])
def test_root_does_not_follow_a_link_in_the_place_of_the_state_file(
    planted: Planted, is_database: bool, read_only: bool
) -> None:
    if is_database:
        planted.victim.unlink()
        open_store(planted.victim, VAULT).close()
        before = planted.victim.read_bytes()
    planted.link("facedoor.db")
    planted.victim.chmod(0o644)
    with pytest.raises(StoreError, match="it is a link"):
        open_store(planted.state / "facedoor.db", VAULT, read_only)
    assert planted.victim.read_bytes() == (before if is_database else b"precious")
    assert planted.victim.stat().st_mode & 0o777 == 0o644


@as_root
def test_link_that_is_put_there_between_two_looks_is_not_followed_either(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "require_file", lambda _: None)
    monkeypatch.setattr(place, "take_for_owner", lambda _: None)
    planted.link("facedoor.db")
    with pytest.raises(StoreError, match="is not followed"):
        open_store(planted.state / "facedoor.db", VAULT)
    assert planted.is_untouched()


@as_root
@pytest.mark.parametrize("beside", ["-wal", "-shm", "-journal"])
def test_links_beside_the_state_file_are_not_followed(planted: Planted, beside: str) -> None:
    database = planted.state / "facedoor.db"
    open_store(database, VAULT).close()
    planted.link(f"facedoor.db{beside}")
    with (
        suppress(StoreError),
        closing(open_store(database, VAULT)) as db,
        transaction(db, "write"),
    ):
        db.execute("UPDATE gallery SET revision = 1")
    assert planted.is_untouched()


@as_root
@pytest.mark.parametrize("name", ["facedoor.key", "facedoor.key.next"])
def test_no_key_is_read_by_way_of_another_users_link(planted: Planted, name: str) -> None:
    settings = Config(storage=StorageConfig(directory=str(planted.state)))
    load_vault(settings)
    planted.victim.write_text("ab" * 32)
    planted.victim.chmod(0o600)
    planted.link(name)
    with pytest.raises(StoreError, match="a link that another user has made"):
        load_vault(settings)


def test_link_of_ones_own_or_of_roots_is_followed(tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    make_key(tmp_path / "usb" / "key")
    (tmp_path / "first").symlink_to("usb/key")
    (tmp_path / "second").symlink_to(tmp_path / "first")
    assert read_own_text(tmp_path / "second") == (tmp_path / "usb" / "key").read_text()
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "fifo")
    for name in ("circle", "fifo", "usb"):
        with pytest.raises(OSError, match=r"symbolic links|no file|directory"):
            read_own_text(tmp_path / name)


@as_root
@pytest.mark.parametrize("name", WRITERS)
def test_draft_that_is_replaced_by_a_link_is_not_written_to(
    planted: Planted, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_and_lose(path: Path) -> int:
        descriptor = make_file(path)
        if ".db" not in path.name or name == "copy.db":
            planted.link(path.name)
        return descriptor

    monkeypatch.setattr(files, "make_file", make_and_lose)
    with suppress(FacedoorError, OSError):
        WRITERS[name](planted.state / name)
    assert planted.is_untouched()


def test_crash_leaves_the_old_file_and_no_draft_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    died = subprocess.run([sys.executable, "-c", DIE_WHILE_WRITING, path], check=False)
    assert died.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    (left,) = set(tmp_path.iterdir()) - {path}
    assert left.stat().st_mode & 0o777 == 0o600


def test_file_that_cannot_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_new_file_never_replaces_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(complaint, os.strerror(complaint))

    for complaint in (0, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
        if complaint:
            monkeypatch.setattr(os, "link", no_links)  # as on a memory stick or a network share
        path = tmp_path / str(complaint)
        write_file(path, b"first", replaces=False)
        with pytest.raises(FileExistsError):
            write_file(path, b"second", replaces=False)
        assert path.read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 4


def test_rights_of_another_file_are_taken_over(tmp_path: Path) -> None:
    old, path = tmp_path / "old", tmp_path / "new"
    old.write_text("old")
    old.chmod(0o640)
    write_file(path, b"new", like=old)
    assert path.stat().st_mode & 0o777 == 0o640
    write_file(path, b"new", mode=0o644, like=tmp_path / "missing")
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["/", "."])
def test_name_that_is_a_folder_for_sure_is_told_as_any_that_cannot_be_written(name: str) -> None:
    with pytest.raises(IsADirectoryError):
        write_file(Path(name), b"secret")
