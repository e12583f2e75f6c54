"""The ledger: one sealed record of what stands in the state file, so that without the key no part
of the file can be changed, or be put back as it once was.

For each table it has a *sum*: the marks of all its rows, each made with the key, added up. Beside
the sums stand how far the journal goes, and a number that grows with every change. Because all of
that is one record, an old record does not fit what has been changed since, and what is put back
does not fit the record.

Each connection that writes has triggers of its own that note the mark of every row that comes or
goes; they are temporary, so they are not in the file, where somebody could take them away. The last
act of :func:`facedoor.storage.store.transaction` is to bring the sums up to date by what was noted.
So nobody who writes can forget it, it costs as much as rows were changed and not as there are, and
the sums follow nothing but what was written here: a foreign change is never taken over, whatever is
written after it.

**A new table is covered by itself.** Write to it inside ``transaction()``; anything else raises.
Read what decides something inside :func:`facedoor.storage.store.trusting`, which names the tables.
A table that need not be covered is named in :data:`OPEN`, with the reason.

What cannot be noticed here is a whole older copy of the file: :mod:`facedoor.storage.copies`.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from facedoor.errors import StoreError
from facedoor.languages import _
from facedoor.storage import contexts
from facedoor.storage.vault import Vault

SINCE_VERSION = 7
"""Of the layout."""

OPEN = {
    "ledger": "is what covers the others",
    "journal": "is chained; the ledger says where the chain ends",
    "picture_data": "opens for its visit alone, and only as what the digest in picture says",
    "enrolment_picture_data": "as that: opens for its person and row alone",
    "sealing": "says what is still to be scrubbed; a wrong key's id opens nothing",
}
"""Why each table that is not covered need not be."""

SCHEMA = "sqlite_schema"
"""Tables, indexes and triggers are covered as rows are: a trigger of somebody else's would change
tables in our name."""

_MODULUS = 2**256
_TABLES = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
_NOTED = """CREATE TEMP TABLE noted (
    part TEXT NOT NULL,
    sign INTEGER NOT NULL,
    mark BLOB CONSTRAINT "written outside of transaction()" CHECK (mark IS NOT NULL)
)"""


class TamperedError(StoreError):
    """Somebody without the key has changed the state file; ``parts`` says what of it."""

    def __init__(self, path: Path, parts: Sequence[str]) -> None:
        super().__init__(
            _(
                "{path} was changed without its key, in {parts}: keep a copy for whoever looks "
                "into it, then restore it from a backup, or move it away and enrol everybody again"
            ).format(path=path, parts=", ".join(parts))
        )
        self.parts = tuple(parts)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the journal that was ever written: its number and its mark."""

    id: int
    mac: bytes


EMPTY = Head(0, bytes(32))


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger says: ``sums`` by the name of the table."""

    head: Head
    sums: Mapping[str, int] = field(default_factory=dict)
    counter: int = 0


class Connection(sqlite3.Connection):
    """A connection to the state file that knows its ledger; see :func:`keep`."""

    vault: Vault
    is_kept = False
    """Whether it has been opened to the end."""
    is_writing = False
    """Whether what is written now will be brought into the ledger."""
    schema_seen = -1
    """The version of the schema that was last compared with the ledger."""
    seen: dict[str, int]
    """Which version of the data each table was last compared in."""
    written: bytes | None = None
    """The ledger that the present transaction, or the last one, has written."""
    file: Path | None = None
    """What it is open on."""
    inode: tuple[int, int] | None = None
    """Device and number of that file."""
    is_lost = False
    """Whether it is closed since nothing could be undone."""


def keep(db: sqlite3.Connection, vault: Vault, read_only: bool = False) -> None:
    """Begin to look after the ledger on a connection of :class:`Connection`.

    Raises :class:`TamperedError` for a schema that is not what was written with the key, before
    anything is written.
    """
    db = ours(db)
    db.vault, db.seen, db.schema_seen = vault, {}, -1
    _require_schema(db)
    if read_only:
        return
    # SQLite holds the function and the connection SQLite: one that is dropped has to go, too.
    known = weakref.ref(db)
    db.create_function("facedoor_mark", -1, lambda *row: _written(known(), *row))
    # Else a row that is replaced would go without a trigger.
    db.execute("PRAGMA recursive_triggers = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(_NOTED)
    for table in covered(db):
        for event, notes in (
            ("INSERT", (_note(db, table, 1),)),
            ("DELETE", (_note(db, table, -1),)),
            ("UPDATE", (_note(db, table, -1), _note(db, table, 1))),
        ):
            db.execute(
                f"CREATE TEMP TRIGGER noted_{table}_{event} AFTER {event} ON main.{table} "
                f"BEGIN {' '.join(notes)} END"
            )
    db.is_kept = True


@contextmanager
def accounting(db: sqlite3.Connection) -> Iterator[None]:
    """For the inside of a transaction: what is written in the block is in the ledger at its end."""
    if not isinstance(db, Connection) or not db.is_kept:  # still being brought up to date
        yield
        return
    _require_schema(db)
    db.is_writing, db.written = True, None
    try:
        yield
        _settle(db)
    finally:
        db.is_writing = False


def require_intact(db: sqlite3.Connection, *tables: str) -> None:
    """Raise :class:`TamperedError` unless these tables are what was written with the key.

    To be asked in the transaction that reads them. Cheap while nobody else writes.
    """
    db = ours(db)
    ((version,),) = db.execute("PRAGMA data_version").fetchall()
    unseen = [table for table in tables if db.seen.get(table) != version]
    if not unseen:
        return
    if wrong := _wrong(db, unseen):
        raise TamperedError(file_of(db), wrong)
    db.seen.update(dict.fromkeys(unseen, version))


def changed(db: sqlite3.Connection) -> list[str]:
    """The names of all tables that are not what was written with the key, ``ledger`` if that itself
    is not; to be asked in a transaction. Of the journal only the end is looked at."""
    return _wrong(db, [SCHEMA, *covered(db), "journal"])


def require_all(db: sqlite3.Connection) -> None:
    """Raise :class:`TamperedError` if :func:`changed` finds anything; to be asked as that."""
    if wrong := changed(db):
        raise TamperedError(file_of(db), wrong)


def require_all_before_a_step(db: sqlite3.Connection, vault: Vault) -> None:
    """As :func:`require_all`, while the file is brought up to date: what :func:`renew` takes over
    then has to be what was written with the key."""
    ours(db).vault = vault
    require_all(db)


def covered(db: sqlite3.Connection) -> list[str]:
    """The tables whose rows the ledger covers."""
    return sorted({name for (name,) in db.execute(_TABLES)} - OPEN.keys())


def require_key(db: sqlite3.Connection, vault: Vault) -> None:
    """As :func:`facedoor.storage.store.require_key`, which is for everybody else."""
    ((key_id,),) = db.execute("SELECT key_id FROM sealing").fetchall()
    if key_id != vault.key_id:
        raise StoreError(
            _(
                "{path} is sealed with the key {key_id}, and this is {own_id}: put the right key "
                "back, or start facedoor again if the key has just been changed"
            ).format(path=file_of(db), key_id=key_id, own_id=vault.key_id)
        )


def read(db: sqlite3.Connection, vault: Vault) -> Record:
    """Raises ``ValueError`` for a ledger that is lost, changed, or sealed with another key."""
    ((sealed,),) = db.execute("SELECT sealed FROM ledger").fetchall()
    counter, entry_id, mac, sums = json.loads(vault.open(sealed, contexts.LEDGER))
    return Record(
        Head(entry_id, bytes.fromhex(mac)),
        {part: int(value, 16) for part, value in sums.items()},
        counter,
    )


def write(db: sqlite3.Connection, vault: Vault, record: Record) -> None:
    """Put ``record`` in the place of the one before it, and count; in a transaction."""
    sums = {part: f"{value:x}" for part, value in record.sums.items()}
    said = json.dumps([record.counter + 1, record.head.id, record.head.mac.hex(), sums])
    sealed = vault.seal(said.encode(), contexts.LEDGER)
    db.execute("INSERT OR REPLACE INTO ledger VALUES (1, ?)", (sealed,))
    if isinstance(db, Connection):
        db.written = sealed


def is_written(db: sqlite3.Connection) -> bool:
    """Whether the last transaction is in the file, whatever its end has said. Each ledger is sealed
    differently, so it can be told by that."""
    if not isinstance(db, Connection) or db.written is None:
        return False
    return db.execute("SELECT 1 FROM ledger WHERE sealed = ?", (db.written,)).fetchone() is not None


def renew(db: sqlite3.Connection, vault: Vault, head: Head) -> None:
    """Make the ledger of what is there: after a step of the layout, or for another key.

    The caller holds the transaction, and has seen to it that all is as it should be.
    """
    counter = read(db, vault).counter
    sums = {part: _sum(db, vault, part) for part in (SCHEMA, *covered(db))}
    write(db, vault, Record(head, sums, counter))
    if isinstance(db, Connection) and db.is_kept:
        db.vault, db.seen = vault, {}
        db.execute("DELETE FROM noted")


def _written(db: Connection | None, part: str, *row: object) -> bytes | None:
    return _mark(db.vault, part, row) if db is not None and db.is_writing else None


def _mark(vault: Vault, part: str, row: tuple[object, ...]) -> bytes:
    # Integers, floats, bytes and None: each has one way to be written.
    return vault.mac(f"row of {part} {row!r}".encode())


def _note(db: sqlite3.Connection, table: str, sign: int) -> str:
    row = ", ".join(_columns(db, table, "new." if sign > 0 else "old."))
    return " ".join(
        ("INSERT INTO noted VALUES", f"('{table}', {sign}, facedoor_mark('{table}', {row}));")
    )


def _columns(db: sqlite3.Connection, table: str, prefix: str = "") -> list[str]:
    """Each column as bytes or a number: a text in a damaged file need be none."""
    return [
        f"CAST({prefix}{name} AS BLOB)" if kind == "TEXT" else prefix + name
        for _, name, kind, *_ in db.execute(f"PRAGMA main.table_info({table})")
    ]


def _sum(db: sqlite3.Connection, vault: Vault, part: str) -> int:
    condition = ""
    if part == SCHEMA:
        columns = [f"CAST({name} AS BLOB)" for name in ("type", "name", "tbl_name", "sql")]
        # Tables of SQLite's own, such as its statistics.
        condition = " WHERE NOT (type = 'table' AND name GLOB 'sqlite_*')"
    else:
        columns = _columns(db, part)
    rows = db.execute(" ".join(("SELECT", ", ".join(columns), f"FROM main.{part}{condition}")))
    return sum(int.from_bytes(_mark(vault, part, row)) for row in rows) % _MODULUS


def _wrong(db: sqlite3.Connection, parts: list[str]) -> list[str]:
    db = ours(db)
    require_key(db, db.vault)
    try:
        record = read(db, db.vault)
    except ValueError:
        return ["ledger"]
    due = _with_noted(db, record.sums)
    return [
        part
        for part in parts
        if (
            _end(db) != record.head
            if part == "journal"
            else part not in due or _sum(db, db.vault, part) != due[part]
        )
    ] + sorted(due.keys() - {SCHEMA, *covered(db)} if SCHEMA in parts else ())


def sums_by(db: sqlite3.Connection, whose: Mapping[str, str]) -> dict[int, int]:
    """The sums of what stands in some tables, for each person; ``whose`` has for each table the
    column that says whose a row is. To be asked in the transaction that reads them.

    Raises :class:`TamperedError` unless all of it is what was written with the key.
    """
    db = ours(db)
    due, wrong = _due(db), []
    sums: dict[int, int] = {}
    for table, column in whose.items():
        total = 0
        for owner, mark in _marks(db, table, column):
            sums[owner] = (sums.get(owner, 0) + mark) % _MODULUS
            total += mark
        if total % _MODULUS != due.get(table):
            wrong.append(table)
    if wrong:
        raise TamperedError(file_of(db), wrong)
    return sums


def sum_of(db: sqlite3.Connection, whose: Mapping[str, str], owner: int) -> int:
    """The share of one person in :func:`sums_by`, 0 if there is none, whoever wrote it."""
    marks = [
        mark
        for table, column in whose.items()
        for _, mark in _marks(ours(db), table, column, owner)
    ]
    return sum(marks) % _MODULUS


def is_sum(db: sqlite3.Connection, tables: Iterable[str], sums: Iterable[int]) -> bool:
    """Whether these shares are together what was written with the key into ``tables``."""
    due = _due(ours(db))
    return sum(sums) % _MODULUS == sum(due[table] for table in tables) % _MODULUS


def _due(db: Connection) -> dict[str, int]:
    require_key(db, db.vault)
    try:
        return _with_noted(db, read(db, db.vault).sums)
    except ValueError as error:
        raise TamperedError(file_of(db), ["ledger"]) from error


def _marks(
    db: Connection, table: str, column: str, owner: int | None = None
) -> Iterator[tuple[int, int]]:
    """Whose each row is, and its mark; of one owner alone, if that is given."""
    query = ["SELECT", ", ".join((column, *_columns(db, table))), "FROM main." + table]
    values = () if owner is None else (owner,)
    if values:
        query += ["WHERE", column, "= ?"]
    for whose, *row in db.execute(" ".join(query), values):
        yield whose, int.from_bytes(_mark(db.vault, table, tuple(row)))


def _end(db: sqlite3.Connection) -> Head:
    """Where the journal ends, by what stands there."""
    last = db.execute(
        "SELECT id, CAST(mac AS BLOB) FROM journal"
        " UNION ALL SELECT last_id, CAST(mac AS BLOB) FROM gap ORDER BY 1 DESC LIMIT 1"
    ).fetchone()
    return Head(*last) if last else EMPTY


def _with_noted(db: sqlite3.Connection, sums: Mapping[str, int]) -> dict[str, int]:
    """The sums as they will be when the present transaction ends."""
    due = dict(sums)
    if db.in_transaction and isinstance(db, Connection) and db.is_writing:
        for part, sign, mark in db.execute("SELECT part, sign, mark FROM noted"):
            due[part] = (due[part] + sign * int.from_bytes(mark)) % _MODULUS
    return due


def _settle(db: Connection) -> None:
    if not db.execute("SELECT EXISTS (SELECT 1 FROM noted)").fetchone()[0]:
        return
    require_key(db, db.vault)
    try:
        record = read(db, db.vault)
    except ValueError as error:
        raise TamperedError(file_of(db), ["ledger"]) from error
    write(db, db.vault, replace(record, sums=_with_noted(db, record.sums)))
    db.execute("DELETE FROM noted")


def _require_schema(db: Connection) -> None:
    ((version,),) = db.execute("PRAGMA main.schema_version").fetchall()
    if version != db.schema_seen:
        if wrong := _wrong(db, [SCHEMA]):
            raise TamperedError(file_of(db), wrong)
        db.schema_seen = version


def ours(db: sqlite3.Connection) -> Connection:
    """The same connection, as what it is."""
    if not isinstance(db, Connection):
        raise TypeError("the state file is opened by facedoor.storage.store.open_store")
    return db


def file_of(db: sqlite3.Connection) -> Path:
    """The file that ``db`` is open on."""
    if isinstance(db, Connection) and db.file is not None:
        return db.file  # also while SQLite answers nothing
    return Path(db.execute("PRAGMA database_list").fetchone()[2])
