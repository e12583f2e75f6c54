"""The state file: one SQLite database for people, templates and the journal.

It holds biometric templates, so its folder is made 0700 and the file is kept 0600, and what tells
who is enrolled is sealed in it (:mod:`facedoor.storage.vault`). Commits are on the disk when they
return (write-ahead log, ``synchronous=FULL``). The layout has a version in
``PRAGMA user_version``; an older file is brought up to date when it is opened for writing, one
transaction for each step, and a newer one is refused.

A connection belongs to the thread that opened it; other threads and processes open their own.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from facedoor.errors import FacedoorError, StoreError
from facedoor.languages import _
from facedoor.storage import copies, ledger, place
from facedoor.storage.complaints import DAMAGED, HELD, cannot, explained
from facedoor.storage.ledger import file_of
from facedoor.storage.place import BUSY_TIMEOUT_S
from facedoor.storage.schema import MIGRATIONS
from facedoor.storage.vault import Vault

READERS_WAIT_MS = 300
"""How long writers are kept out while the last reader of the write-ahead log finishes."""

REWRITES_UP_TO_MB = 16
"""A larger file is not written anew while the door is at work: nothing can be written meanwhile,
and a decision does not wait for longer than :data:`BUSY_TIMEOUT_S`."""

START_REWRITES_UP_TO_MB = 200
"""The same when the service starts: it has to be ready before systemd loses its patience."""

_SETTINGS = (
    "foreign_keys = ON",
    "journal_mode = WAL",
    "synchronous = FULL",
    # What is removed is overwritten: a template must not live on in a free page.
    "secure_delete = ON",
)

log = logging.getLogger(__name__)


def open_store(path: Path, vault: Vault, read_only: bool = False) -> sqlite3.Connection:
    """Open the state file at ``path``; unless ``read_only``, make it and bring it up to date.

    Raises :class:`StoreError` when the file cannot be used, whatever the cause: also when it was
    sealed with another key than that of ``vault``.
    """
    with explained(path, "open the state file"):
        if read_only:
            place.require(path)
        else:
            place.make(path, lambda db: _migrate(db, vault))
        db = place.connect(path, "ro" if read_only else "rw")
        try:
            _check_version(db, path, read_only)
            if not read_only:
                _settle(db)
                _migrate(db, vault)
            require_key(db, vault)
            ledger.keep(db, vault, read_only)
            if not read_only:
                _notice_copy(db, vault, path)
                scrub_if_possible(db)
        except BaseException:
            db.close()
            raise
    return db


def require_key(db: sqlite3.Connection, vault: Vault) -> None:
    """Raise :class:`StoreError` unless the state file is sealed with the key of ``vault``.

    To be asked in each transaction: another process may have changed the key.
    """
    with reading(db, "open the state file"):
        ledger.require_key(db, vault)


def sealed_with(path: Path) -> str | None:
    """The id of the key that the state file at ``path`` is sealed with.

    ``None`` if there is no such file, or it is older than sealing. Raises :class:`StoreError`.
    """
    if not path.exists():
        return None
    place.require(path)
    with explained(path, "open the state file"), closing(place.connect(path, "ro")) as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sealing'").fetchone():
            return None
        row = db.execute("SELECT key_id FROM sealing").fetchone()
        return str(row[0]) if row else None


@contextmanager
def transaction(db: sqlite3.Connection, doing: str) -> Iterator[None]:
    """All that happens inside is on the disk afterwards, or, after any exception, none of it.

    ``doing`` completes "cannot ..." in the :class:`StoreError` that an SQLite error becomes. Inside
    another transaction it is a part of that one.
    """
    _begin_anew(db, doing)
    with explained(file_of(db), doing):
        if db.in_transaction:
            if isinstance(db, ledger.Connection) and db.is_kept and not db.is_writing:
                # Whoever only reads undoes everything in the end.
                raise RuntimeError(f"cannot {doing}: this is inside a block that only reads")
            yield
            return
        try:
            db.execute("BEGIN IMMEDIATE")
            with ledger.accounting(db):
                yield
        except BaseException:
            _undo(db)
            raise
        try:
            db.execute("COMMIT")
        except BaseException as error:
            _undo(db)
            # What is on the disk all the same must not be written a second time.
            if not (isinstance(error, sqlite3.Error) and ledger.is_written(db)):
                raise


def _undo(db: sqlite3.Connection) -> None:
    """Roll back, or else, such as without any memory, close the connection: what is written next
    would become a part of the open transaction, and never be on the disk."""
    try:
        db.rollback()
    except BaseException:
        db.close()
        if isinstance(db, ledger.Connection):
            db.is_lost = True
        raise


def _begin_anew(db: sqlite3.Connection, doing: str) -> None:
    """Open a connection again that was closed since nothing could be undone: threads go on with the
    one that they have. Raises :class:`StoreError` for a file that is no longer in its place."""
    place.require_in_place(db, doing)
    if not isinstance(db, ledger.Connection) or not db.is_lost:
        return
    file, vault = file_of(db), db.vault
    try:
        with explained(file, doing):
            place.connect(file, "rw", again=db)
            db.is_lost = False
            _settle(db)
            require_key(db, vault)
            ledger.keep(db, vault)
    except BaseException:
        db.file, db.vault, db.is_lost = file, vault, True
        raise
    log.warning("the connection to %s could undo nothing and was opened again", file)


def _settle(db: sqlite3.Connection) -> None:
    for setting in _SETTINGS:
        _set(db, setting)


@contextmanager
def reading(db: sqlite3.Connection, doing: str) -> Iterator[None]:
    """For a block that only reads and decodes: whatever goes wrong becomes :class:`StoreError`.

    That includes content that SQLite hands out and that cannot be decoded: SQLite notices damage to
    its own structure, not to what it stores. Our own errors pass, and text that cannot be looked
    for, whoever sent it, is a :class:`UsageError`.
    """
    _begin_anew(db, doing)
    path = file_of(db)
    with explained(path, doing):
        try:
            yield
        except (FacedoorError, UnicodeEncodeError):
            raise
        except (TypeError, ValueError, RecursionError) as error:
            raise StoreError(cannot(doing, path, _(DAMAGED))) from error


@contextmanager
def trusting(db: sqlite3.Connection, doing: str, *tables: str) -> Iterator[None]:
    """As :func:`reading`, of one state of the file, in which ``tables`` are what was written with
    the key: else raises :class:`TamperedError`."""
    with reading(db, doing):
        begins = not db.in_transaction
        if begins:
            db.execute("BEGIN")
        try:
            ledger.require_intact(db, *tables)
            yield
        finally:
            if begins:
                db.rollback()


def _set(db: sqlite3.Connection, setting: str) -> None:
    """Set a pragma. To begin a write-ahead log SQLite needs the file for itself, and it does not
    wait for that: whoever opens a new file together with others has to try again."""
    end_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            db.execute(f"PRAGMA {setting}")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= end_s:
                raise
            time.sleep(0.01)
        else:
            return


def _check_version(db: sqlite3.Connection, path: Path, read_only: bool) -> None:
    version, newest = _version(db), len(MIGRATIONS)
    if version > newest:
        raise StoreError(
            _(
                "{path} has version {version}, newer than the {newest} that this facedoor "
                "knows: upgrade facedoor"
            ).format(path=path, version=version, newest=newest),
            _("upgrade facedoor: docs/install.md"),
        )
    if 0 < version < ledger.SINCE_VERSION:
        # Nothing seals such a file as one, so anything in it would be believed.
        copies.require_no_witness(path)
    if version < newest and read_only:
        raise StoreError(
            _(
                "{path} has version {version}, older than the {newest} that this facedoor "
                "reads: the service brings it up to date as it starts: "
                "sudo systemctl restart facedoor"
            ).format(path=path, version=version, newest=newest),
            "sudo systemctl restart facedoor",
        )


def _migrate(db: sqlite3.Connection, vault: Vault) -> None:
    for version, step in enumerate(MIGRATIONS, 1):
        if _version(db) >= version:
            continue
        doing = f"bring the state file to version {version}"
        with reading(db, doing), transaction(db, doing):
            # Asked again under the lock: another process may just have done it.
            if _version(db) < version:
                if version > ledger.SINCE_VERSION:
                    ledger.require_all_before_a_step(db, vault)
                for part in step:
                    if isinstance(part, str):
                        db.execute(part)
                    else:
                        part(db, vault)
                if version >= ledger.SINCE_VERSION:
                    ledger.renew(db, vault, ledger.read(db, vault).head)
                db.execute(f"PRAGMA user_version = {version}")


def _notice_copy(db: sqlite3.Connection, vault: Vault, path: Path) -> None:
    """Give a copy that was put back an epoch of its own, before anything is written to it."""
    doing = "take a copy for what it is"
    with reading(db, doing):
        if copies.suspicion(db, vault, path):
            with transaction(db, doing):
                # Asked again under the lock: another process may just have done it.
                if cause := copies.suspicion(db, vault, path):
                    copies.begin_anew(db, vault, cause)


def probe(db: sqlite3.Connection) -> None:
    """Write to the disk without changing anything. Raises :class:`StoreError` if that fails.

    For whoever has said that writing fails, and has nothing to write just now.
    """
    # To set a column to what it is would write nothing.
    with transaction(db, "write to the state file"):
        db.execute(f"PRAGMA user_version = {_version(db)}")


def needs_scrub(db: sqlite3.Connection) -> bool:
    """Whether :func:`scrub` has something to do. Cheap. Raises :class:`StoreError`."""
    with reading(db, "read the state file"):
        _key_id, is_scrubbed, remains = _sealing(db)
        return not is_scrubbed or remains != 0


def scrub(db: sqlite3.Connection, rewrites_up_to_mb: float = REWRITES_UP_TO_MB) -> None:
    """Take what was erased, and what an older key opens, out of the file and its write-ahead log.

    After a change of the key the whole file is written anew, unless it is larger than that: nobody
    can write to it meanwhile. Not inside a transaction. Raises :class:`StoreError` when it cannot
    be done now, as when another program is reading or the disk has no space for a copy of the file;
    it is tried again whenever the file is opened for writing.
    """
    doing = "take what was erased, or an older key opens, out of the state file"
    with reading(db, doing):
        key_id, is_scrubbed, remains = _sealing(db)
        if not is_scrubbed:
            if file_of(db).stat().st_size > rewrites_up_to_mb * 1e6:
                raise StoreError(
                    _(
                        "{path} still holds what an older key opens, and is too large to be "
                        "written anew while the door is at work: start facedoor again at a quiet "
                        "time, or, with more than {size} MB, stop it and run facedoor people rekey"
                    ).format(path=file_of(db), size=START_REWRITES_UP_TO_MB)
                )
            db.execute("VACUUM")
            # The log has the old pages still, beside the new ones.
            db.execute(
                "UPDATE sealing SET is_scrubbed = 1, log_remains = random() WHERE key_id = ?",
                (key_id,),
            )
            *_rest, remains = _sealing(db)
        if remains:
            _empty_log(db, doing)
            # What another process has erased in between stays to be done.
            db.execute("UPDATE sealing SET log_remains = 0 WHERE log_remains = ?", (remains,))


def scrub_if_possible(db: sqlite3.Connection, rewrites_up_to_mb: float = REWRITES_UP_TO_MB) -> None:
    """As :func:`scrub`; what cannot be done now is said in the log."""
    try:
        scrub(db, rewrites_up_to_mb)
    except StoreError as error:
        log.warning("%s; it is tried again when the file is next opened", error)


def _sealing(db: sqlite3.Connection) -> tuple[str, int, int]:
    """The key's id, whether the file is free of what older keys open, the log's mark."""
    query = "SELECT key_id, is_scrubbed, log_remains FROM sealing"
    ((key_id, is_scrubbed, remains),) = db.execute(query).fetchall()
    return key_id, is_scrubbed, remains


def _empty_log(db: sqlite3.Connection, doing: str) -> None:
    ((patience_ms,),) = db.execute("PRAGMA busy_timeout").fetchall()
    # Whoever waits here for readers keeps writers out: a door must not wait for that.
    db.execute(f"PRAGMA busy_timeout = {min(patience_ms, READERS_WAIT_MS)}")
    try:
        ((is_held, *_frames),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        db.execute(f"PRAGMA busy_timeout = {patience_ms}")
    if is_held:
        raise StoreError(cannot(doing, file_of(db), _(HELD)))


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
