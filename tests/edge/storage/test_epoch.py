from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from facedoor.errors import StoreError
from facedoor.storage.backup import backup
from facedoor.storage.epoch import READY, VisitIds, read_epoch, reserve_visits
from vaults import open_store

FIXTURES = Path(__file__).parent / "fixtures"
PROCESS = """
import sys
from pathlib import Path
from facedoor.storage.epoch import reserve_visits
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault

db = open_store(Path(sys.argv[1]), Vault(bytes(range(32))))
print(*(reserve_visits(db, 1) for _ in range(100)))
"""


def test_epoch_is_fit_for_a_topic_and_an_id(database: Path) -> None:
    assert re.fullmatch("[a-z0-9]{8}", read_epoch(open_store(database)))


def test_each_new_file_has_an_epoch_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.db", "b.db")]
    first, second = (read_epoch(open_store(path)) for path in paths)
    assert first != second
    assert [read_epoch(open_store(path)) for path in paths] == [first, second]


def test_visits_are_numbered_from_1_on_past_a_restart(database: Path) -> None:
    with closing(open_store(database)) as db:
        assert [reserve_visits(db, count) for count in (1, 10, 1)] == [1, 2, 12]
    assert reserve_visits(open_store(database), 1) == 13


def test_two_processes_never_get_the_same_number(database: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(database)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    numbers = [int(number) for one in processes for number in one.communicate()[0].split()]
    assert sorted(numbers) == list(range(1, 201))


def test_restored_backup_begins_a_new_epoch_and_the_original_goes_on(tmp_path: Path) -> None:
    original, copy = tmp_path / "facedoor.db", tmp_path / "copy.db"
    db = open_store(original)
    backup(db, copy)
    word = read_epoch(db)
    restored = read_epoch(open_store(copy))
    assert restored != word
    assert [read_epoch(open_store(path)) for path in (original, copy)] == [word, restored]


def test_looking_into_a_backup_does_not_restore_it(tmp_path: Path) -> None:
    db = open_store(tmp_path / "facedoor.db")
    backup(db, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    open_store(tmp_path / "copy.db", read_only=True).close()
    assert (tmp_path / "copy.db").read_bytes() == before


def test_each_copy_of_a_backup_or_of_an_older_version_has_its_own_epoch(tmp_path: Path) -> None:
    backup(open_store(tmp_path / "facedoor.db"), tmp_path / "copy.db")
    words = set()
    for source in (tmp_path / "copy.db", FIXTURES / "store_v5.db"):
        for day in ("monday", "tuesday"):
            path = shutil.copy(source, tmp_path / f"{day}-{source.name}")
            words.add(read_epoch(open_store(path)))
    assert len(words) == 4


def test_no_number_is_given_that_is_not_on_the_disk(database: Path) -> None:
    db = open_store(database)
    db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="cannot number the visits"):
        reserve_visits(db, 1)
    with pytest.raises(ValueError, match="cannot reserve 0 numbers"):
        reserve_visits(db, 0)


def test_id_of_a_visit_is_given_once_past_restarts_and_restored_backups(tmp_path: Path) -> None:
    path, copy = tmp_path / "facedoor.db", tmp_path / "copy.db"
    given: list[str | None] = []
    for _ in range(2):
        with closing(open_store(path)) as db:
            ids = VisitIds(db)
            given += [ids.take() for _ in range(3)]
            backup(db, copy)
            given += [ids.take() for _ in range(3)]
        copy.replace(path)
    assert None not in given
    assert len({*given}) == len(given) == 12


def test_who_takes_an_id_does_not_wait_for_the_disk(database: Path) -> None:
    db = open_store(database)
    ids = VisitIds(db)
    db.execute("PRAGMA query_only = ON")
    taken = [ids.take() for _ in range(READY)]
    ids.top_up()
    assert (len({*taken}), ids.take()) == (READY, None)
    db.execute("PRAGMA query_only = OFF")
    ids.top_up()
    assert ids.take() == f"{read_epoch(db)}-{READY + 1}"
