"""What names a visit for good: the epoch of the state file, and a number in it.

The epoch is a short random word, made with the state file. ``facedoor backup`` marks its copy, and
whoever first opens that for writing gives it an epoch of its own; so an id of both is never given
twice, past restarts, lost state files and restored backups. A copy that another program has made,
such as ``cp``, cannot be told from the original.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facedoor.storage.store import reading, transaction

if TYPE_CHECKING:
    import sqlite3


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
