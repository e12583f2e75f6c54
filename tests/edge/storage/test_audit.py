"""The audit of the journal: whatever is removed, changed or reordered is found, and named."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from circle import at
from facedoor.errors import FacedoorError, StoreError
from facedoor.identity.gallery import Gallery
from facedoor.storage import chain
from facedoor.storage.audit import AuditResult, verify
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store, without_the_key

MODEL = "a" * 64
NAMES = ("Anna", "Bob", None)
CHAINED = {
    "journal": ("id", "time", "kind", "payload", "person", "mac"),
    "mention": ("entry_id", "sealed"),
    "nearest_mention": ("entry_id", "sealed"),
    "gap": ("first_id", "last_id", "mac", "proof"),
    "ledger": ("sealed",),
}


@pytest.fixture
def db(db: sqlite3.Connection) -> sqlite3.Connection:
    """A journal of six entries, the third of them removed; the others about Anna, Bob and none.

    A face that was nobody's came nearest to Bob.
    """
    journal = Journal(db, VAULT)
    for name in NAMES * 2:
        payload = {"person": name, "reason": "recognised"}
        journal.append(
            OtherEvent.of("decision", payload if name else {**payload, "nearest": "Bob"})
        )
    remove(db, 3, 3)
    return db


def remove(db: sqlite3.Connection, first_id: int, last_id: int) -> None:
    (mac,) = db.execute("SELECT mac FROM journal WHERE id = ?", (last_id,)).fetchone()
    with transaction(db, "remove entries"):
        chain.bridge(db, VAULT, first_id, last_id, mac)


def test_untouched_journal_is_intact(db: sqlite3.Connection) -> None:
    assert verify(db, VAULT) == AuditResult(entries=5, removed=1)
    assert verify(db, VAULT).intact


def test_empty_journal_is_intact(tmp_path: Path) -> None:
    assert verify(open_store(tmp_path / "facedoor.db"), VAULT) == AuditResult(entries=0, removed=0)


def swap(table: str, key: str, one: int, other: int) -> str:
    moves = ((one, 100), (other, one), (100, other))
    return ";".join(f"UPDATE {table} SET {key} = {b} WHERE {key} = {a}" for a, b in moves)


COPY = "INSERT INTO journal SELECT {}, time, kind, payload, NULL, mac FROM journal LIMIT 1"


@pytest.mark.parametrize(
    ("attack", "wrong_id", "says"),
    [
        ("DELETE FROM journal WHERE id = 2", 2, "entry 2 is missing"),
        ("DELETE FROM journal WHERE id = 1", 1, "entry 1 is missing"),
        ("DELETE FROM journal WHERE id = 6", 6, "entry 6 and what came after it are missing"),
        ("DELETE FROM journal", 1, "entry 1 and what came after it are missing"),
        ("DELETE FROM journal; DELETE FROM gap", 1, "entry 1 and what came after it are missing"),
        ("UPDATE journal SET kind = 'system' WHERE id = 4", 4, "entry 4 is not what was written"),
        ("UPDATE journal SET id = 7 WHERE id = 2", 2, "entry 2 is missing"),
        (swap("journal", "id", 4, 5), 4, "entry 4 is not what was written"),
        (COPY.format(7), 7, "entry 7 is not what was written"),
        (COPY.format(3), 3, "entry 3 is not what was written"),
        ("DELETE FROM mention WHERE entry_id = 4", 4, "the person in entry 4 is not who"),
        (swap("mention", "entry_id", 4, 5), 4, "the person in entry 4 is not who"),
        ("INSERT INTO mention SELECT 6, sealed FROM mention LIMIT 1", 6, "the person in entry 6"),
        ("INSERT INTO mention SELECT 9, sealed FROM mention LIMIT 1", 9, "has a name but is"),
        ("DELETE FROM nearest_mention", 6, "the nearest person in entry 6 is not who"),
        ("UPDATE nearest_mention SET entry_id = 5", 5, "the nearest person in entry 5 is not who"),
        ("UPDATE nearest_mention SET entry_id = 9", 6, "the nearest person in entry 6 is not who"),
        ("INSERT INTO nearest_mention SELECT 9, sealed FROM mention LIMIT 1", 9, "has a name but"),
        (
            "UPDATE nearest_mention SET sealed = (SELECT sealed FROM mention LIMIT 1)",
            6,
            "the nearest person in entry 6 is not who",
        ),
        ("DELETE FROM gap", 3, "entry 3 is missing"),
        ("UPDATE gap SET last_id = 4", 3, "what was removed from entry 3 on is not clear"),
        ("INSERT INTO gap SELECT 4, 4, mac, proof FROM gap", 4, "what was removed from entry 4"),
        ("DELETE FROM ledger", 6, "how far the journal goes"),
    ],
)
def test_first_entry_that_was_tampered_with_is_named(
    db: sqlite3.Connection, attack: str, wrong_id: int, says: str
) -> None:
    with without_the_key(db) as thief:
        thief.executescript(attack)
    verdict = verify(db, VAULT)
    assert (verdict.wrong_id, verdict.intact) == (wrong_id, False)
    assert says in str(verdict.problem)


def test_of_several_wrong_entries_the_first_is_named(db: sqlite3.Connection) -> None:
    with without_the_key(db) as thief:
        thief.execute("UPDATE journal SET kind = 'x' WHERE id IN (2, 5)")
        thief.execute("UPDATE gap SET last_id = 4")
    assert verify(db, VAULT).wrong_id == 2


def test_end_that_was_cut_off_long_ago_is_found(db: sqlite3.Connection) -> None:
    with without_the_key(db) as thief:
        thief.execute("DELETE FROM journal WHERE id = 6")
    Journal(db, VAULT).append(OtherEvent.of("decision", {"person": "Anna"}))
    assert verify(db, VAULT).wrong_id == 6


def test_journal_of_another_key_cannot_be_judged(db: sqlite3.Connection) -> None:
    with pytest.raises(StoreError, match="put the right key back"):
        verify(db, Vault(bytes(32)))


def test_erasing_a_person_keeps_the_chain(db: sqlite3.Connection) -> None:
    gallery, journal = Gallery(db, VAULT), Journal(db, VAULT)
    gallery.add("Anne", at(0), MODEL)
    gallery.rename("Anne", "Anna")
    gallery.remove("Anna")
    *entries, forgotten = journal.tail(9)
    assert [entry.payload["person"] for entry in entries] == [None, "Bob", None, "Bob", None]
    assert forgotten.payload["event"] == "forgotten"
    assert verify(db, VAULT).intact


STEPS = st.lists(
    st.sampled_from(["append", "append", "append", "erase", "enrol", "rename"])
    | st.tuples(st.integers(1, 30), st.integers(1, 6)),
    max_size=30,
)


def play(folder: Path, steps: list[str | tuple[int, int]]) -> sqlite3.Connection:
    """Any sequence of what a door does with its journal."""
    db = open_store(folder / "facedoor.db")
    gallery, journal = Gallery(db, VAULT), Journal(db, VAULT)
    for number, step in enumerate(steps):
        with contextlib.suppress(FacedoorError):
            if step == "append":
                names = {"person": NAMES[number % 3], "nearest": NAMES[number % 2]}
                journal.append(OtherEvent.of("decision", {**names, "n": number}))
            elif step == "erase":
                gallery.remove("Anna")
            elif step == "enrol":
                gallery.add("Anna", at(0), MODEL)
            elif step == "rename":
                gallery.rename("Anna", "Bob")
            else:
                first_id, count = step
                rows = db.execute(
                    "SELECT id FROM journal WHERE id BETWEEN ? AND ?", (first_id, first_id + count)
                )
                for (entry_id,) in rows.fetchall():
                    remove(db, entry_id, entry_id)
    return db


@settings(max_examples=EXAMPLES // 2)
@given(STEPS)
def test_whatever_the_door_does_the_journal_stays_intact(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | tuple[int, int]]
) -> None:
    db = play(tmp_path_factory.mktemp("state"), steps)
    assert verify(db, VAULT).problem is None
    gaps = db.execute("SELECT first_id, last_id FROM gap ORDER BY 1").fetchall()
    assert all(last_id + 1 < first_id for (_, last_id), (first_id, _) in pairwise(gaps))


@given(STEPS, st.randoms(use_true_random=False))
def test_any_changed_byte_or_lost_row_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[str | tuple[int, int]],
    draw: random.Random,
) -> None:
    db = play(tmp_path_factory.mktemp("state"), ["append", *steps])
    table = draw.choice([name for name in CHAINED if rows_of(db, name)])
    row = draw.choice(rows_of(db, table))
    with without_the_key(db) as thief:
        if draw.random() < 0.2:
            thief.execute(f"DELETE FROM {table} WHERE rowid = ?", row)
        else:
            change_a_byte(thief, table, draw.choice(CHAINED[table]), row, draw)
    assert not verify(db, VAULT).intact


def rows_of(db: sqlite3.Connection, table: str) -> list[tuple[int]]:
    return db.execute(f"SELECT rowid FROM {table}").fetchall()


def change_a_byte(
    db: sqlite3.Connection, table: str, column: str, row: tuple[int], draw: random.Random
) -> None:
    (value,) = db.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", row).fetchone()
    if value is None:
        new: object = b"x"
    elif isinstance(value, int):
        new = value ^ 1 << draw.randrange(40)
    else:
        data = bytearray(value.encode() if isinstance(value, str) else value)
        data[draw.randrange(len(data))] ^= draw.randrange(1, 256)
        new = bytes(data)
    cast = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
    with contextlib.suppress(sqlite3.IntegrityError):  # a number that is taken
        db.execute(f"UPDATE {table} SET {column} = {cast} WHERE rowid = ?", (new, *row))
        return
    db.execute(f"DELETE FROM {table} WHERE rowid = ?", row)
