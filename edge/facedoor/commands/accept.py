"""What a signed command has to be so that it is carried out: for here, now, new, and allowed.

Commands work once, also across restarts: the ids that were used are in the state file. An id is
remembered until its command has expired. So that forgetting cannot let one in again when the clock
is set back, the file also keeps the latest time at which a command was taken, and none that had
expired by then is ever taken.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from facedoor.commands.execute import Order, StateFile
from facedoor.rate_limit import RateLimit
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import transaction
from facedoor.wire import requests
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.signing import SignedCommand, require_current

COMMANDS_AT_ONCE, COMMAND_EACH_S = 20, 1.0
"""Of each key."""


class UsedCommands:
    """The used ids in the state file ``db`` (see :func:`facedoor.storage.store.open_store`)."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def take(self, command_id: str, expires_s: float, now_s: float) -> bool:
        """Use an id; it is on the disk then. False if it was used before, or may have been.

        Times are seconds since 1970. Raises :class:`StoreError`; then the id may not be used.
        """
        with transaction(self._db, "write down that a command was used"):
            require_intact(self._db, "used_command", "command_clock")
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


@dataclass(frozen=True, slots=True)
class Clocks:
    """``wall`` gives seconds since 1970; ``steady`` seconds that never jump."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic


SYSTEM_CLOCKS = Clocks()


class Acceptance:
    """Turns commands whose signature is good into orders. Belongs to one thread."""

    def __init__(self, addresses: Callable[[], frozenset[str]], clocks: Clocks) -> None:
        """``addresses`` says by what a command may name the door."""
        self._addresses = addresses
        self._clocks = clocks
        self._limits: dict[str, RateLimit] = {}

    def accept(self, command: SignedCommand, received: Received, state: StateFile) -> Order:
        """The order in a command, whose id is used up then. Raises :class:`RefusedError`."""
        now_s, key = self._clocks.wall(), command.key
        require_current(command, self._addresses(), now_s, state.journal.newest_s())
        if not UsedCommands(state.db).take(command.id, command.expires_s, now_s):
            raise RefusedError(Refusal.REPLAYED)
        # After that, so that a message that is replayed does not use up its sender's rate.
        limit = self._limits.setdefault(
            key.fingerprint, RateLimit(COMMANDS_AT_ONCE, COMMAND_EACH_S, self._clocks.steady)
        )
        if not limit.allows():
            raise RefusedError(Refusal.RATE_LIMITED)
        requests.require_allowed(command.cmd, key.role)
        request = requests.parse(command.cmd, command.args)
        return Order(command.id, key.name, request, received, key.role, key.fingerprint)
