"""The vault of tests that need no key file, the state file that it opens, and one of everything."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from circle import at
from facedoor.access.rule_book import RuleBook
from facedoor.clock import Known
from facedoor.errors import StoreError
from facedoor.identity.gallery import Gallery
from facedoor.storage import contexts, store
from facedoor.storage.clock_record import keep_clock
from facedoor.storage.journal import Journal
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.storage.vault import Vault
from facedoor.wire.door_key import DoorKey
from facedoor.wire.events import OtherEvent

VAULT = Vault(bytes(range(32)))

DOOR_KEY = DoorKey.from_bytes(bytes(range(32, 64)))
"""With which the doors of tests sign that have no state file of their own to take one from."""


def open_store(path: Path, read_only: bool = False) -> sqlite3.Connection:
    return store.open_store(path, VAULT, read_only)


@contextmanager
def without_the_key(state: Path | sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """The state file as somebody has it who may write it: with no trigger or reference in the way.

    The triggers are back in the end.
    """
    if isinstance(state, sqlite3.Connection):
        state = Path(state.execute("PRAGMA database_list").fetchone()[2])
    with closing(sqlite3.connect(state, isolation_level=None)) as db:
        triggers = db.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        db.execute("BEGIN IMMEDIATE")
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for _, statement in triggers:
            db.execute(statement)
        if db.in_transaction:  # a script ends it
            db.execute("COMMIT")


def lose(db: sqlite3.Connection) -> None:
    """Let a transaction fail so that not even its beginning can be undone."""
    with suppress(StoreError), store.transaction(db, "count"):
        db.execute("UPDATE gallery SET revision = 7")
        db.set_progress_handler(lambda: 1, 1)  # from now on SQLite breaks off whatever it does
        db.execute("SELECT count(*) FROM person").fetchone()


def move_in(db: sqlite3.Connection, vault: Vault = VAULT) -> None:
    """Ada and Bob live here, whose faces are nothing alike."""
    for name, degrees in (("Ada", 0), ("Bob", 90)):
        Gallery(db, vault).add(name, at(degrees), "a" * 64)


def fill(db: sqlite3.Connection, vault: Vault = VAULT, name: str = "Anna") -> None:
    """Put something about ``name`` into every table that holds anything sealed."""
    pictures = [b"a picture", b"another"]
    Gallery(db, vault).add_all(name, {"a" * 64: at(0, 10)}, pictures=pictures)
    book = RuleBook(db, vault)
    book.set_rules('time_zone = "UTC"\n[groups.staff]\n', "command line")
    book.allow(name, lambda known: replace(known, groups=("staff",)), "command line")
    journal, said = Journal(db, vault), {"person": name, "decision": "granted"}
    journal.append(OtherEvent.of("decision", {**said, "visit": "3f9a1c07-1"}))
    journal.append(OtherEvent.of("decision", {"person": None, "nearest": name}))
    Pictures(db, vault).keep(VisitPicture("3f9a1c07-1", b"a picture", 1.0), most_mb=1)
    keep_clock(db, vault, Known(time_s=1.0))
    list_mentions(db, vault)


def list_mentions(db: sqlite3.Connection, vault: Vault = VAULT) -> None:
    """Write an empty list of who is mentioned, in entries that no journal of a test has."""
    with store.transaction(db, "list mentions"):
        sealed = vault.seal_text("\n", contexts.of_mention_block(2**20))
        db.execute("INSERT INTO mention_block VALUES (?, ?)", (2**20, sealed))
