"""The timekeeper: has the door's clock look for evidence, keeps what it knows, and says what waits
while the time is not proven."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from facedoor.clock import NEXT_STEP, DoorClock
from facedoor.commands.used import CLOCK_WAS_AHEAD, UsedCommands
from facedoor.errors import StoreError
from facedoor.problems import Board, Severity
from facedoor.storage.clock_record import look_at_clock
from facedoor.storage.vault import Vault


class Timekeeper:
    """Belongs to the thread of the state file ``db``; the ``clock`` is for every one."""

    def __init__(
        self, db: sqlite3.Connection, vault: Vault, clock: DoorClock, board: Board
    ) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._board = board

    def look(self, somebody_keeps_to_times: bool = False) -> None:
        """Look for evidence; to be called often. Never raises for a state file that fails: whoever
        writes to it more than this says so."""
        try:
            look_at_clock(self._db, self._vault, self._clock)
        except StoreError:
            self._clock.look()
        time, unknown, ahead = self._clock.reading(), None, None
        if not time.is_proven:
            bound = " and lets nobody in who is bound to schedules or dates"
            unknown = (
                f"the door does not know what time it is ({time.why_not}): it obeys no signed "
                f"command, erases nothing of the journal{bound * somebody_keeps_to_times}; "
                f"{NEXT_STEP}"
            )
        else:
            with suppress(StoreError):
                ahead = CLOCK_WAS_AHEAD if UsedCommands(self._db).was_ahead(time.now_s) else None
        severity = Severity.ERROR if somebody_keeps_to_times else Severity.WARNING
        self._board.report("clock_not_set", unknown, severity)
        self._board.report("clock_was_ahead", ahead)
