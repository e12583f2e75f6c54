"""A copy in the place of the state file: a backup, and an older copy of which root knows."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from door_kit import Door
from facedoor.commands.keys import CommandKeys
from facedoor.config import file as config_file
from facedoor.errors import StoreError
from facedoor.identity.gallery import Gallery
from facedoor.problems import Board
from facedoor.storage.audit import verify
from facedoor.storage.backup import backup
from facedoor.storage.copies import put_back, review, suspicion, witness_of, write_witness
from facedoor.storage.epoch import read_epoch
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.ledger import TamperedError
from facedoor.storage.store import transaction
from facedoor.storage.watch import LOOK_EVERY_S, Watch
from facedoor.wire.events import OtherEvent
from facedoor.wire.roles import GIVEN_ROLES, Role
from facedoor.wire.state_events import CopyPutBack
from front_door import FrontDoor
from machine_kit import Machine
from vaults import VAULT, open_store, without_the_key

FIXTURES = Path(__file__).parent / "fixtures"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the witness belongs to root")


@pytest.fixture
def front(tmp_path: Path) -> FrontDoor:
    (tmp_path / "state").mkdir()
    return FrontDoor(tmp_path / "state")


def replace(front: FrontDoor, copy: Path) -> None:
    """Stop the door, put ``copy`` in the place of its state file, and start it again."""
    front.ask(Role.VIEWER, "ping")  # which opens it
    front.db.close()
    for path in front.database.parent.glob("facedoor.db*"):
        path.unlink()
    shutil.copy(copy, front.database)
    front.opened_again()


def copied(front: FrontDoor, copy: Path) -> Path:
    """As ``cp`` does it."""
    with closing(open_store(front.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(front.database, copy))


def backed_up(front: FrontDoor, copy: Path) -> Path:
    with closing(open_store(front.database)) as db:
        backup(db, copy)
    return copy


def witnessed(front: FrontDoor) -> bool:
    with closing(open_store(front.database)) as db:
        return write_witness(db, VAULT, front.database)


@pytest.mark.parametrize("kind", ["backup", pytest.param("older_copy", marks=as_root)])
def test_command_that_was_used_does_not_work_again_when_a_copy_is_put_back(
    front: FrontDoor, tmp_path: Path, kind: str
) -> None:
    make = backed_up if kind == "backup" else copied
    copy = make(front, tmp_path / "copy.db")
    used = front.signed(Role.VIEWER, "ping")
    assert front.send(used).content["outcome"] == "done"
    assert front.send(used).content["reason"] == "replayed"
    witnessed(front)
    replace(front, copy)
    assert front.send(used).content["reason"] == "before_put_back"
    early = front.signed(Role.VIEWER, "ping")  # its sender's clock may be ahead
    front.timepiece.passes(4)
    assert front.send(early).content["reason"] == "before_put_back"
    front.timepiece.passes(2)
    assert front.ask(Role.OPERATOR, "ping").content["outcome"] == "done"
    replace(front, copied(front, tmp_path / "later.db"))
    assert front.ask(Role.OPERATOR, "ping").content["outcome"] == "done"


@pytest.mark.parametrize("kind", ["backup", pytest.param("older_copy", marks=as_root)])
def test_copy_that_was_put_back_is_said_until_somebody_has_looked(
    front: FrontDoor, tmp_path: Path, kind: str
) -> None:
    make = backed_up if kind == "backup" else copied
    copy = make(front, tmp_path / "copy.db")
    front.revoke(Role.OPERATOR)
    witnessed(front)
    replace(front, copy)
    with closing(open_store(front.database)) as db:
        epoch, board, clock = read_epoch(db), Board(), [0.0]
        watch = Watch(db, board, front.clock, lambda: clock[0])
        watch.look()
        (problem,) = board.problems
        assert problem.code == {"backup": "backup_restored"}.get(kind, kind)
        assert "a key that was revoked since is good again" in problem.sentence
        assert Journal(db, VAULT).tail(1)[0].payload["copy"] == kind
        assert isinstance(Journal(db, VAULT).tail(1)[0].event, CopyPutBack)
    with closing(open_store(front.database)) as db:
        assert read_epoch(db) == epoch
        assert verify(db, VAULT).intact


@pytest.mark.parametrize("kind", ["backup", pytest.param("older_copy", marks=as_root)])
def test_check_says_it_too_while_no_service_runs(
    tmp_path: Path, machine: Machine, kind: str
) -> None:
    door = Door(tmp_path, photos=tmp_path)
    door.ask("keys", "make", "phone", "--role", "admin")
    copy = tmp_path / "copy.db"
    if kind == "backup":
        door.ask("backup", str(copy))
    else:
        with open_state(config_file.load(door.config)) as (db, _):
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(door.database, copy)
    door.ask("keys", "revoke", "phone")
    if kind == "older_copy":
        with open_state(config_file.load(door.config)) as (db, vault):
            write_witness(db, vault, door.database)
    assert not machine.problems("copy", config_file.load(door.config))
    for path in door.database.parent.glob("facedoor.db*"):
        path.unlink()
    shutil.copy(copy, door.database)
    for _ in range(2):  # before it was opened for writing, and after
        (found,) = machine.problems("copy", config_file.load(door.config))
        assert "a key that was revoked since is good again" in found.message
        assert found.remedy.endswith("facedoor keys reviewed")
        door.ask("keys", "make", "tablet", "--role", "viewer")
    door.ask("keys", "reviewed")
    assert not machine.problems("copy", config_file.load(door.config))


def test_whoever_has_looked_says_so_at_the_door(tmp_path: Path) -> None:
    door = Door(tmp_path, photos=tmp_path)
    assert "nothing was put back" in door.ask("keys", "reviewed").out
    door.ask("backup", str(tmp_path / "copy.db"))
    for path in door.database.parent.glob("facedoor.db*"):
        path.unlink()
    shutil.copy(tmp_path / "copy.db", door.database)
    assert door.ask("keys", "reviewed", "--json").json == {"copy": "backup"}
    assert door.ask("keys", "reviewed", "--json").json == {"copy": None}
    with door.journal() as journal:
        found, reviewed = journal.tail(2)
    assert found.payload.items() >= {"event": "put_back", "copy": "backup"}.items()
    assert reviewed.payload["reviewed_by"] == "command line"


def test_board_forgets_it_then(front: FrontDoor, tmp_path: Path) -> None:
    replace(front, backed_up(front, tmp_path / "copy.db"))
    with closing(open_store(front.database)) as db:
        board, clock = Board(), [0.0]
        watch = Watch(db, board, front.clock, lambda: clock[0])
        watch.look()
        assert len(board.problems) == 1
        with closing(open_store(front.database)) as other, transaction(other, "review"):
            review(other, VAULT, "test")
        watch.look()
        assert len(board.problems) == 1
        clock[0] += LOOK_EVERY_S
        watch.look()
        assert board.problems == ()


def test_copy_that_hides_that_it_is_one_is_noticed(front: FrontDoor, tmp_path: Path) -> None:
    copy = backed_up(front, tmp_path / "copy.db")
    with without_the_key(copy) as thief:
        thief.execute("UPDATE epoch SET is_copy = 0")
    replace(front, copy)
    with closing(open_store(front.database)) as db:
        assert verify(db, VAULT).problem == "something without the key has changed epoch"
    assert front.ask(Role.ADMIN, "ping").content["outcome"] != "done"


def test_clock_that_was_wrong_when_the_copy_was_found_lets_no_old_command_in(
    front: FrontDoor, tmp_path: Path
) -> None:
    copy = backed_up(front, tmp_path / "copy.db")
    used = front.signed(Role.VIEWER, "ping")
    front.send(used)
    front.timepiece.is_synchronised = False
    front.clock = front.timepiece.clock()
    replace(front, copy)
    assert front.send(used).content["reason"] == "clock_not_set"
    front.timepiece.is_synchronised = True
    front.clock = front.timepiece.clock()
    front.opened_again()
    assert front.send(used).content["reason"] == "before_put_back"


@as_root
def test_witness_never_goes_back_and_is_roots_own(front: FrontDoor, tmp_path: Path) -> None:
    assert witnessed(front)
    witness = witness_of(front.database)
    copy = copied(front, tmp_path / "copy.db")
    with closing(open_store(front.database)) as db:
        Journal(db, VAULT).append(OtherEvent.of("system", {}))
        assert suspicion(db, VAULT, front.database) is None
    assert witnessed(front)
    said = witness.read_bytes()
    assert witness.stat().st_mode & 0o777 == 0o644
    front.ask(Role.VIEWER, "ping")  # which opens it
    front.db.close()
    shutil.copy(copy, front.database)
    for path in front.database.parent.glob("facedoor.db-*"):
        path.unlink()
    with closing(open_store(front.database, read_only=True)) as db:
        assert not write_witness(db, VAULT, front.database)
        assert witness.read_bytes() == said
        for change in (
            lambda: os.chown(witness, 12345, 12345),
            lambda: witness.write_text("[1]"),
            lambda: witness.write_bytes(b"\xff" * 5000),
            lambda: (witness.unlink(), witness.symlink_to(tmp_path / "other")),
            lambda: (witness.unlink(), os.mkfifo(witness)),
        ):
            change()
            assert suspicion(db, VAULT, front.database) is None


@as_root
def test_copy_of_before_another_copy_was_put_back_is_noticed_too(
    front: FrontDoor, tmp_path: Path
) -> None:
    first = copied(front, tmp_path / "first.db")
    saved = backed_up(front, tmp_path / "saved.db")
    witnessed(front)
    replace(front, saved)
    assert witnessed(front)
    for _ in range(2):
        replace(front, first)
        with closing(open_store(front.database)) as db:
            assert put_back(db) == "older_copy"
            epoch = read_epoch(db)
        with closing(open_store(front.database)) as db:
            assert read_epoch(db) == epoch  # once is enough, also before root has heard of it
        assert witnessed(front)


@as_root
def test_new_file_in_the_place_of_a_lost_one_is_no_copy(front: FrontDoor, tmp_path: Path) -> None:
    copy = copied(front, tmp_path / "copy.db")
    assert witnessed(front)
    front.database.unlink()
    for _ in range(2):
        with closing(open_store(front.database)) as db:
            Journal(db, VAULT).append(OtherEvent.of("system", {}))
            assert put_back(db) is None
        assert witnessed(front)
    replace(front, copy)
    with closing(open_store(front.database)) as db:
        assert put_back(db) == "older_copy"


@pytest.mark.parametrize("change", ["epoch SET word = 'f00'", "gallery SET revision = 1"])
def test_older_copy_that_hides_of_which_epoch_it_is_lets_nobody_in(
    front: FrontDoor, change: str
) -> None:
    with without_the_key(front.database) as thief:
        thief.execute(f"UPDATE {change}")
    with closing(open_store(front.database)) as db, pytest.raises(TamperedError):
        Gallery(db, VAULT).people()


@as_root
@pytest.mark.parametrize("version", [1, 2, 6])
def test_file_of_before_the_ledger_does_not_take_the_place_of_a_newer_one(
    front: FrontDoor, tmp_path: Path, version: int
) -> None:
    assert witnessed(front)
    old = FIXTURES / f"store_v{version}.db"
    for read_only in (True, False):
        replace(front, old)
        with pytest.raises(StoreError, match="restore a newer backup, or, if you have put it"):
            open_store(front.database, read_only)
    witness_of(front.database).unlink()
    open_store(front.database).close()


@as_root
def test_what_root_does_is_witnessed_at_once(tmp_path: Path) -> None:
    door = Door(tmp_path, photos=tmp_path)
    door.be_made()
    folder = door.database.parent
    assert not witness_of(door.database).exists()  # of no use against root itself
    os.chown(folder, 12345, 23456)
    door.ask("keys", "make", "phone", "--role", "admin")
    before = witness_of(door.database).read_bytes()
    door.ask("keys", "revoke", "phone")
    assert witness_of(door.database).read_bytes() != before
    assert door.ask("witness", "--json").json == {"witness": str(witness_of(door.database))}
    assert put_back_in(door) is None


def test_nothing_is_written_to_a_file_that_is_no_longer_in_its_place(
    front: FrontDoor, tmp_path: Path
) -> None:
    copy = backed_up(front, tmp_path / "copy.db")
    with closing(open_store(front.database)) as db:
        journal = Journal(db, VAULT)
        journal.append(OtherEvent.of("system", {}))
        copy.rename(front.database)
        for use in (lambda: journal.append(OtherEvent.of("system", {})), lambda: journal.tail(1)):
            with pytest.raises(StoreError, match="another put in its place, while it was open"):
                use()
        front.database.unlink()
        with pytest.raises(StoreError, match="was taken away"):
            journal.tail(1)


def test_log_of_another_file_does_not_spoil_a_backup(door: Door) -> None:
    """As after the power was cut, or while the service runs."""
    copy, log = door.folder / "copy.db", door.state / "facedoor.db-wal"
    assert door.facedoor("backup", copy).exit_code == 0
    with closing(sqlite3.connect(door.database)) as other:
        other.execute("SELECT * FROM person").fetchall()
        assert door.facedoor("people", "remove", "Mindy").exit_code == 0
        assert door.facedoor("people", "remove", "Jerry").exit_code == 0
        saved = copy.read_bytes()
        shutil.copy(copy, door.folder / "again.db")
        (door.folder / "again.db").rename(door.database)
        assert log.stat().st_size
        door.facedoor("people", "list").assert_fails(3, f"stop facedoor, then rm {log}")
        assert door.database.read_bytes() == saved
    for file in door.state.glob("facedoor.db-*"):
        file.unlink()
    assert len(door.facedoor("people", "list", "--json").json["people"]) == 2
    assert door.facedoor("journal", "verify").exit_code == 0


def put_back_in(door: Door) -> str | None:
    with door.journal() as journal, journal.together() as db:
        return put_back(db)


def test_keys_that_were_changed_without_the_key_obey_nobody(front: FrontDoor) -> None:
    with without_the_key(front.database) as thief:
        thief.execute("UPDATE command_key SET role = 'admin'")
    result = front.ask(Role.VIEWER, "unlock")
    assert result.topic.endswith("result/unverified")
    assert result.content["reason"] == "state_file_changed"
    with closing(open_store(front.database)) as db:
        assert len(CommandKeys(db)._db.execute("SELECT 1 FROM command_key").fetchall()) == len(
            GIVEN_ROLES
        )
