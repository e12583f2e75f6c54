"""Invitations: keys that can do one thing once, join.

Whoever is invited gets the private half, in the fragment of a link or a QR code; the door gets the
public half, and what the key of the device that joins may be called and may do. So nobody in
between can put a key of their own in that one's place, and nobody learns a key that is good later.

An invitation ends by being used, with its time, and when it is void: taken back; given by a key
that was revoked since; made in another epoch of the state file, since a copy that is put back must
revive none; or made at what is a later time than now, since the clock was wrong then. It is kept
for a while after that, so that whoever comes with it hears why.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from facedoor.storage.store import trusting
from facedoor.times import CLOCKS_DIFFER_S, utc_text
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import CommandKey, Role

TABLES = ("invitation", "command_key", "epoch")
"""What an invitation rests on."""

_QUERY = """SELECT
    invitation.fingerprint, invitation.name, invitation.role, taken_back,
    of_epoch IS NOT word OR (inviter IS NOT NULL
        AND (command_key.role IS NOT 'admin' OR command_key.revoked_at IS NOT NULL)),
    invitation.public_key, made_s, expires_s, invited_by, joined
FROM invitation JOIN epoch LEFT JOIN command_key ON command_key.fingerprint = inviter"""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the holder of a key may become. Times are seconds since 1970.

    ``fingerprint`` and ``public_key`` are of the invitation itself, ``name`` and ``role`` those of
    the key that joins with it, whose fingerprint is ``joined`` then. ``invited_by`` names who gave
    it. ``is_void``, and there is no time at which it is good.
    """

    fingerprint: str
    name: str
    role: Role
    is_void: bool
    public_key: bytes
    made_s: float
    expires_s: float
    invited_by: str
    joined: str | None

    def objection(self, now_s: float) -> Refusal | None:
        """Why nobody can join with it now."""
        if self.joined is not None:
            return Refusal.INVITATION_USED
        if self.is_void or now_s < self.made_s - CLOCKS_DIFFER_S:
            return Refusal.INVITATION_VOID
        return Refusal.INVITATION_EXPIRED if now_s >= self.expires_s else None

    @property
    def expires(self) -> str:
        """RFC 3339 UTC."""
        return time_text(self.expires_s)

    @property
    def key(self) -> CommandKey:
        """What the door listens to: a key that may join, and nothing else."""
        made_at = time_text(self.made_s)
        return CommandKey(self.fingerprint, self.name, Role.INVITED, self.public_key, made_at)

    def as_json(self) -> dict[str, str]:
        """As lists of invitations have it."""
        return {
            "fingerprint": self.fingerprint,
            "name": self.name,
            "role": self.role.value,
            "made_at": time_text(self.made_s),
            "expires": self.expires,
            "invited_by": self.invited_by,
        }


class Invitations:
    """Those in the state file ``db`` (see :func:`facedoor.storage.store.open_store`).

    Every method raises :class:`StoreError` when the state file fails. What changes them is in
    :mod:`facedoor.commands.inviting`.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self) -> list[Invitation]:
        """Every one that is remembered, also those that were used, in order of their names."""
        return self._read(" ORDER BY invitation.name, made_s")

    def open(self, now_s: float) -> list[Invitation]:
        """Those with which somebody can join now."""
        return [one for one in self.all() if one.objection(now_s) is None]

    def find(self, number: str) -> Invitation | None:
        """That whose key has this fingerprint, whatever became of it."""
        return next(iter(self._read(" WHERE invitation.fingerprint = ?", number)), None)

    def require_open(self, number: str, now_s: float) -> Invitation:
        """The same. Raises :class:`RefusedError` if nobody can join with it at ``now_s``, which has
        to be right."""
        invitation = self.find(number)
        if invitation is None:
            raise RefusedError(Refusal.UNKNOWN_KEY)
        if objection := invitation.objection(now_s):
            raise RefusedError(objection)
        return invitation

    def _read(self, condition: str, *values: str) -> list[Invitation]:
        with trusting(self._db, "read the invitations", *TABLES):
            rows = self._db.execute(_QUERY + condition, values).fetchall()
        return [_invitation(*row) for row in rows]


def _invitation(
    number: str, name: str, role: str, taken_back: int, is_void: int, *others: Any
) -> Invitation:
    return Invitation(number, name, Role(role), bool(taken_back or is_void), *others)


def time_text(moment_s: float) -> str:
    return utc_text(datetime.fromtimestamp(moment_s, UTC))
