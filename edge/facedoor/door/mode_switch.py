"""The mode in force: whom the door is open to, kept in the state file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from facedoor.storage.store import transaction, trusting
from facedoor.wire.mode import Mode


class ModeSwitch:
    """Reading the mode waits for nothing and is allowed to every thread."""

    def __init__(self, mode: Mode = Mode.NORMAL, is_signed: bool = True) -> None:
        self._mode = mode
        self._is_signed = is_signed

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def is_signed(self) -> bool:
        """Whether a signature alone can allow what the mode forbids."""
        return self._is_signed

    def may_be_turned(self, mode: Mode, is_signed: bool) -> bool:
        """Whether the mode may become this one, by a signature or without.

        What a signature has forbidden stays forbidden until a signature allows it. For the thread
        that turns it.
        """
        loosens = self._mode is Mode.LOCKDOWN or mode is Mode.NORMAL is not self._mode
        return is_signed or not (self._is_signed and loosens)

    def restore(self, db: sqlite3.Connection) -> None:
        """Take up the mode that the state file ``db`` has kept.

        Raises :class:`StoreError`; the door is locked down then, for what was in force is unknown.
        """
        self._mode, self._is_signed = Mode.LOCKDOWN, True
        with trusting(db, "read the door's mode", "door_mode"):
            ((mode, is_signed),) = db.execute("SELECT mode, is_signed FROM door_mode").fetchall()
            self._mode, self._is_signed = Mode(mode), bool(is_signed)

    @contextmanager
    def turning(self, db: sqlite3.Connection, mode: Mode, is_signed: bool = True) -> Iterator[None]:
        """Change the mode, in the state file ``db`` first, together with what the block writes.

        A signed one that forbids something stays signed when it is asked for again without a
        signature, and so does what is made of it, which can only forbid more: else a lockdown in
        between would end what was signed. Raises :class:`StoreError`; then, and after any exception
        in the block, it is as it was.
        """
        is_signed = is_signed or (self._is_signed and self._mode is not Mode.NORMAL)
        with transaction(db, "keep the door's mode"):
            yield
            db.execute("UPDATE door_mode SET mode = ?, is_signed = ?", (mode.value, is_signed))
        self._mode, self._is_signed = mode, is_signed
