"""What becomes of a request to change whose commands the door obeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from facedoor.commands.inviting import invite, join, take_back
from facedoor.commands.keys import revoke_key
from facedoor.commands.order import Order, StateFile
from facedoor.wire.key_requests import Invite, Join, KeyChange, Revoke
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError


class KeyChanges:
    """Carries them out. Belongs to the server's thread."""

    def __init__(self, state: StateFile, now_s: Callable[[], float]) -> None:
        """``now_s`` gives seconds since 1970, which are proven when there is something to do."""
        self._state = state
        self._now_s = now_s

    def carry_out(self, order: Order, request: KeyChange) -> Outcome:
        """The outcome; raises as :meth:`facedoor.commands.execute.Executor.run`."""
        if order.key is None:
            raise RefusedError(Refusal.WRONG_ROLE)
        with self._state.authorised(order):
            match request:
                case Invite():
                    return self._invite(order, order.key, request)
                case Join():
                    return self._join(order.key, request)
                case Revoke():
                    return self._revoke(order, request)
                case _:
                    assert_never(request)

    def _invite(self, order: Order, inviter: str, request: Invite) -> Outcome:
        invitation = invite(
            self._state.journal,
            request.name,
            request.role,
            request.key,
            request.expires_s,
            order.by,
            inviter,
            self._now_s(),
        )
        return Outcome.done(f"{invitation.name} is invited", expires=invitation.expires)

    def _join(self, number: str, request: Join) -> Outcome:
        key = join(self._state.journal, number, request.key, self._now_s())
        told = {"key": key.fingerprint, "role": key.role.value, "key_name": key.name}
        return Outcome.done(f"the door obeys {key.name}", **told)

    def _revoke(self, order: Order, request: Revoke) -> Outcome:
        if not order.is_admins and request.key != order.key:
            raise RefusedError(Refusal.WRONG_ROLE, "only an admin may revoke another key")
        journal = self._state.journal
        if invitation := take_back(journal, request.key, order.by, self._now_s()):
            return Outcome.done(f"{invitation.name} is invited no more")
        key = revoke_key(journal, request.key, order.by)
        return Outcome.done(f"the door obeys {key.name} no more")
