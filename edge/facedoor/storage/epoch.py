"""What names a visit for good: the epoch of the state file, and a number in it.

The epoch is a short random word, made with the state file. A copy that is known for one gets an
epoch of its own when it is first opened for writing (:mod:`facedoor.storage.copies`); so an id of
both is never given twice, past restarts, lost state files and restored backups.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import suppress

from facedoor.errors import StoreError
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
