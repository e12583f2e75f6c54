"""Whoever is forgotten is found by lists, of which nothing is left either, wherever they stood."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from circle import at
from facedoor.identity.gallery import Gallery
from facedoor.names import name_key
from facedoor.storage import chain, contexts, mention_blocks, mentions
from facedoor.storage.audit import verify
from facedoor.storage.contexts import SEALED
from facedoor.storage.journal import Journal
from facedoor.storage.mentions import NEAREST, PERSON
from facedoor.storage.store import transaction
from facedoor.storage.vault import Vault
from facedoor.storage.version_9 import BLOCK
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store

NAMES = ("Anna", "Anton", "Bo")
REGISTERS = (PERSON, NEAREST)


class CountingVault(Vault):
    """Counts what it opens."""

    opened = 0

    def open(self, sealed: bytes, context: str) -> bytes:
        self.opened += 1
        return super().open(sealed, context)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state file with two full blocks and a begun one; Mallory is nobody's name, and Anna's
    other one is Anne."""
    path = tmp_path_factory.mktemp("full") / "facedoor.db"
    draw = np.random.default_rng(1)
    with closing(open_store(path)) as db:
        gallery, journal = Gallery(db, VAULT), Journal(db, VAULT)
        for number, name in enumerate(NAMES):
            gallery.add(name, at(40 * number), "a" * 64)
        with journal.together():
            for number in range(2 * BLOCK + 200):
                person = (None, None, *NAMES, "Mallory")[draw.integers(6)]
                if number > BLOCK and person == "Anna":
                    person = "Anne"
                nearest = (None, *NAMES, "Mallory")[draw.integers(5)]
                said = {"person": person} | ({"nearest": nearest} if nearest else {})
                journal.append(OtherEvent.of("decision", said))
                if number == BLOCK:
                    gallery.rename("Anna", "Anne")
    return path


@pytest.fixture
def db(full: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    shutil.copy(full, tmp_path / "facedoor.db")
    with closing(open_store(tmp_path / "facedoor.db")) as db:
        yield db


def list_all(db: sqlite3.Connection) -> int:
    count = 0
    while mention_blocks.list_one(db, VAULT):
        count += 1
    return count


def lists(db: sqlite3.Connection) -> dict[int, str]:
    rows = db.execute("SELECT last_id, sealed FROM mention_block").fetchall()
    return {n: VAULT.open_text(sealed, contexts.of_mention_block(n)) for n, sealed in rows}


def about(db: sqlite3.Connection, name: str, vault: Vault = VAULT) -> list[list[int]]:
    number = mentions.number_of(db, VAULT, name)
    return [mention_blocks.about(db, vault, number, name, 0, one) for one in REGISTERS]


def every_row(db: sqlite3.Connection, name: str) -> list[list[int]]:
    """As :func:`about`, by opening whatever is there."""
    number, found = mentions.number_of(db, VAULT, name), []
    for register in REGISTERS:
        rows = db.execute(f"SELECT entry_id, sealed FROM {register.table}").fetchall()
        said = {
            entry_id: mentions.said(VAULT, entry_id, sealed, register) for entry_id, sealed in rows
        }
        found.append(
            [
                entry_id
                for entry_id, one in said.items()
                if one is not None
                and (one[0] == number if number else name_key(one[1]) == name_key(name))
            ]
        )
    return found


def opened(db: sqlite3.Connection) -> Iterator[bytes]:
    """Everything that is sealed in the state file, open."""
    for column in SEALED:
        for _, sealed, context in column.values(db):
            yield VAULT.open(sealed, context)


def test_lists_are_made_of_full_blocks_alone(db: sqlite3.Connection) -> None:
    assert list_all(db) == 2
    assert sorted(lists(db)) == [BLOCK, 2 * BLOCK]
    assert verify(db, VAULT).intact


@pytest.mark.parametrize("name", [*NAMES, "Anne", "mallory", "Nobody"])
def test_with_lists_the_same_is_found_as_without(db: sqlite3.Connection, name: str) -> None:
    due = every_row(db, name)
    assert about(db, name) == due
    mention_blocks.list_one(db, VAULT)
    assert about(db, name) == due
    list_all(db)
    assert about(db, name) == due
    number = mentions.number_of(db, VAULT, name)
    later = mention_blocks.about(db, VAULT, number, name, after_id=BLOCK - 7)
    assert later == [one for one in due[0] if one > BLOCK - 7]


@pytest.mark.parametrize("name", ["Anne", "Bo", "Mallory"])
def test_of_whoever_is_removed_nothing_that_is_sealed_is_left(
    db: sqlite3.Connection, name: str
) -> None:
    number = mentions.number_of(db, VAULT, name)
    list_all(db)
    names = {"Anne": ("Anna", "Anne")}.get(name, (name,))
    Gallery(db, VAULT).remove(name)
    for data in opened(db):
        assert not any(one.encode() in data for one in names)
    keys = {f"{letter}{number}:" for letter in "mn"} if number else ()
    made_at_once = lists(db)
    for text in made_at_once.values():
        assert not any(f"\n{key}" in text for key in keys)
        assert VAULT.index(name_key(name)).hex() not in text
    assert verify(db, VAULT).intact
    # And of nobody else anything is gone: each list says what one that is made now says.
    with transaction(db, "test"):
        db.execute("DELETE FROM mention_block")
    list_all(db)
    assert lists(db) == made_at_once


def test_a_rare_person_is_found_without_opening_what_others_did(db: sqlite3.Connection) -> None:
    Journal(db, VAULT).append(OtherEvent.of("decision", {"person": "Rare"}))
    list_all(db)
    vault = CountingVault(bytes(range(32)))
    assert [len(found) for found in about(db, "Rare", vault)] == [1, 0]
    begun = sum(
        db.execute(f"SELECT count(*) FROM {one.table} WHERE entry_id > ?", (2 * BLOCK,)).fetchone()[
            0
        ]
        for one in REGISTERS
    )
    assert vault.opened == len(REGISTERS) * 2 + begun


def test_what_leaves_the_journal_takes_its_list_along(db: sqlite3.Connection) -> None:
    list_all(db)
    ((mac,),) = db.execute("SELECT mac FROM journal WHERE id = 300").fetchall()
    with transaction(db, "test"):
        chain.bridge(db, VAULT, 1, 300, mac)
    assert sorted(lists(db)) == [2 * BLOCK]
    assert about(db, "Bo") == every_row(db, "Bo")
    list_all(db)
    assert about(db, "Bo") == every_row(db, "Bo")
    ((mac,),) = db.execute("SELECT mac FROM journal WHERE id = ?", (BLOCK,)).fetchall()
    with transaction(db, "test"):
        chain.bridge(db, VAULT, 301, BLOCK, mac)
    assert list_all(db) == 0
    assert sorted(lists(db)) == [2 * BLOCK]
    assert verify(db, VAULT).intact


def test_a_list_that_does_not_open_is_as_none(db: sqlite3.Connection) -> None:
    list_all(db)
    due = about(db, "Bo")
    with transaction(db, "test"):
        db.execute("UPDATE mention_block SET sealed = x'00' WHERE last_id = ?", (BLOCK,))
    assert about(db, "Bo") == due
    Gallery(db, VAULT).remove("Bo")
    assert every_row(db, "Bo") == [[], []]


def test_an_entry_that_has_left_meanwhile_is_no_hindrance(db: sqlite3.Connection) -> None:
    """It was found before whoever is forgotten was locked, and then it went with old entries."""
    list_all(db)
    before = lists(db)
    with transaction(db, "test"):
        db.execute("DELETE FROM nearest_mention WHERE entry_id = 1")
    list_all(db)
    for register in REGISTERS:
        with transaction(db, "test"):
            mention_blocks.erase(db, VAULT, [1], register)
    assert sorted(lists(db)) == sorted(before)


def test_an_entry_changes_no_list(db: sqlite3.Connection) -> None:
    """Else the file would tell, without the key, who has come once more."""
    list_all(db)
    before = db.execute("SELECT * FROM mention_block").fetchall()
    Journal(db, VAULT).append(OtherEvent.of("decision", {"person": "Bo", "nearest": "Anton"}))
    assert db.execute("SELECT * FROM mention_block").fetchall() == before
