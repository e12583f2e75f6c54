"""Where in the journal somebody is mentioned, so that nobody has to read all of it to forget them.

Entries are counted off in *blocks* of 1,024: a few ms of work while nobody else can write. For each
block that is full there is one sealed list: who is mentioned in it, and in which of its entries.
Whoever looks for a person opens the lists, and reads the entries that they name; where there is no
list, every entry of the block.

A list is written when its block is full and nobody is waiting, and not with each entry: so who came
cannot be told from what changes in the file, and beside how many lists there are, which the number
of entries tells, nothing can be told from them without the key. It names nobody either, but by a
number, or for a name that was never anybody's by what cannot be computed without the key.

A list says neither more nor less than what stands in its block: whatever is removed there, or
sealed anew, takes the list along in the same statement, by a trigger
(:mod:`facedoor.storage.version_9`), and the next look makes another. An erasure that leaves others
writes the list anew at once, without whoever is forgotten.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from facedoor.names import name_key
from facedoor.storage import contexts, mentions
from facedoor.storage.mentions import NEAREST, PERSON, Register
from facedoor.storage.store import reading, require_key, transaction
from facedoor.storage.vault import Vault
from facedoor.storage.version_9 import BLOCK

_LETTERS = {PERSON: "m", NEAREST: "n"}
_BEYOND_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Entries that follow one another; ``listed`` are those that may mention somebody, ``None``
    where nobody knows."""

    first_id: int
    last_id: int
    listed: list[int] | None = None


def about(
    db: sqlite3.Connection,
    vault: Vault,
    person_id: int | None,
    name: str,
    after_id: int = 0,
    register: Register = PERSON,
) -> list[int]:
    """Numbers of the entries after ``after_id`` that speak of a person, under whatever name.

    An entry from before the person was enrolled counts if it has the present ``name``; of somebody
    who is not, ``None``, these alone.
    """
    keys = [_key(vault, register, None, name)]
    if person_id is not None:
        keys.append(_key(vault, register, person_id, name))
    found = []
    for stretch in _stretches(db, vault, keys, after_id):
        for entry_id, sealed in _rows(db, register, stretch):
            # A row that does not open is damaged: it says no name, and is for the audit to find.
            with suppress(ValueError):
                said = mentions.said(vault, entry_id, sealed, register)
                if said is not None and _key(vault, register, *said) in keys:
                    found.append(entry_id)
    return found


def erase(
    db: sqlite3.Connection, vault: Vault, entry_ids: Collection[int], register: Register = PERSON
) -> None:
    """Overwrite the names in these entries; the caller holds the transaction."""
    blocks: dict[int, set[int]] = {}
    for entry_id in entry_ids:
        last_id = _block_of(entry_id)
        blocks.setdefault(last_id, set()).add(entry_id - last_id)
    lists = {}
    for last_id, gone in blocks.items():
        row = db.execute("SELECT sealed FROM mention_block WHERE last_id = ?", (last_id,))
        if (found := row.fetchone()) is not None:
            with suppress(ValueError):
                text = vault.open_text(found[0], contexts.of_mention_block(last_id))
                lists[last_id] = _without(text, gone, _LETTERS[register])
    mentions.erase(db, vault, entry_ids, register)
    for last_id, text in lists.items():
        # It is there still if what was found has left the journal meanwhile.
        db.execute("DELETE FROM mention_block WHERE last_id = ?", (last_id,))
        _write(db, vault, last_id, text)


def list_one(db: sqlite3.Connection, vault: Vault) -> bool:
    """Write the list of one block that has none. False if each has one.

    Raises :class:`StoreError`.
    """
    doing = "list who is mentioned in the journal"
    with reading(db, doing):
        if _due(db) is None:
            return False
        with transaction(db, doing):
            require_key(db, vault)
            # Asked again under the lock: another process may just have done it.
            if (due := _due(db)) is not None:
                last_id, is_gone = due
                if is_gone:
                    db.execute("DELETE FROM mention_block WHERE last_id = ?", (last_id,))
                else:
                    _write(db, vault, last_id, _listed_now(db, vault, last_id))
    return True


def _due(db: sqlite3.Connection) -> tuple[int, bool] | None:
    """The block that is to be seen to next, and whether all of it is gone from the journal."""
    ((oldest, newest),) = db.execute(
        "SELECT (SELECT min(id) FROM journal), (SELECT max(id) FROM journal)"
    ).fetchall()
    have = {last_id for (last_id,) in db.execute("SELECT last_id FROM mention_block")}
    first = _block_of(oldest) if oldest is not None else _BEYOND_ALL
    if stale := [last_id for last_id in have if last_id < first]:
        return stale[0], True
    full = range(first, newest + 1, BLOCK) if newest is not None else ()
    missing = next((last_id for last_id in full if last_id not in have), None)
    return None if missing is None else (missing, False)


def _listed_now(db: sqlite3.Connection, vault: Vault, last_id: int) -> str:
    lists: dict[str, list[str]] = {}
    for register in _LETTERS:
        for entry_id, sealed in _rows(db, register, _Stretch(last_id - BLOCK + 1, last_id)):
            with suppress(ValueError):
                said = mentions.said(vault, entry_id, sealed, register)
                if said is not None:
                    key = _key(vault, register, *said)
                    lists.setdefault(key, []).append(str(entry_id - last_id))
    return _text(lists.items())


def _text(lists: Iterable[tuple[str, list[str]]]) -> str:
    """One line for each who is mentioned: the key, and where, counted from the end of the block."""
    return "\n" + "".join(f"{key}:{' '.join(places)}\n" for key, places in lists if places)


def _without(text: str, gone: set[int], letter: str) -> str:
    lists = []
    for line in text.strip("\n").split("\n"):
        key, _, said = line.partition(":")
        places = said.split()
        if key.startswith(letter):
            places = [place for place in places if int(place) not in gone]
        lists.append((key, places))
    return _text(lists)


def _write(db: sqlite3.Connection, vault: Vault, last_id: int, text: str) -> None:
    sealed = vault.seal_text(text, contexts.of_mention_block(last_id))
    db.execute("INSERT INTO mention_block VALUES (?, ?)", (last_id, sealed))


def _stretches(
    db: sqlite3.Connection, vault: Vault, keys: list[str], after_id: int
) -> Iterator[_Stretch]:
    """All entries after ``after_id``, in order."""
    lists = db.execute(
        "SELECT last_id, sealed FROM mention_block WHERE last_id > ? ORDER BY last_id", (after_id,)
    )
    passed = after_id
    for last_id, sealed in lists:
        with suppress(ValueError):  # what does not open is as none
            text = vault.open_text(sealed, contexts.of_mention_block(last_id))
            if passed < last_id - BLOCK:
                yield _Stretch(passed + 1, last_id - BLOCK)
            listed = sorted(last_id + place for key in keys for place in _places(text, key))
            yield _Stretch(passed + 1, last_id, [one for one in listed if one > passed])
            passed = last_id
    yield _Stretch(passed + 1, _BEYOND_ALL)


def _places(text: str, key: str) -> list[int]:
    begin = text.find(f"\n{key}:")
    if begin < 0:
        return []
    begin += len(key) + 2
    return [int(place) for place in text[begin : text.index("\n", begin)].split()]


def _rows(
    db: sqlite3.Connection, register: Register, stretch: _Stretch
) -> Iterable[tuple[int, bytes]]:
    query = ("SELECT entry_id, sealed FROM", register.table, "WHERE entry_id")
    if stretch.listed is None:
        bounds = stretch.first_id, stretch.last_id
        return db.execute(" ".join((*query, "BETWEEN ? AND ? ORDER BY entry_id")), bounds)
    if not stretch.listed:
        return ()
    among = "IN (SELECT value FROM json_each(?)) ORDER BY entry_id"
    return db.execute(" ".join((*query, among)), (json.dumps(stretch.listed),))


def _key(vault: Vault, register: Register, person_id: int | None, name: str) -> str:
    """Stands for a person, or for a name that was nobody's when it was written."""
    who = f"x{vault.index(name_key(name)).hex()}" if person_id is None else str(person_id)
    return _LETTERS[register] + who


def _block_of(entry_id: int) -> int:
    """The number of the last entry of the block in which an entry is."""
    return -(-entry_id // BLOCK) * BLOCK
