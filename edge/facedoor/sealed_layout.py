"""Step 2 of the state file's layout: what tells who is enrolled is sealed.

What stood there in the clear before is sealed in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facedoor import contexts
from facedoor.names import name_key

if TYPE_CHECKING:
    import sqlite3

    from facedoor.vault import Vault

_TABLES = (
    """CREATE TABLE sealing (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        key_id TEXT NOT NULL,
        is_scrubbed INTEGER NOT NULL
    ) STRICT""",
    "ALTER TABLE person RENAME TO old_person",
    "ALTER TABLE template RENAME TO old_template",
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
)
_LEFTOVERS = (
    "DROP TABLE old_template",
    "DROP TABLE old_person",
    "CREATE INDEX template_of_person ON template (person_id, model_sha256)",
)


def seal_everything(db: sqlite3.Connection, vault: Vault) -> None:
    """Lead a state file from version 1 to 2; the caller holds the transaction.

    Raises ``ValueError`` or ``TypeError`` for content that is damaged.
    """
    for statement in _TABLES:
        db.execute(statement)
    people = db.execute("SELECT id, name, enrolled_at FROM old_person").fetchall()
    # Until the file has been scrubbed, remains of what stood in the clear may be in it.
    db.execute("INSERT INTO sealing VALUES (1, ?, ?)", (vault.key_id, not people))
    for number, name, enrolled_at in people:
        sealed = vault.seal_text(name, contexts.of_name(number))
        index = vault.index(name_key(name))
        db.execute("INSERT INTO person VALUES (?, ?, ?, ?)", (number, sealed, index, enrolled_at))
    templates = db.execute("SELECT id, person_id, model_sha256, vector FROM old_template")
    for number, person, model, vector in templates.fetchall():
        sealed = vault.seal(vector, contexts.of_template(person, model))
        db.execute("INSERT INTO template VALUES (?, ?, ?, ?)", (number, person, model, sealed))
    for statement in _LEFTOVERS:
        db.execute(statement)
