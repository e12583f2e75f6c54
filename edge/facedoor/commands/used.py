"""Which commands were used. A command works once, also across restarts.

Its id is in the state file until it has expired. So that forgetting cannot let one in again when
the clock is set back, the file also keeps the latest time at which a command was taken, and none
that had expired by then is ever taken. Only time that is proven (:mod:`facedoor.clock`) counts, so
this mark is never ahead of it. Where proven time was wrong all the same, far ahead, root takes the
mark back, and what was made before that moment is taken no more.
"""

from __future__ import annotations

import math
import sqlite3

from facedoor.languages import N_
from facedoor.storage import copies
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import transaction, trusting
from facedoor.times import CLOCKS_DIFFER_S

CLOCK_WAS_AHEAD = N_(
    "the door has obeyed commands at a later time than now, so its clock was wrong then or is now: "
    "if it is right now, sudo facedoor clock repair"
)


class UsedCommands:
    """The used ids in the state file ``db`` (see :func:`facedoor.storage.store.open_store`)."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def take(self, command_id: str, issued_s: float, expires_s: float, now_s: float) -> bool:
        """Use an id; it is on the disk then. False if it was used before, or may have been.

        Times are seconds since 1970. Raises :class:`StoreError`; then the id may not be used.
        """
        with transaction(self._db, "write down that a command was used"):
            require_intact(self._db, "used_command", "command_clock")
            latest_s, not_before_s = self._db.execute(
                "UPDATE command_clock SET latest_s = max(latest_s, ?)"
                " RETURNING latest_s, not_before_s",
                (math.floor(now_s),),
            ).fetchone()
            if expires_s < latest_s or issued_s < not_before_s:
                return False
            self._db.execute("DELETE FROM used_command WHERE expires_s < ?", (latest_s,))
            used = self._db.execute(
                "INSERT INTO used_command (id, expires_s) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (command_id, math.ceil(expires_s)),
            )
            return used.rowcount == 1

    def good_from_s(self, now_s: float) -> float:
        """Only commands that were issued at this time, in seconds since 1970, or later are good:
        any other may have been used before a copy of the state file was put back.

        ``now_s`` has to be right. Raises :class:`StoreError`.
        """
        with transaction(self._db, "write down since when commands are good"):
            require_intact(self._db, "epoch")
            return copies.good_from_s(self._db, now_s)

    def was_ahead(self, now_s: float) -> bool:
        """Whether a command came at a later time, so that nobody can tell which one is new.

        Raises :class:`StoreError`.
        """
        return self.latest_s() > now_s + CLOCKS_DIFFER_S

    def latest_s(self) -> float:
        """The latest time at which a command came that was to be taken, or that was found to be
        from before a copy was put back. Raises :class:`StoreError`."""
        with trusting(self._db, "read which commands were used", "command_clock", "epoch"):
            ((taken_s, good_from_s),) = self._db.execute(
                "SELECT latest_s, epoch.not_before_s FROM command_clock, epoch"
            ).fetchall()
            return max(float(taken_s), (good_from_s or 0.0) - CLOCKS_DIFFER_S - 1)

    def begin_again(self, now_s: float) -> None:
        """It is ``now_s``, whatever was taken for the time before. What may have been taken by now
        is taken no more, by senders' clocks that are a little ahead too. Raises
        :class:`StoreError`."""
        with transaction(self._db, "write down what time it is"):
            good_from_s = math.floor(now_s + CLOCKS_DIFFER_S) + 1
            self._db.execute(
                "UPDATE command_clock SET latest_s = ?, not_before_s = ?",
                (math.floor(now_s), good_from_s),
            )
            # For invitations made then, a day has another end.
            self._db.execute("UPDATE invitation SET taken_back = 1")
            # Where a copy was put back, it may have been at the wrong time.
            self._db.execute("UPDATE epoch SET not_before_s = min(not_before_s, ?)", (good_from_s,))
