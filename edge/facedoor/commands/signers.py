"""Whoever the door listens to: the keys that it obeys, and those of invitations, which may join."""

from __future__ import annotations

import sqlite3

from facedoor.commands.invitations import Invitations
from facedoor.commands.keys import CommandKeys
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.requests import require_allowed
from facedoor.wire.roles import CommandKey


class Signers:
    """Those in the state file ``db``. Raises as :class:`CommandKeys`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._keys = CommandKeys(db)
        self._invitations = Invitations(db)

    def all(self, now_s: float) -> list[CommandKey]:
        """Every key, the revoked ones too, and those of the invitations that are open."""
        return self._keys.all() + [one.key for one in self._invitations.open(now_s)]

    def find(self, number: str) -> CommandKey | None:
        """The key of that fingerprint, good or not."""
        if key := self._keys.find(number):
            return key
        invitation = self._invitations.find(number)
        return invitation.key if invitation else None

    def require(self, number: str, cmd: str) -> CommandKey:
        """The key of that fingerprint. Raises :class:`RefusedError` unless it may give this
        command.

        In the transaction that carries it out: the key may have been revoked meanwhile. Whether an
        invitation is still open depends on the time: :meth:`Invitations.require_open` says it.
        """
        key = self.find(number)
        if key is None:
            raise RefusedError(Refusal.UNKNOWN_KEY)
        if key.revoked_at is not None:
            raise RefusedError(Refusal.REVOKED_KEY)
        require_allowed(cmd, key.role)
        return key
