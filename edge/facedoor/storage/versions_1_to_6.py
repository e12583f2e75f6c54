"""The first six versions of the layout, from tables in the clear to sealed ones with rules."""

from __future__ import annotations

import json
import sqlite3
import unicodedata

from facedoor.storage import chain, contexts, ledger, mentions
from facedoor.storage.vault import Vault

JOURNAL_IS_NEVER_CHANGED = """CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END"""

_TEMPLATE = (
    """CREATE TABLE template (
        id INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        model_sha256 TEXT NOT NULL,
        vector BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX template_of_person ON template (person_id, model_sha256)",
)

VERSION_1 = (
    """CREATE TABLE person (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        enrolled_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT""",
    *_TEMPLATE,
    """CREATE TABLE gallery (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        revision INTEGER NOT NULL
    ) STRICT""",
    "INSERT INTO gallery VALUES (1, 0)",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        kind TEXT NOT NULL,
        payload TEXT NOT NULL
    ) STRICT""",
    JOURNAL_IS_NEVER_CHANGED,
    """CREATE TRIGGER journal_is_never_shortened BEFORE DELETE ON journal
        BEGIN SELECT raise(ABORT, 'the journal is append-only'); END""",
    """CREATE TABLE outbox (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sent_up_to INTEGER NOT NULL
    ) STRICT""",
    "INSERT INTO outbox VALUES (1, 0)",
)

_SEALED = (
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
    _TEMPLATE[0],
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
    _TEMPLATE[1],
)


def seal_everything(db: sqlite3.Connection, vault: Vault) -> None:
    """From version 1 to 2: what tells who is enrolled is sealed, the journal is chained.

    What stood there in the clear before is sealed in the same transaction, which the caller holds.
    Raises ``ValueError`` or ``TypeError`` for content that is damaged.
    """
    for statement in _SEALED:
        db.execute(statement)
    people = db.execute("SELECT id, name, enrolled_at FROM old_person").fetchall()
    entries = db.execute("SELECT id, time, kind, payload FROM old_journal ORDER BY id").fetchall()
    # Until the file has been scrubbed, remains of what stood in the clear may be in it.
    is_new = not (people or entries)
    db.execute("INSERT INTO sealing VALUES (1, ?, ?)", (vault.key_id, is_new))
    for number, name, enrolled_at in people:
        if not isinstance(name, str):
            raise TypeError("a person's name is no text")
        sealed = vault.seal_text(name, contexts.of_name(number))
        # As names were compared then: version 7 does the rest.
        index = vault.index(unicodedata.normalize("NFC", name.casefold()))
        db.execute("INSERT INTO person VALUES (?, ?, ?, ?)", (number, sealed, index, enrolled_at))
        db.execute("INSERT INTO known_name VALUES (?, ?)", (index, number))
    templates = db.execute("SELECT id, person_id, model_sha256, vector FROM old_template")
    for number, person, model, vector in templates.fetchall():
        sealed = vault.seal(vector, contexts.of_template(person, model))
        db.execute("INSERT INTO template VALUES (?, ?, ?, ?)", (number, person, model, sealed))
    head = ledger.EMPTY
    for number, time, kind, payload in entries:
        text, name = mentions.without_person(json.loads(payload))
        if head.id + 1 < number:
            chain.bridge(db, vault, head.id + 1, number - 1, head.mac)
            head = ledger.Head(number - 1, head.mac)
        head = chain.link(db, vault, head, time, kind, text, name)
    sealed = vault.seal(json.dumps([head.id, head.mac.hex()]).encode(), contexts.HEAD)
    db.execute("INSERT INTO head VALUES (1, ?)", (sealed,))
    for statement in _LEFTOVERS:
        db.execute(statement)


VERSION_3 = (
    """CREATE TABLE command_key (
        fingerprint TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        public_key BLOB NOT NULL,
        made_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT""",
    """CREATE TABLE used_command (
        id TEXT PRIMARY KEY,
        expires_s INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX used_command_by_expiry ON used_command (expires_s)",
    """CREATE TABLE command_clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        latest_s INTEGER NOT NULL
    ) STRICT""",
    "INSERT INTO command_clock VALUES (1, 0)",
    """CREATE TABLE door_mode (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        mode TEXT NOT NULL
    ) STRICT""",
    "INSERT INTO door_mode VALUES (1, 'normal')",
)

VERSION_4 = (
    # Without a site these are never read. With one: what the door knows of each of its people.
    """CREATE TABLE site (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        name TEXT NOT NULL,
        key_id TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE roster (
        id TEXT PRIMARY KEY,
        person_id INTEGER UNIQUE,
        generation INTEGER NOT NULL,
        removed INTEGER NOT NULL,
        version INTEGER NOT NULL,
        origin TEXT NOT NULL,
        digest TEXT NOT NULL,
        time TEXT NOT NULL
    ) STRICT""",
    # Whoever was changed and has not been looked at by the roster since, whichever process,
    # with or without the site's key, did it.
    "CREATE TABLE roster_change (person_id INTEGER PRIMARY KEY) STRICT",
    "INSERT INTO roster_change SELECT id FROM person",
    """CREATE TRIGGER roster_sees_person_added AFTER INSERT ON person
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (new.id); END""",
    """CREATE TRIGGER roster_sees_person_renamed AFTER UPDATE OF name ON person
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (new.id); END""",
    """CREATE TRIGGER roster_sees_person_removed AFTER DELETE ON person
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (old.id); END""",
    """CREATE TRIGGER roster_sees_template_added AFTER INSERT ON template
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (new.person_id); END""",
    """CREATE TRIGGER roster_sees_template_removed AFTER DELETE ON template
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (old.person_id); END""",
)

VERSION_5 = (
    """CREATE TABLE rules (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sealed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE permission (
        person_id INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
        sealed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE lockout (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        refusals INTEGER NOT NULL,
        boot TEXT NOT NULL,
        until_s REAL NOT NULL,
        length_s REAL NOT NULL
    ) STRICT""",
    "INSERT INTO lockout VALUES (1, 0, '', 0.0, 0.0)",
)

_EPOCH = (
    """CREATE TABLE epoch (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        word TEXT NOT NULL,
        last_visit INTEGER NOT NULL,
        is_copy INTEGER NOT NULL
    ) STRICT""",
    "INSERT INTO epoch VALUES (1, lower(hex(randomblob(4))), 0, 0)",
)

# Whichever process erases something: the write-ahead log has it still, and must be emptied. Until
# then this is a mark of the last erasure, afterwards 0.
NOTE_REMAINS = "BEGIN UPDATE sealing SET log_remains = random(); END"
_REMAINS = (
    "ALTER TABLE sealing ADD COLUMN log_remains INTEGER NOT NULL DEFAULT 0",
    *(
        f"CREATE TRIGGER {table}_{name}_remains AFTER {change} ON {table} {NOTE_REMAINS}"
        for table, name, change in (
            ("person", "removed", "DELETE"),
            ("person", "renamed", "UPDATE OF name"),
            ("template", "removed", "DELETE"),
            ("permission", "removed", "DELETE"),
            ("mention", "removed", "DELETE"),
            ("mention", "erased", "UPDATE OF sealed"),
        )
    ),
)

VERSION_6 = (*_EPOCH, *_REMAINS)
