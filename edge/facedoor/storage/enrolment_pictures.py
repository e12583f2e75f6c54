"""Pictures of enrolments: the face of which each template was made, if the owner wants them kept,
so that another network can be given templates without new photos.

Each is sealed for its person and its row, as templates are, and goes with the person. As with those
of visits (:mod:`facedoor.storage.pictures`), what is small is covered by the ledger, and says by a
digest what the bytes have to be. Whoever calls holds the transaction, but for :func:`forget`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from facedoor.storage import contexts
from facedoor.storage.store import require_key, transaction
from facedoor.storage.vault import Vault

TABLE = "enrolment_picture"
"""What :func:`read` trusts."""


@dataclass(frozen=True, slots=True)
class EnrolmentPicture:
    """A JPEG file; ``is_later``: its template came after the first enrolment, and not from an
    admin."""

    jpeg: bytes
    is_later: bool


def keep(
    db: sqlite3.Connection, vault: Vault, person_id: int, pictures: Iterable[EnrolmentPicture]
) -> None:
    """Keep these beside those that the person has."""
    for picture in pictures:
        ((row,),) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM enrolment_picture").fetchall()
        sealed = vault.seal(picture.jpeg, contexts.of_enrolment_picture(person_id, row))
        db.execute(
            "INSERT INTO enrolment_picture VALUES (?, ?, ?, ?, ?)",
            (row, person_id, picture.is_later, len(sealed), hashlib.sha256(sealed).digest()),
        )
        db.execute("INSERT INTO enrolment_picture_data VALUES (?, ?, ?)", (row, person_id, sealed))


def read(db: sqlite3.Connection, vault: Vault, person_id: int) -> list[EnrolmentPicture]:
    """Those of a person, as they were added. Raises ``ValueError`` for one that was changed."""
    rows = db.execute(
        "SELECT id, is_later, digest, sealed FROM enrolment_picture"
        " JOIN enrolment_picture_data USING (id) WHERE enrolment_picture.person_id = ? ORDER BY id",
        (person_id,),
    )
    found = []
    for row, is_later, digest, sealed in rows:
        if hashlib.sha256(sealed).digest() != digest:
            raise ValueError("not the picture that was kept")
        jpeg = vault.open(sealed, contexts.of_enrolment_picture(person_id, row))
        found.append(EnrolmentPicture(jpeg, bool(is_later)))
    return found


def drop(db: sqlite3.Connection, person_id: int) -> None:
    """Erase those of one person."""
    db.execute("DELETE FROM enrolment_picture WHERE person_id = ?", (person_id,))


def forget(db: sqlite3.Connection, vault: Vault) -> int:
    """Erase all, of everybody; returns how many there were. Raises :class:`StoreError`."""
    with transaction(db, "erase the pictures of enrolments"):
        require_key(db, vault)
        return db.execute("DELETE FROM enrolment_picture").rowcount


def used_bytes(db: sqlite3.Connection) -> int:
    """What they take in the state file."""
    query = "SELECT coalesce(sum(bytes), 0) FROM enrolment_picture"
    ((size,),) = db.execute(query).fetchall()
    return int(size)


def changed(db: sqlite3.Connection) -> int | None:
    """The number of a person one of whose pictures is not what was kept, or should not be there."""
    query = "SELECT id, person_id, digest FROM enrolment_picture"
    due = {(row, person): digest for row, person, digest in db.execute(query).fetchall()}
    rows = db.execute("SELECT id, person_id FROM enrolment_picture_data").fetchall()
    for row, person in rows:
        query = "SELECT CAST(sealed AS BLOB) FROM enrolment_picture_data WHERE id = ?"
        ((sealed,),) = db.execute(query, (row,)).fetchall()
        if due.pop((row, person), None) != hashlib.sha256(sealed).digest():
            return int(person)
    return next((person for _, person in due), None)


def renew_digests(db: sqlite3.Connection) -> None:
    """After all was sealed with another key."""
    for (row,) in db.execute("SELECT id FROM enrolment_picture").fetchall():
        query = "SELECT sealed FROM enrolment_picture_data WHERE id = ?"
        ((sealed,),) = db.execute(query, (row,)).fetchall()
        digest = hashlib.sha256(sealed).digest()
        db.execute("UPDATE enrolment_picture SET digest = ? WHERE id = ?", (digest, row))
