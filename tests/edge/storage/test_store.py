"""The state file. Run this file itself to write the fixture of a new version of the layout:

    PYTHONPATH=tests python tests/edge/storage/test_store.py

It makes ``fixtures/store_vN.db`` for the newest version N, and refuses to touch one that exists: a
file of a version that is out in the world never changes again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from circle import at
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Group, Permission
from facedoor.config.options import Config, StorageConfig
from facedoor.errors import FacedoorError, StoreError
from facedoor.identity.gallery import Gallery
from facedoor.storage import store
from facedoor.storage.audit import AuditResult, verify
from facedoor.storage.epoch import read_epoch, reserve_visits
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import load_vault
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.storage.store import MIGRATIONS
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store

FIXTURES = Path(__file__).parent / "fixtures"
VERSIONS = range(1, len(MIGRATIONS) + 1)
RELEASED = [version for version in VERSIONS if (FIXTURES / f"store_v{version}.db").exists()]
"""The newest version gets its fixture with the release: until then it may still change."""
NOBODY = 65534


def write_fixture() -> None:
    path = FIXTURES / f"store_v{len(MIGRATIONS)}.db"
    if path.exists():
        raise SystemExit(f"{path} exists, and a released version never changes")
    db = open_store(path)
    Gallery(db, VAULT).add("Anna", at(0, 10), "a" * 64)
    Gallery(db, VAULT).add("Émile", at(90), "a" * 64)
    book = RuleBook(db, VAULT)
    book.set_rules('time_zone = "UTC"\n[groups.staff]\n', "command line")
    anna = Permission(("staff",), valid_until=date(2026, 12, 31))
    book.allow("Anna", lambda _: anna, "command line")
    journal = Journal(db, VAULT)
    journal.mark_sent(
        journal.append(OtherEvent.of("decision", {"person": "Anna", "granted": True}))
    )
    journal.append(OtherEvent.of("system", {"text": "stopped"}))
    # Small pages keep the file small.
    for statement in ("journal_mode = DELETE", "page_size = 512"):
        db.execute(f"PRAGMA {statement}")
    db.execute("VACUUM")
    db.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "facedoor.db"


@pytest.fixture
def unprivileged() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_file_and_its_folder_are_for_the_owner_alone(path: Path) -> None:
    db = open_store(path)
    Journal(db, VAULT).append(OtherEvent.of("system", {}))
    assert mode_of(path.parent) == 0o700
    files = list(path.parent.iterdir())
    assert len(files) == 3
    assert {mode_of(file) for file in files} == {0o600}


def test_loose_permissions_are_tightened(path: Path) -> None:
    open_store(path).close()
    path.chmod(0o644)
    open_store(path).close()
    assert mode_of(path) == 0o600


def test_connection_is_safe_against_power_loss(path: Path) -> None:
    safe = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    for pragma, value in safe.items():
        assert open_store(path).execute(f"PRAGMA {pragma}").fetchone() == (value,), pragma


def test_no_version_but_the_newest_is_without_a_fixture() -> None:
    assert RELEASED in ([*VERSIONS], [*VERSIONS][:-1])


@pytest.mark.parametrize("version", RELEASED)
def test_every_version_still_opens(path: Path, version: int) -> None:
    path.parent.mkdir()
    shutil.copy(FIXTURES / f"store_v{version}.db", path)
    db = open_store(path)
    people = Gallery(db, VAULT).people()
    assert [(p.name, p.templates) for p in people] == [("Anna", 2), ("Émile", 1)]
    assert np.array_equal(Gallery(db, VAULT).templates("a" * 64).vectors, at(0, 10, 90))
    *_, first, last = Journal(db, VAULT).tail(10)
    assert first.payload == {"person": "Anna", "granted": True}
    assert Journal(db, VAULT).unsent(10) == [last]
    assert last.payload == {"text": "stopped"}
    assert verify(db, VAULT).intact


def test_rules_of_version_5_still_hold(path: Path) -> None:
    path.parent.mkdir()
    shutil.copy(FIXTURES / "store_v5.db", path)
    book = RuleBook(open_store(path), VAULT)
    assert book.rulings().rules.groups == {"staff": Group("staff")}
    assert book.permission("Anna") == Permission(("staff",), valid_until=date(2026, 12, 31))


def test_hole_in_a_journal_of_version_1_becomes_a_gap(path: Path) -> None:
    path.parent.mkdir()
    shutil.copy(FIXTURES / "store_v1.db", path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO journal (id, kind, payload) VALUES (7, 'system', '{}')")
        db.commit()
    assert verify(open_store(path), VAULT) == AuditResult(entries=3, removed=4)


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE"])
def test_file_that_others_hold_is_scrubbed_when_it_is_next_opened(path: Path, begin: str) -> None:
    db, other = open_store(path), open_store(path)
    db.execute("UPDATE sealing SET is_scrubbed = 0")
    db.execute("PRAGMA busy_timeout = 0")
    other.execute(begin)
    other.execute("SELECT * FROM person").fetchall()
    with pytest.raises(StoreError, match="is held by another program: try again when that has"):
        store.scrub(db)
    assert store.needs_scrub(db)
    other.rollback()
    assert not store.needs_scrub(open_store(path))


def test_erasure_during_a_scrub_is_not_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db, other = open_store(path), open_store(path)
    for name in ("Anna", "Bob"):
        Gallery(db, VAULT).add(name, at(0), "a")
    empty_log = store._empty_log
    with monkeypatch.context() as patch:

        def empty_and_remove(*arguments: Any) -> None:
            empty_log(*arguments)
            Gallery(other, VAULT).remove("Bob")

        patch.setattr(store, "_empty_log", empty_and_remove)
        Gallery(db, VAULT).remove("Anna")
        store.scrub(db)
    assert store.needs_scrub(db)


def test_newer_version_is_refused(path: Path) -> None:
    open_store(path).execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"version 99, newer .* upgrade facedoor"):
        open_store(path)


def test_failed_migration_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Gallery(open_store(path), VAULT).add("Anna", at(0), "a")
    broken = ("CREATE TABLE extra (id INTEGER)", "DROP TABLE person", "CREATE TABLE gallery (x)")
    with monkeypatch.context() as patch:
        patch.setattr(store, "MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(StoreError, match=f"to version {len(MIGRATIONS) + 1}"):
            open_store(path)
    db = open_store(path)
    assert [person.name for person in Gallery(db, VAULT).people()] == ["Anna"]
    assert not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'extra'").fetchall()


def test_several_may_open_a_new_file_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        revisions = pool.map(lambda _: Gallery(open_store(path), VAULT).revision(), range(8))
    assert set(revisions) == {0}


def test_what_is_written_while_other_processes_come_and_go_is_not_lost(path: Path) -> None:
    journal, *others = (Journal(open_store(path), VAULT) for _ in range(3))
    journal.append(OtherEvent.of("decision", {"number": 1}))
    script = (
        "import sys; from pathlib import Path\n"
        "from facedoor.storage.journal import Journal\n"
        "from facedoor.storage.store import open_store\n"
        "from facedoor.storage.vault import Vault; vault = Vault(bytes(range(32)))\n"
        "from facedoor.wire.events import OtherEvent\n"
        "event = OtherEvent.of('decision', {'number': 2})\n"
        "Journal(open_store(Path(sys.argv[1]), vault), vault).append(event)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    journal.append(OtherEvent.of("decision", {"number": 3}))
    for one in (journal, *others, Journal(open_store(path), VAULT)):
        assert [entry.payload["number"] for entry in one.tail(10)] == [1, 2, 3]


def test_empty_file_is_a_lost_one_and_not_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"is empty, so it was lost.* or, to begin .*, rm /"):
            open_store(path, read_only)
    assert path.stat().st_size == 0
    path.unlink()
    open_store(path).close()


def test_no_new_file_is_made_beside_the_log_of_one_that_is_gone(path: Path) -> None:
    running = open_store(path)
    with store.transaction(running, "write"):
        running.execute("UPDATE epoch SET last_visit = last_visit + 1")
    log = path.with_name(f"{path.name}-wal")
    remains = log.read_bytes()
    running.close()
    path.rename(path.with_name("elsewhere.db"))
    log.write_bytes(remains)
    with pytest.raises(StoreError, match=r"not the file that it belongs to.* rm /.*-wal"):
        open_store(path)
    assert not path.exists()
    log.unlink()
    open_store(path).close()


def test_no_key_is_made_for_a_state_file_that_was_lost(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    settings = Config(storage=StorageConfig(directory=str(path.parent)))
    with pytest.raises(StoreError, match="is empty, so it was lost"):
        load_vault(settings)
    assert not settings.key_file.exists()


@pytest.mark.parametrize("statement", [1, 5, 20, 60, 100])
def test_making_that_breaks_off_leaves_none_and_can_begin_again(path: Path, statement: int) -> None:
    script = (
        "import os, signal, sqlite3, sys; from pathlib import Path\n"
        "from facedoor.storage import ledger, store\n"
        "from facedoor.storage.vault import Vault\n"
        "class Dying(ledger.Connection):\n"
        "    left = int(sys.argv[2])\n"
        "    def execute(self, *call):\n"
        "        Dying.left -= 1\n"
        "        if Dying.left == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return super().execute(*call)\n"
        "from facedoor.storage import place; place.Connection = Dying\n"
        "store.open_store(Path(sys.argv[1]), Vault(bytes(range(32))))\n"
    )
    died = subprocess.run([sys.executable, "-c", script, str(path), str(statement)], check=False)
    assert died.returncode in {0, -signal.SIGKILL}
    assert not path.exists() or path.stat().st_size > 0
    assert Gallery(open_store(path), VAULT).people() == []


def test_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("these are my notes, long enough to be read as a header" * 20)
    with pytest.raises(StoreError, match="is not a database: restore it from a backup"):
        open_store(path)


def test_file_and_folder_in_each_others_place_are_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="Is a directory"):
        open_store(path)
    path.rmdir()
    path.parent.rmdir()
    path.parent.write_text("")
    with pytest.raises(StoreError, match="it has to be a file that this user may write"):
        open_store(path)


def test_file_of_another_user_is_refused(path: Path, request: pytest.FixtureRequest) -> None:
    open_store(path).close()
    path.parent.chmod(0)
    request.getfixturevalue("unprivileged")
    for read_only in (True, False):
        with pytest.raises(StoreError, match="Permission denied"):
            open_store(path, read_only)


def test_reading_needs_a_file_that_exists(path: Path) -> None:
    with pytest.raises(StoreError, match=r"no state file .* facedoor setup"):
        open_store(path, read_only=True)
    assert not path.parent.exists()


def test_read_only_connection_reads_and_does_not_write(path: Path) -> None:
    Gallery(open_store(path), VAULT).add("Anna", at(0), "a")
    gallery = Gallery(open_store(path, read_only=True), VAULT)
    assert gallery.person("anna").templates == 1
    with pytest.raises(StoreError, match="cannot be used by this user"):
        gallery.remove("Anna")


def test_read_only_connection_does_not_migrate(path: Path) -> None:
    path.parent.mkdir()
    sqlite3.connect(path).execute("VACUUM")
    with pytest.raises(StoreError, match="has version 0, older than"):
        open_store(path, read_only=True)


@settings(max_examples=2 * EXAMPLES)
@given(
    st.sampled_from(RELEASED),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40))),
)
@example(version=2, damage=[(0.5708188275014531, b"\x00")])  # a payload that is not there
@example(version=1, damage=[(0.1313960803956349, b"\x00\x80")])  # a name that is not there
def test_damaged_file_is_said_and_never_ends_in_another_error(
    tmp_path_factory: pytest.TempPathFactory, version: int, damage: list[tuple[float, bytes]]
) -> None:
    content = bytearray((FIXTURES / f"store_v{version}.db").read_bytes())
    for share, garbage in damage:
        offset = int(share * (len(content) - len(garbage)))
        content[offset : offset + len(garbage)] = garbage
    use_everything(tmp_path_factory, content)


@settings(deadline=None)
@given(st.sampled_from(RELEASED), st.floats(0, 1, exclude_max=True))
def test_truncated_file_is_said_and_never_ends_in_another_error(
    tmp_path_factory: pytest.TempPathFactory, version: int, share: float
) -> None:
    content = (FIXTURES / f"store_v{version}.db").read_bytes()
    use_everything(tmp_path_factory, content[: int(share * len(content))])


def use_everything(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Call everything that reads or writes; errors of ours are fine, others are not."""
    path = tmp_path_factory.mktemp("state") / "facedoor.db"
    path.write_bytes(content)
    try:
        db = open_store(path)
    except StoreError:
        return
    gallery, journal, book = Gallery(db, VAULT), Journal(db, VAULT), RuleBook(db, VAULT)
    for use in (
        gallery.people,
        lambda: gallery.person("Anna"),
        lambda: gallery.templates("a" * 64),
        gallery.revision,
        book.rulings,
        lambda: book.permission("Anna"),
        lambda: book.allow("Anna", lambda anna: anna, "command line"),
        lambda: journal.tail(10),
        lambda: journal.unsent(10),
        lambda: verify(db, VAULT),
        lambda: journal.append(OtherEvent.of("system", {"text": "hello"})),
        lambda: gallery.add("Bob", at(180), "a" * 64),
        lambda: gallery.rename("Anna", "Anne"),
        lambda: gallery.remove("Anne"),
        lambda: journal.mark_sent(1),
        lambda: Pictures(db, VAULT).keep(VisitPicture("3f9a1c07-1", b"jpeg", 1.0), 1),
        lambda: Pictures(db, VAULT).get("3f9a1c07-1"),
        lambda: read_epoch(db),
        lambda: reserve_visits(db, 1),
    ):
        with contextlib.suppress(FacedoorError):
            use()
    db.close()


if __name__ == "__main__":
    write_fixture()
