"""Version 7 of the layout: the ledger, the key of the door itself, what proved the time, and names
that look the same are one."""

from __future__ import annotations

import json
import sqlite3

from facedoor.names import NAME_CHARACTERS, name_key
from facedoor.storage import contexts, copies, ledger, mentions
from facedoor.storage.vault import Vault
from facedoor.wire.door_key import DoorKey

_PIN_LOCKOUT = (
    """CREATE TABLE pin_lockout (
        person_id INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
        refusals INTEGER NOT NULL,
        boot TEXT NOT NULL,
        until_s REAL NOT NULL,
        length_s REAL NOT NULL
    ) STRICT""",
)

# Whether the mode was set by a signature. What was in force before counts as signed: nobody knows.
_MODE_IS_SIGNED = "ALTER TABLE door_mode ADD COLUMN is_signed INTEGER NOT NULL DEFAULT 1"

_CLOCK = (
    # What proved the time, and the latest that was known: see facedoor.storage.clock_record.
    """CREATE TABLE clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sealed BLOB NOT NULL
    ) STRICT""",
    # Commands that were made before are taken no more: whether they were here is forgotten.
    "ALTER TABLE command_clock ADD COLUMN not_before_s INTEGER NOT NULL DEFAULT 0",
)


def _make_door_key(db: sqlite3.Connection, vault: Vault) -> None:
    """What the door signs with, from now on; without it nobody could tell it from another."""
    db.execute(
        """CREATE TABLE door_key (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            sealed BLOB NOT NULL
        ) STRICT"""
    )
    sealed = vault.seal(DoorKey.new().to_bytes(), contexts.DOOR_KEY)
    db.execute("INSERT INTO door_key VALUES (1, ?)", (sealed,))


def _begin_ledger(db: sqlite3.Connection, vault: Vault) -> None:
    """From version 6 to 7: the head of the journal goes into the ledger, which is made of all that
    is there when the step is through. Raises ``ValueError`` for a head that is damaged."""
    ((sealed,),) = db.execute("SELECT sealed FROM head").fetchall()
    entry_id, mac = json.loads(vault.open(sealed, contexts.HEAD))
    db.execute("DROP TABLE head")
    db.execute(
        "CREATE TABLE ledger (only INTEGER PRIMARY KEY CHECK (only = 1), sealed BLOB NOT NULL)"
        " STRICT"
    )
    ledger.write(db, vault, ledger.Record(ledger.Head(entry_id, bytes.fromhex(mac))))


def _compare_names_anew(db: sqlite3.Connection, vault: Vault) -> None:
    """Names that look the same are one, since version 7: who has such a name gets a number to it.

    Nobody is lost, and whoever had the name in its plain form, or else first, keeps it.
    """
    people = [
        (number, vault.open_text(sealed, contexts.of_name(number)), index)
        for number, sealed, index in db.execute("SELECT id, name, name_index FROM person")
    ]
    plain = [person for person in people if vault.index(name_key(person[1])) == person[2]]
    taken = {name_key(name) for _, name, _ in plain}
    for number, name, _ in sorted(set(people) - set(plain)):
        kept, count = name, 1
        while name_key(kept) in taken:
            count += 1
            kept = f"{name[: NAME_CHARACTERS - 5]} ({count})"
        taken.add(name_key(kept))
        index = vault.index(name_key(kept))
        db.execute("UPDATE person SET name_index = ? WHERE id = ?", (index, number))
        if kept != name:
            sealed = vault.seal_text(kept, contexts.of_name(number))
            db.execute("UPDATE person SET name = ? WHERE id = ?", (sealed, number))
        mentions.remember(db, vault, kept, number)
        # The site knows people by what is compared.
        db.execute("INSERT OR IGNORE INTO roster_change VALUES (?)", (number,))


# Of a file that is put back, as from a backup: since when commands are good, in seconds since 1970,
# 0 while that is not known; and why, until somebody has looked what that undid. And the epoch that
# root knew of when this one began.
_PUT_BACK = (
    "ALTER TABLE epoch ADD COLUMN not_before_s INTEGER",
    "ALTER TABLE epoch ADD COLUMN put_back TEXT",
    "ALTER TABLE epoch ADD COLUMN follows TEXT NOT NULL DEFAULT ''",
    copies.begin,
)

# Whether a template came after the first enrolment, and not from an admin: what a person looks like
# may not get far from the others. Of an older file nobody knows: all count as the first.
_LATER_TEMPLATES = "ALTER TABLE template ADD COLUMN is_later INTEGER NOT NULL DEFAULT 0"

VERSION_7 = (
    _begin_ledger,
    *_PIN_LOCKOUT,
    _MODE_IS_SIGNED,
    _make_door_key,
    _LATER_TEMPLATES,
    *_CLOCK,
    *_PUT_BACK,
    # When a name went from one person to another.
    "ALTER TABLE known_name ADD COLUMN passed_on_s REAL",
    _compare_names_anew,
)
