"""A door that is killed over and over, at any moment, while it enrols, writes down and delivers.

``FACEDOOR_KILLS`` says how often; ``make soak RUNS=200`` shows the figures.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from accidents import said_until_killed
from facedoor.identity.gallery import Gallery
from facedoor.storage.audit import verify
from facedoor.storage.journal import Journal
from vaults import VAULT, open_store

KILLS = int(os.environ.get("FACEDOOR_KILLS", "8"))
TEMPLATES = 20
MODEL = "a" * 64

DOOR = """
import itertools, os, sys, time
from pathlib import Path
import numpy as np
from facedoor.config.options import StorageConfig
from facedoor.identity.gallery import Gallery
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.storage.retention import Retention
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from timepieces import Timepiece

vault = Vault(bytes(range(32)))
db = open_store(Path(sys.argv[1]), vault)
gallery, journal = Gallery(db, vault), Journal(db, vault)
broker = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def deliver():
    for entry in journal.unsent(3):
        os.write(broker, f"{entry.id}\\n".encode())
        journal.mark_sent(entry.id)

for number in itertools.count(int(sys.argv[3])):
    gallery.add(f"person {number}", np.eye(20, dtype=np.float32), "a" * 64)
    print("enrolled", number, flush=True)
    written = journal.append(OtherEvent.of("decision", {"person": f"person {number}"}))
    print("written", written, flush=True)
    journal.append(OtherEvent.of("door", {"event": "bell"}))
    deliver()
    if number % 3 == 0:
        gallery.remove(f"person {number}")
        print("removed", number, flush=True)
    if number % 5 == 0:  # the rings of the bell go, as if they were two days old
        later = Timepiece(wall_s=time.time() + 2 * 86_400).settled_clock()
        Retention(db, vault, StorageConfig(max_mb=0), Board(), later).look()
"""


def numbers(said: list[str], what: str) -> set[int]:
    return {int(line.split()[1]) for line in said if line.startswith(what)}


def test_kill_at_any_moment_loses_nothing_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    database, broker, draw = tmp_path / "facedoor.db", tmp_path / "broker", np.random.default_rng(7)
    said: list[str] = []
    number = 0
    for _ in range(KILLS):
        command = [sys.executable, "-c", DOOR, str(database), str(broker), str(number)]
        said += said_until_killed(command, draw)
        number = max(numbers(said, "enrolled"), default=number) + 10
        with closing(open_store(database)) as db:
            check(db, said)
    with closing(open_store(database)) as db:
        entries = Journal(db, VAULT).tail(1_000_000)
        with broker.open("a") as delivered:
            delivered.writelines(f"{e.id}\n" for e in Journal(db, VAULT).unsent(1_000_000))
        check_delivery(broker, {entry.id for entry in entries} | numbers(said, "written"))
        enrolled, written = numbers(said, "enrolled"), numbers(said, "written")
        print(f"\n{KILLS} kills, {len(enrolled)} people, {len(written)} decisions: nothing lost")


def check(db: sqlite3.Connection, said: list[str]) -> None:
    """The state file is whole, and all that was confirmed is in it."""
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    verdict = verify(db, VAULT)
    assert verdict.intact, verdict.problem
    people = Gallery(db, VAULT).people()
    assert {person.templates for person in people} <= {TEMPLATES}
    enrolled = {int(person.name.split()[1]) for person in people}
    removed = numbers(said, "removed")
    may_be_removed = {number for number in numbers(said, "enrolled") if number % 3 == 0}
    assert numbers(said, "enrolled") - may_be_removed <= enrolled
    assert not removed & enrolled
    assert len(Gallery(db, VAULT).templates(MODEL).names) == len(people)
    entries = {entry.id: entry for entry in Journal(db, VAULT).tail(1_000_000)}
    assert numbers(said, "written") <= entries.keys()
    for entry in entries.values():
        name = entry.payload.get("person")
        assert name is None or int(name.split()[1]) not in removed


def check_delivery(broker: Path, written: set[int]) -> None:
    """Each event was delivered, in order; one may come again, right where it came before."""
    delivered = [int(line) for line in broker.read_text().split()]
    first_time = list(dict.fromkeys(delivered))
    assert first_time == sorted(first_time)
    assert delivered == sorted(delivered)
    assert written <= set(first_time)
