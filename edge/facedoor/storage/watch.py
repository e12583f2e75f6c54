"""The watch over the state file of a running door: what somebody else did to it goes on the board.

Whoever uses something of the file asks by itself whether it is what was written with the key
(:func:`facedoor.storage.store.trusting`). Here the whole is looked at, so that it is said before
anybody comes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from facedoor.errors import StoreError
from facedoor.problems import Board, Severity
from facedoor.storage.ledger import TamperedError, require_all
from facedoor.storage.store import reading

LOOK_EVERY_S = 60.0
"""To look takes some milliseconds for each thousand templates."""


class Watch:
    """Of the file behind ``db``. Belongs to one thread."""

    def __init__(
        self, db: sqlite3.Connection, board: Board, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._db = db
        self._board = board
        self._clock = clock
        self._due_s = clock()

    def look(self) -> None:
        """Look, if it is time. To be called often; never raises for a state file that fails, which
        whoever writes to it tells."""
        if self._clock() < self._due_s:
            return
        self._due_s = self._clock() + LOOK_EVERY_S
        problem = None
        try:
            with reading(self._db, "look through the state file"):
                self._db.execute("BEGIN")  # for one view of it all
                try:
                    require_all(self._db)
                finally:
                    self._db.rollback()
        except TamperedError as error:
            problem = f"{error}; what was changed is not used"
        except StoreError:
            return
        self._board.report("state_file_changed", problem, Severity.ERROR)
