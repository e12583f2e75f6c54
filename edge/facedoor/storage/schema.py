"""Step 2 of the state file's layout: what tells who is enrolled is sealed, the journal is chained.

What stood there in the clear before is sealed in the same transaction.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from facedoor.names import name_key
from facedoor.storage import chain, contexts, mentions

if TYPE_CHECKING:
    import sqlite3

    from facedoor.storage.vault import Vault

JOURNAL_IS_NEVER_CHANGED = """CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END"""

_TABLES = (
    """CREATE TABLE sealing (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        key_id TEXT NOT NULL,
        is_scrubbed INTEGER NOT NULL
    ) STRICT""",
    "ALTER TABLE person RENAME TO old_person",
    "ALTER TABLE template RENAME TO old_template",
    "ALTER TABLE journal RENAME TO old_journal",
    """CREATE TABLE person (
        id INTEGER PRIMARY KEY,
        name BLOB NOT NULL,
        name_index BLOB NOT NULL UNIQUE,
        enrolled_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT""",
    """CREATE TABLE template (
        id INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        model_sha256 TEXT NOT NULL,
        vector BLOB NOT NULL
    ) STRICT""",
    # Whose each name is or was; without a person of that number: whose it was is removed.
    """CREATE TABLE known_name (
        name_index BLOB PRIMARY KEY,
        person_id INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        person BLOB,
        mac BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE mention (
        entry_id INTEGER PRIMARY KEY
            REFERENCES journal (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        sealed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE gap (
        first_id INTEGER PRIMARY KEY,
        last_id INTEGER NOT NULL UNIQUE,
        mac BLOB NOT NULL,
        proof BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE head (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sealed BLOB NOT NULL
    ) STRICT""",
)
_LEFTOVERS = (
    "DROP TABLE old_template",
    "DROP TABLE old_person",
    "DROP TABLE old_journal",  # and its triggers
    JOURNAL_IS_NEVER_CHANGED,
    """CREATE TRIGGER journal_has_no_hole_without_a_gap BEFORE DELETE ON journal
        WHEN old.id > coalesce(
            (SELECT last_id FROM gap WHERE first_id <= old.id ORDER BY first_id DESC LIMIT 1), 0
        )
        BEGIN SELECT raise(ABORT, 'the journal is append-only'); END""",
    "CREATE INDEX template_of_person ON template (person_id, model_sha256)",
)


def seal_everything(db: sqlite3.Connection, vault: Vault) -> None:
    """Lead a state file from version 1 to 2; the caller holds the transaction.

    Raises ``ValueError`` or ``TypeError`` for content that is damaged.
    """
    for statement in _TABLES:
        db.execute(statement)
    people = db.execute("SELECT id, name, enrolled_at FROM old_person").fetchall()
    entries = db.execute("SELECT id, time, kind, payload FROM old_journal ORDER BY id").fetchall()
    # Until the file has been scrubbed, remains of what stood in the clear may be in it.
    is_new = not (people or entries)
    db.execute("INSERT INTO sealing VALUES (1, ?, ?)", (vault.key_id, is_new))
    for number, name, enrolled_at in people:
        sealed = vault.seal_text(name, contexts.of_name(number))
        index = vault.index(name_key(name))
        db.execute("INSERT INTO person VALUES (?, ?, ?, ?)", (number, sealed, index, enrolled_at))
        mentions.remember(db, vault, name, number)
    templates = db.execute("SELECT id, person_id, model_sha256, vector FROM old_template")
    for number, person, model, vector in templates.fetchall():
        sealed = vault.seal(vector, contexts.of_template(person, model))
        db.execute("INSERT INTO template VALUES (?, ?, ?, ?)", (number, person, model, sealed))
    chain.write_head(db, vault, chain.EMPTY)
    for number, time, kind, payload in entries:
        text, name = mentions.without_person(json.loads(payload))
        head = chain.read_head(db, vault)
        if head.id + 1 < number:
            chain.bridge(db, vault, head.id + 1, number - 1, head.mac)
            chain.write_head(db, vault, chain.Head(number - 1, head.mac))
        chain.append(db, vault, time, kind, text, name)
    for statement in _LEFTOVERS:
        db.execute(statement)
