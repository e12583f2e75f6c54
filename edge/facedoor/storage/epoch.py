"""What names a visit for good: the epoch of the state file, and a number in it; and a copy of the
file, whole, while the door goes on.

The epoch is a short random word, made with the state file. ``facedoor backup`` marks its copy, and
whoever first opens that for writing gives it an epoch of its own; so an id of both is never given
twice, past restarts, lost state files and restored backups. A copy that another program has made,
such as ``cp``, cannot be told from the original.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import closing, suppress
from pathlib import Path

from facedoor.errors import StoreError, UsageError
from facedoor.files import draft, publish
from facedoor.storage import ledger
from facedoor.storage.place import require_no_link
from facedoor.storage.store import reading, transaction

READY = 64
"""Ids that wait to be taken: more than visits end while the disk is slow for a while."""


def read_epoch(db: sqlite3.Connection) -> str:
    """The epoch of the state file ``db``: 8 lower-case letters and digits, for as long as a
    connection to it lasts. Raises :class:`StoreError`."""
    with reading(db, "read the epoch"):
        ((word,),) = db.execute("SELECT word FROM epoch").fetchall()
        return str(word)


def reserve_visits(db: sqlite3.Connection, count: int) -> int:
    """Set ``count`` numbers aside for visits and return the first; they are never given again.

    Numbers that are not used before the process ends are lost. Raises ``ValueError`` for a
    ``count`` below 1 and :class:`StoreError`.
    """
    if count < 1:
        raise ValueError(f"cannot reserve {count} numbers")
    doing = "number the visits"
    with reading(db, doing), transaction(db, doing):
        ((last,),) = db.execute(
            "UPDATE epoch SET last_visit = last_visit + ? RETURNING last_visit", (count,)
        ).fetchall()
        return int(last) - count + 1


class VisitIds:
    """Ids of visits, set aside before they are needed: who takes one never waits for the disk.

    Belongs to the thread of ``db``; only :meth:`take` is for any other. Raises :class:`StoreError`
    when the epoch cannot be read.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._epoch = read_epoch(db)
        self._ready: deque[str] = deque()
        self.top_up()

    def top_up(self) -> None:
        """Set more numbers aside, if many were taken. To be called often; never raises for a state
        file that fails, which whoever writes the journal tells."""
        if len(self._ready) < READY // 2:
            with suppress(StoreError):
                first = reserve_visits(self._db, READY)
                self._ready.extend(f"{self._epoch}-{first + count}" for count in range(READY))

    def take(self) -> str | None:
        """An id, ``3f9a1c07-17``, that is never given again; ``None`` while the disk is broken."""
        try:
            return self._ready.popleft()
        except IndexError:
            return None


def backup(db: sqlite3.Connection, target: Path) -> None:
    """Copy the state file to ``target``, for its owner alone; a file that is there is replaced.

    It opens with the key of the state file, which is not in it. Raises :class:`UsageError` if
    ``target`` is the state file itself and :class:`StoreError` if there can be no good copy; then
    what was there before is still there.
    """
    source = ledger.file_of(db)
    if target.exists() and target.samefile(source):
        raise UsageError(f"{target} is the state file itself: name another file")
    try:
        with draft(target) as name:
            _copy(db, name)
            publish(name, target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"cannot copy {source} to {target} ({error}): "
            "name a file in a folder that this user may write, on a disk that has space"
        ) from error


def _copy(db: sqlite3.Connection, name: Path) -> None:
    with closing(sqlite3.connect(name, isolation_level=None, factory=ledger.Connection)) as copy:
        require_no_link(copy, name)
        db.backup(copy)
        # So that the copy is one file, wherever it is taken.
        copy.execute("PRAGMA journal_mode = DELETE")
        ledger.keep(copy, ledger.ours(db).vault)
        with transaction(copy, "mark the copy"):
            copy.execute("UPDATE epoch SET is_copy = 1")
        damage = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(f"the state file is damaged, {damage}")
