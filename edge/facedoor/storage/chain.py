"""The chain that holds the journal together: each entry's mark covers the entry before it.

An entry's mark is an HMAC-SHA256, with a key of the vault, over the mark before it and everything
that the entry says; of the person in it only a commitment (:mod:`facedoor.storage.mentions`), so
that the name can be erased. Where entries were removed on purpose a *gap* stands for them: their
numbers and the mark of the last one, under a mark of its own. The *head* says how far the chain
goes; it stands in the ledger (:mod:`facedoor.storage.ledger`), so that nobody can cut off the end
and pretend that there never was more. Without the key no entry, gap or head can be made, moved or
changed unnoticed.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace

from facedoor.storage import ledger, mentions
from facedoor.storage.ledger import Head
from facedoor.storage.mentions import Salted
from facedoor.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry as it stands in the state file. ``payload`` is JSON without names;
    ``person`` is the commitment to that of the person, ``None`` if there is none."""

    id: int
    time: str
    kind: str
    payload: str
    person: bytes | None

    def mac(self, vault: Vault, before: bytes) -> bytes:
        """The entry's mark, if ``before`` is the mark of the entry before it."""
        person = self.person.hex() if self.person is not None else None
        said = json.dumps([self.id, self.time, self.kind, self.payload, person])
        return vault.mac(before + said.encode())


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries that were removed on purpose, and the mark of the last of them."""

    first_id: int
    last_id: int
    mac: bytes

    def proof(self, vault: Vault) -> bytes:
        """The mark of the gap itself."""
        return vault.mac(f"gap {self.first_id} {self.last_id} {self.mac.hex()}".encode())


def append(
    db: sqlite3.Connection,
    vault: Vault,
    time: str,
    kind: str,
    payload: str,
    person: str | None,
    nearest: Salted | None = None,
) -> int:
    """Write an entry at the end of the chain and return its number; the caller holds the
    transaction. Raises ``ValueError`` for a chain that is damaged."""
    record = ledger.read(db, vault)
    head = link(db, vault, record.head, time, kind, payload, person, nearest)
    ledger.write(db, vault, replace(record, head=head))
    return head.id


def link(
    db: sqlite3.Connection,
    vault: Vault,
    head: Head,
    time: str,
    kind: str,
    payload: str,
    person: str | None,
    nearest: Salted | None = None,
) -> Head:
    """Write an entry behind ``head`` and return the new head, which is not kept by that.

    The commitment of the ``nearest`` is in the payload already.
    """
    number = head.id + 1
    commitment = None
    if person is not None:
        said = Salted(person)
        commitment = said.commitment
        mentions.keep(db, vault, number, said)
    if nearest is not None:
        mentions.keep(db, vault, number, nearest, mentions.NEAREST)
    record = ChainedEntry(number, time, kind, payload, commitment)
    mac = record.mac(vault, head.mac)
    db.execute(
        "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)",
        (number, time, kind, payload, commitment, mac),
    )
    return Head(number, mac)


def require_own(db: sqlite3.Connection, vault: Vault, entry: ChainedEntry, mac: bytes) -> None:
    """Raise :class:`TamperedError` unless ``entry``, which has this mark, is what was written."""
    before = db.execute(
        "SELECT mac FROM journal WHERE id = :before UNION ALL"
        " SELECT mac FROM gap WHERE last_id = :before",
        {"before": entry.id - 1},
    ).fetchone()
    if mac != entry.mac(vault, before[0] if before else ledger.EMPTY.mac):
        raise ledger.TamperedError(ledger.file_of(db), ["journal"])


def bridge(db: sqlite3.Connection, vault: Vault, first_id: int, last_id: int, mac: bytes) -> None:
    """Put a gap in the place of these entries, one with any that it touches, and remove them.

    ``mac`` is the mark of the last of them. The caller holds the transaction.
    """
    for gap in [
        Gap(*values)
        for values in db.execute(
            "SELECT first_id, last_id, mac FROM gap WHERE last_id = ? OR first_id = ?",
            (first_id - 1, last_id + 1),
        )
    ]:
        if gap.first_id > last_id:
            last_id, mac = gap.last_id, gap.mac
        else:
            first_id = gap.first_id
        db.execute("DELETE FROM gap WHERE first_id = ?", (gap.first_id,))
    whole = Gap(first_id, last_id, mac)
    db.execute("INSERT INTO gap VALUES (?, ?, ?, ?)", (first_id, last_id, mac, whole.proof(vault)))
    db.execute("DELETE FROM journal WHERE id BETWEEN ? AND ?", (first_id, last_id))
