"""What a signed command has to be so that it is carried out: for here, now, new, and allowed."""

from __future__ import annotations

from collections.abc import Callable

from facedoor.clock import DoorClock
from facedoor.commands.invitations import Invitations
from facedoor.commands.keys import CommandKeys
from facedoor.commands.order import Order, StateFile
from facedoor.commands.used import CLOCK_WAS_AHEAD, UsedCommands
from facedoor.wire import requests
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import Role
from facedoor.wire.signing import SignedCommand, require_current


class Acceptance:
    """Turns commands whose signature is good into orders. Belongs to one thread."""

    def __init__(
        self,
        addresses: Callable[[], frozenset[str]],
        clock: DoorClock,
    ) -> None:
        """``addresses`` says by what a command may name the door."""
        self._addresses = addresses
        self._clock = clock

    def accept(
        self,
        command: SignedCommand,
        received: Received,
        state: StateFile,
        is_too_many: bool = False,
    ) -> Order:
        """The order in a command, whose id is used up then. Raises :class:`RefusedError`.

        One that ``is_too_many`` is used up too: who has heard of the refusal can rely on it.
        """
        time, key = self._clock.reading(), command.key
        require_current(command, self._addresses(), time)
        used = UsedCommands(state.db)
        if used.was_ahead(time.now_s):
            raise RefusedError(Refusal.CLOCK_NOT_SET, CLOCK_WAS_AHEAD)
        if command.issued_s < used.good_from_s(time.now_s):
            raise RefusedError(Refusal.BEFORE_PUT_BACK)
        if not used.take(command.id, command.issued_s, command.expires_s, time.now_s):
            raise RefusedError(Refusal.REPLAYED)
        CommandKeys(state.db).note_use(key.fingerprint, time.now_s)
        if is_too_many:
            raise RefusedError(Refusal.RATE_LIMITED)
        requests.require_allowed(command.cmd, key.role)
        if key.role is Role.INVITED:
            Invitations(state.db).require_open(key.fingerprint, time.now_s)
        request = requests.parse(command.cmd, command.args)
        return Order(
            command.id, key.name, request, received, key.role, key.fingerprint, command.issued_s
        )
