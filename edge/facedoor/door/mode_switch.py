"""Where the door's mode is kept: in the state file, over a restart too, and at hand in memory."""

from __future__ import annotations

import sqlite3

from facedoor.storage.store import reading, transaction
from facedoor.wire.mode import Mode


class ModeSwitch:
    """The mode in force. Reading it waits for nothing and is allowed to every thread."""

    def __init__(self, mode: Mode = Mode.NORMAL) -> None:
        self._mode = mode

    @property
    def mode(self) -> Mode:
        return self._mode

    def restore(self, db: sqlite3.Connection) -> None:
        """Take up the mode that the state file ``db`` has kept.

        Raises :class:`StoreError`; the door is locked down then, for what was in force is unknown.
        """
        self._mode = Mode.LOCKDOWN
        with reading(db, "read the door's mode"):
            self._mode = Mode(db.execute("SELECT mode FROM door_mode").fetchone()[0])

    def turn(self, db: sqlite3.Connection, mode: Mode) -> None:
        """Change the mode, in the state file ``db`` first. Raises :class:`StoreError`."""
        with transaction(db, "keep the door's mode"):
            db.execute("UPDATE door_mode SET mode = ?", (mode.value,))
        self._mode = mode
