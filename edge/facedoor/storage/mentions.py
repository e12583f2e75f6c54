"""Whom the journal's entries speak of, kept beside the journal so that it can be erased.

The entry itself holds only a commitment, SHA-256 of a random salt and the name. Salt and name are
sealed in a row of their own. Erasing a person overwrites those rows: without the salt nobody can
tell, not even by guessing, whose name it was, and the chain of the journal is as it was.

An entry can have two names: the ``person`` whom it is about, whose commitment is a column of the
journal, and the ``nearest``, whom a face that was not recognised resembled most, whose commitment
stands in the payload. Each is in a register of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from facedoor.names import name_key
from facedoor.storage import contexts
from facedoor.storage.vault import Vault

SALT_BYTES = 16
_ERASED = ""


@dataclass(frozen=True, slots=True)
class Register:
    """The table that has the names of one kind, and in which context each is sealed."""

    table: str
    context: Callable[[int], str]


PERSON = Register("mention", contexts.of_mention)
NEAREST = Register("nearest_mention", contexts.of_nearest)


@dataclass(frozen=True, slots=True)
class Salted:
    """A name and the salt of its commitment. Raises ``ValueError`` for what is not UTF-8."""

    name: str
    salt: bytes = field(default_factory=lambda: os.urandom(SALT_BYTES))

    @property
    def commitment(self) -> bytes:
        return hashlib.sha256(self.salt + self.name.encode()).digest()


def without_names(payload: Mapping[str, object]) -> tuple[str, str | None, Salted | None]:
    """A payload as JSON that says ``null`` for the person, and for the nearest the commitment in
    hexadecimal digits; and both of them. Raises as :func:`without_person`."""
    nearest = payload.get("nearest")
    if nearest is None:
        return (*without_person(payload), None)
    if not isinstance(nearest, str):
        raise TypeError(f"the nearest in a payload is a name or None, and not {nearest!r}")
    salted = Salted(nearest)
    text, person = without_person({**payload, "nearest": salted.commitment.hex()})
    return text, person, salted


def without_person(payload: Mapping[str, object]) -> tuple[str, str | None]:
    """A payload as JSON that says ``null`` for the person, and the person.

    Raises ``TypeError`` or ``ValueError`` for what is not JSON in UTF-8, and a person who is
    neither a string nor ``None``.
    """
    person = payload.get("person")
    if person is not None and not isinstance(person, str):
        raise TypeError(f"the person in a payload is a name or None, and not {person!r}")
    rest = {key: None if key == "person" else value for key, value in payload.items()}
    text = json.dumps(rest, ensure_ascii=False, allow_nan=False)
    for said in (text, person or ""):
        said.encode()
    return text, person


def keep(
    db: sqlite3.Connection,
    vault: Vault,
    entry_id: int,
    said: Salted,
    register: Register = PERSON,
) -> None:
    """Note that the entry with this number speaks of a name.

    That of somebody who has been removed is not written down again: an entry can be late.
    """
    name = said.name
    known = db.execute(
        "SELECT person_id, EXISTS (SELECT 1 FROM person WHERE id = person_id) FROM known_name"
        " WHERE name_index = ?",
        (vault.index(name_key(name)),),
    ).fetchone()
    person_id, is_enrolled = known or (None, True)
    text = json.dumps([said.salt.hex(), person_id, name]) if is_enrolled else _ERASED
    sealed = vault.seal_text(text, register.context(entry_id))
    db.execute(" ".join(("INSERT INTO", register.table, "VALUES (?, ?)")), (entry_id, sealed))


def read(vault: Vault, entry_id: int, sealed: bytes, register: Register = PERSON) -> str | None:
    """The name in an entry, ``None`` once it is erased. Raises ``ValueError``."""
    known = said(vault, entry_id, sealed, register)
    return known and known[1]


def said(
    vault: Vault, entry_id: int, sealed: bytes, register: Register = PERSON
) -> tuple[int | None, str] | None:
    """Whose name is in an entry, ``None`` if it was nobody's, and the name; ``None`` once it is
    erased. Raises ``ValueError``."""
    text = vault.open_text(sealed, register.context(entry_id))
    if text == _ERASED:
        return None
    _, person_id, name = json.loads(text)
    return person_id, str(name)


def is_true(
    vault: Vault,
    entry_id: int,
    sealed: bytes | None,
    commitment: bytes | None,
    register: Register = PERSON,
) -> bool:
    """Whether the name is the one that the entry was written with, if there was one, or was erased
    on purpose."""
    if sealed is None or commitment is None:
        return sealed is commitment
    try:
        text = vault.open_text(sealed, register.context(entry_id))
    except ValueError:
        return False
    if text == _ERASED:
        return True
    salt, _, name = json.loads(text)
    return Salted(name, bytes.fromhex(salt)).commitment == commitment


def newest(db: sqlite3.Connection) -> int:
    """The number of the last entry that speaks of anybody, 0 if none does."""
    (persons,), (nearest,) = db.execute(
        "SELECT coalesce(max(entry_id), 0) FROM mention UNION ALL"
        " SELECT coalesce(max(entry_id), 0) FROM nearest_mention"
    ).fetchall()
    return max(int(persons), int(nearest))


def erase(
    db: sqlite3.Connection, vault: Vault, entry_ids: Iterable[int], register: Register = PERSON
) -> None:
    """Overwrite the names in these entries, for :func:`facedoor.storage.mention_blocks.erase`; the
    caller holds the transaction."""
    db.executemany(
        " ".join(("UPDATE", register.table, "SET sealed = ? WHERE entry_id = ?")),
        [(vault.seal_text(_ERASED, register.context(number)), number) for number in entry_ids],
    )


def last_holder(db: sqlite3.Connection, vault: Vault, name: str) -> int | None:
    """The number of the last person who was given a name, who may be removed by now."""
    row = db.execute(
        "SELECT person_id FROM known_name WHERE name_index = ?", (vault.index(name_key(name)),)
    ).fetchone()
    return int(row[0]) if row else None


def passed_on_s(db: sqlite3.Connection, vault: Vault, name: str) -> float | None:
    """When a name went from one person to another, in seconds since 1970; ``None`` if it never did.

    Whoever is removed keeps the name until somebody else has it.
    """
    row = db.execute(
        "SELECT passed_on_s FROM known_name WHERE name_index = ?", (vault.index(name_key(name)),)
    ).fetchone()
    return row[0] if row else None


def remember(db: sqlite3.Connection, vault: Vault, name: str, person_id: int) -> None:
    """From now on entries that say ``name`` speak of this person, also after a renaming."""
    db.execute(
        "INSERT INTO known_name (name_index, person_id) VALUES (?, ?) ON CONFLICT DO UPDATE"
        " SET person_id = excluded.person_id, passed_on_s = ?"
        " WHERE person_id != excluded.person_id",
        (vault.index(name_key(name)), person_id, time.time()),
    )


def number_of(db: sqlite3.Connection, vault: Vault, name: str) -> int | None:
    """Who is or was called ``name``: the number of somebody who is enrolled, or ``None``."""
    row = db.execute(
        "SELECT id FROM known_name JOIN person ON id = person_id WHERE known_name.name_index = ?",
        (vault.index(name_key(name)),),
    ).fetchone()
    return int(row[0]) if row else None
