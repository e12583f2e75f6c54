"""Commands work once, also across restarts: the ids that were used, in the state file.

An id is remembered until its command has expired. So that forgetting cannot let one in again when
the clock is set back, the file also keeps the latest time at which a command was taken, and none
that had expired by then is ever taken.
"""

from __future__ import annotations

import math
import sqlite3

from facedoor.storage.store import transaction


class UsedCommands:
    """The used ids in the state file ``db`` (see :func:`facedoor.storage.store.open_store`)."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def take(self, command_id: str, expires_s: float, now_s: float) -> bool:
        """Use an id; it is on the disk then. False if it was used before, or may have been.

        Times are seconds since 1970. Raises :class:`StoreError`; then the id may not be used.
        """
        with transaction(self._db, "write down that a command was used"):
            (latest_s,) = self._db.execute(
                "UPDATE command_clock SET latest_s = max(latest_s, ?) RETURNING latest_s",
                (math.floor(now_s),),
            ).fetchone()
            if expires_s < latest_s:
                return False
            self._db.execute("DELETE FROM used_command WHERE expires_s < ?", (latest_s,))
            used = self._db.execute(
                "INSERT INTO used_command (id, expires_s) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (command_id, math.ceil(expires_s)),
            )
            return used.rowcount == 1
