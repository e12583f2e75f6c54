"""What is sealed in the state file, and the context of each thing: its place, in words.

What is sealed in one place does not open in another (:mod:`facedoor.storage.vault`). Changing a
word here would make everything sealed before unreadable. Every column of bytes is declared here,
as sealed or as open: a change of the key and the test of a stolen file walk these lists, and a test
fails for a column that is in neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

Column: TypeAlias = tuple[str, str]
"""A table and one of its columns."""


def of_name(person_id: int) -> str:
    return f"name of person {person_id}"


def of_template(person_id: int, model_sha256: str) -> str:
    return f"template of person {person_id} by {model_sha256}"


def of_mention(entry_id: int) -> str:
    return f"name in entry {entry_id}"


def of_nearest(entry_id: int) -> str:
    return f"nearest person in entry {entry_id}"


def of_mention_block(last_id: int) -> str:
    return f"who is mentioned in the entries up to {last_id}"


def of_permission(person_id: int) -> str:
    return f"permission of person {person_id}"


def of_picture(visit: str) -> str:
    return f"picture of visit {visit}"


def of_enrolment_picture(person_id: int, row: int) -> str:
    return f"picture {row} of an enrolment of person {person_id}"


HEAD = "head of the journal"
"""Up to version 6; none of that time opens as a ledger."""

LEDGER = "ledger of the state file"

RULES = "rules of the door"

DOOR_KEY = "key of the door"

CLOCK = "clock of the door"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column whose every value is sealed, each in the ``context`` of other columns of its row.

    ``person`` is the column that says whose it is: the row goes when that person is removed.
    """

    column: Column
    context: Callable[..., str]
    of: tuple[str, ...] = ()
    person: str | None = None

    def values(self, db: sqlite3.Connection) -> Iterator[tuple[int, bytes, str]]:
        """Row, sealed value and context of each; what is in the table now."""
        table, column = self.column
        # Not all at once: of pictures there are many MB.
        for (row,) in db.execute(" ".join(("SELECT rowid FROM", table))).fetchall():
            columns = ", ".join((column, *self.of))
            query = " ".join(("SELECT", columns, "FROM", table, "WHERE rowid = ?"))
            for sealed, *of in db.execute(query, (row,)).fetchall():
                yield row, sealed, self.context(*of)

    def replace(self, db: sqlite3.Connection, row: int, sealed: bytes) -> None:
        """Put another value in the place of one; the caller holds the transaction."""
        table, column = self.column
        db.execute(" ".join(("UPDATE", table, "SET", column, "= ? WHERE rowid = ?")), (sealed, row))


SEALED = (
    Sealed(("person", "name"), of_name, ("id",), person="id"),
    Sealed(("template", "vector"), of_template, ("person_id", "model_sha256"), person="person_id"),
    Sealed(("permission", "sealed"), of_permission, ("person_id",), person="person_id"),
    # Whose it is, is said inside: facedoor.storage.mentions erases it there.
    Sealed(("mention", "sealed"), of_mention, ("entry_id",)),
    Sealed(("nearest_mention", "sealed"), of_nearest, ("entry_id",)),
    # Written anew without whoever is removed: facedoor.storage.mention_blocks.
    Sealed(("mention_block", "sealed"), of_mention_block, ("last_id",)),
    # Whose it is, the entries of its visit say: facedoor.storage.pictures erases it with them.
    Sealed(("picture_data", "sealed"), of_picture, ("visit",)),
    Sealed(
        ("enrolment_picture_data", "sealed"),
        of_enrolment_picture,
        ("person_id", "id"),
        person="person_id",
    ),
    Sealed(("rules", "sealed"), lambda: RULES),
    Sealed(("ledger", "sealed"), lambda: LEDGER),
    Sealed(("clock", "sealed"), lambda: CLOCK),
    Sealed(("door_key", "sealed"), lambda: DOOR_KEY),
)

OPEN: dict[Column, str] = {
    ("person", "name_index"): "made with the key: without it nobody can compute a name's",
    ("known_name", "name_index"): "as that of person; whose it was stays known, see mentions",
    ("journal", "person"): "a commitment with a salt that is sealed, and goes with the name",
    ("journal", "mac"): "made with the key; tells nothing",
    ("gap", "mac"): "as that of journal",
    ("gap", "proof"): "as that of journal",
    ("picture", "digest"): "of what is sealed",
    ("enrolment_picture", "digest"): "of what is sealed",
    ("command_key", "public_key"): "public",
    ("invitation", "public_key"): "public",
}
"""Why each other column of bytes need not be sealed."""
