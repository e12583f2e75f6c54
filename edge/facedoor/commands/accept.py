"""What a signed command has to be so that it is carried out: for here, now, new, and allowed."""

from __future__ import annotations

from collections.abc import Callable

from facedoor.clock import DoorClock
from facedoor.commands.execute import Order, StateFile
from facedoor.commands.used import UsedCommands
from facedoor.rate_limit import RateLimit
from facedoor.wire import requests
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.signing import SignedCommand, require_current

COMMANDS_AT_ONCE, COMMAND_EACH_S = 20, 1.0
"""Of each key."""


class Acceptance:
    """Turns commands whose signature is good into orders. Belongs to one thread."""

    def __init__(
        self,
        addresses: Callable[[], frozenset[str]],
        clock: DoorClock,
        steady: Callable[[], float],
    ) -> None:
        """``addresses`` says by what a command may name the door; ``steady`` gives seconds that
        never jump."""
        self._addresses = addresses
        self._clock = clock
        self._steady = steady
        self._limits: dict[str, RateLimit] = {}

    def accept(self, command: SignedCommand, received: Received, state: StateFile) -> Order:
        """The order in a command, whose id is used up then. Raises :class:`RefusedError`."""
        time, key = self._clock.reading(), command.key
        require_current(command, self._addresses(), time.now_s if time.is_proven else None)
        used = UsedCommands(state.db)
        if command.issued_s < used.good_from_s(time.now_s):
            raise RefusedError(Refusal.BEFORE_PUT_BACK)
        if not used.take(command.id, command.issued_s, command.expires_s, time.now_s):
            raise RefusedError(Refusal.REPLAYED)
        # After that, so that a message that is replayed does not use up its sender's rate.
        limit = self._limits.setdefault(
            key.fingerprint, RateLimit(COMMANDS_AT_ONCE, COMMAND_EACH_S, self._steady)
        )
        if not limit.allows():
            raise RefusedError(Refusal.RATE_LIMITED)
        requests.require_allowed(command.cmd, key.role)
        request = requests.parse(command.cmd, command.args)
        return Order(
            command.id, key.name, request, received, key.role, key.fingerprint, command.issued_s
        )
