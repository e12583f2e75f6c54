"""The watch over the state file of a running door: what somebody else did to it goes on the board.

Whoever uses something of the file asks by itself whether it is what was written with the key
(:func:`facedoor.storage.store.trusting`). Here the whole is looked at, so that it is said before
anybody comes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress

from facedoor.clock import DoorClock
from facedoor.errors import StoreError
from facedoor.problems import Board, Severity
from facedoor.storage.copies import STILL_UNDONE, UNDONE, good_from_s, put_back
from facedoor.storage.ledger import TamperedError, require_all
from facedoor.storage.store import reading, transaction

LOOK_EVERY_S = 60.0
"""To look takes some milliseconds for each thousand templates."""

_LOOK = "look with facedoor keys and facedoor people, mend it, then: facedoor keys reviewed"


class Watch:
    """Of the file behind ``db``. Belongs to one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        board: Board,
        clock: DoorClock,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` says what time it is, ``steady`` gives seconds that never jump."""
        self._db = db
        self._board = board
        self._clock = clock
        self._steady = steady
        self._due_s = steady()
        self._knows_since_when = False

    def look(self) -> None:
        """Look, if it is time. To be called often; never raises for a state file that fails, which
        whoever writes to it tells."""
        now = self._clock.reading()
        if now.is_proven and not self._knows_since_when:
            # As soon as it can be known, or the first command would wait for it.
            with suppress(StoreError), transaction(self._db, "say since when commands are good"):
                good_from_s(self._db, now.now_s)
                self._knows_since_when = True
        if self._steady() < self._due_s:
            return
        self._due_s = self._steady() + LOOK_EVERY_S
        problem = found = None
        try:
            with reading(self._db, "look through the state file"):
                self._db.execute("BEGIN")  # for one view of it all
                try:
                    found = put_back(self._db)
                    require_all(self._db)
                finally:
                    self._db.rollback()
        except TamperedError as error:
            problem = f"{error}; what was changed is not used"
        except StoreError:
            return
        self._board.report("state_file_changed", problem, Severity.ERROR)
        said = f"{UNDONE[found]}: {STILL_UNDONE}; {_LOOK}" if found else None
        self._board.report("backup_restored", said if found == "backup" else None)
        self._board.report("older_copy", said if found == "older_copy" else None)
