"""How old the entries of the journal are for sure.

In which order entries were written is certain, and when is not: a clock may have been in 1970, or
years ahead. So a date from before facedoor or after now says nothing, and no entry is older than
one that was written before it. Those that are older than a limit are then a beginning of the
journal, up to one whose own date says so.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from facedoor.times import utc_text

AT_ONCE = 10_000
"""Entries that are looked at in one go: a tenth of a second on a memory card."""

_BORN = "2026"
"""No facedoor wrote anything before this year."""


class OldEntries:
    """The beginning of the journal in ``db`` that is older than a limit, which moves on with time:
    what was found is not looked at again. Belongs to one thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._begin_again()

    def _begin_again(self) -> None:
        self.last_id = 0
        """The last entry of those found so far; 0: there is none."""
        self._looked_to = 0
        self._limit = ""

    def look(self, limit: datetime, now: datetime) -> bool:
        """Go on looking for what was written before ``limit``. False: there is more to look at."""
        before, at_most = utc_text(limit), utc_text(now)
        if before < self._limit:  # somebody has put the clock right
            self._begin_again()
        self._limit = before
        rows = self._db.execute(
            "SELECT id, time FROM journal WHERE id > ? ORDER BY id LIMIT ?",
            (self._looked_to, AT_ONCE),
        ).fetchall()
        for number, time in rows:
            if before <= time <= at_most:
                return True
            if _BORN <= time < before:
                self.last_id = self._looked_to = number
        if len(rows) < AT_ONCE:  # dates that are to come are looked at once more when they have
            return True
        self._looked_to = rows[-1][0]
        return False
