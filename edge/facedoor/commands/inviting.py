"""What becomes of an invitation: given, used, taken back. It is in the journal, or did not happen.

In these functions ``by`` is the name of whoever does it, and ``now_s`` the time, in seconds since
1970, which has to be right. All raise :class:`StoreError` when the state file fails, and then
nothing has changed.
"""

from __future__ import annotations

import math
from typing import Literal

from facedoor.commands.invitations import TABLES, Invitation, Invitations, time_text
from facedoor.commands.keys import CommandKeys
from facedoor.errors import UsageError
from facedoor.languages import _
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import require_intact
from facedoor.times import CLOCKS_DIFFER_S, utc_now
from facedoor.wire.roles import CommandKey, Role, fingerprint
from facedoor.wire.state_events import KeyChanged

LONGEST_LIFE_S = 24 * 3600.0

REMEMBERED_S = 30 * 24 * 3600.0
"""How long after its time an invitation is still known for what it was."""


def invite(
    journal: Journal,
    name: str,
    role: Role,
    public_key: bytes,
    expires_s: float,
    by: str,
    inviter: str | None,
    now_s: float,
) -> Invitation:
    """Let whoever has the private half of ``public_key`` join once, before ``expires_s``, with a
    key that is called ``name`` and may what ``role`` may.

    ``inviter`` is the fingerprint of the key that invites, ``None`` for root at the door. Raises
    :class:`UsageError` for a bad name, one that a good key or an open invitation has, a key that is
    here already, and a time that is over or more than a day ahead.
    """
    if role is Role.INVITED:
        raise ValueError("nobody is invited to be invited")
    if not now_s < expires_s <= now_s + LONGEST_LIFE_S + CLOCKS_DIFFER_S:
        raise UsageError(
            _(
                "an invitation has to end after now, {now}, and within "
                "{most:.0f} hours: choose another time"
            ).format(now=time_text(now_s), most=LONGEST_LIFE_S / 3600)
        )
    number = fingerprint(public_key)
    with journal.together() as db:
        require_intact(db, *TABLES)
        CommandKeys(db).require_new(name, public_key)
        if any(one.name == name for one in Invitations(db).open(now_s)):
            raise UsageError(
                _(
                    "{name} is invited already: take that invitation back, or choose another name"
                ).format(name=name)
            )
        db.execute(
            "DELETE FROM invitation WHERE expires_s < ?", (math.floor(now_s - REMEMBERED_S),)
        )
        times = math.floor(now_s), math.floor(min(expires_s, now_s + LONGEST_LIFE_S))
        db.execute(
            "INSERT INTO invitation (fingerprint, name, role, public_key, made_s, expires_s,"
            " inviter, invited_by, of_epoch) SELECT ?, ?, ?, ?, ?, ?, ?, ?, word FROM epoch",
            (number, name, role.value, public_key, *times, inviter, by),
        )
        invitation = Invitations(db).require_open(number, now_s)
        _note(journal, "invited", by, invitation)
    return invitation


def join(journal: Journal, number: str, public_key: bytes, now_s: float) -> CommandKey:
    """Use up an invitation, by the fingerprint of its key, and obey ``public_key`` from now on:
    both, or neither.

    Raises :class:`RefusedError` for an invitation that is not open, and :class:`UsageError` where
    there is a key of that name by now, or ``public_key`` is here already.
    """
    with journal.together() as db:
        require_intact(db, *TABLES)
        invitation = Invitations(db).require_open(number, now_s)
        key = CommandKeys(db).add(invitation.name, invitation.role, public_key)
        db.execute(
            "UPDATE invitation SET joined = ? WHERE fingerprint = ?", (key.fingerprint, number)
        )
        by = invitation.invited_by
        journal.append(KeyChanged(utc_now(), "joined", by, key.name, key.role, key.fingerprint))
    return key


def take_back(journal: Journal, which: str, by: str, now_s: float) -> Invitation | None:
    """End an open invitation, by its name or the fingerprint of its key, and return it as it was;
    ``None`` if there is none."""
    with journal.together() as db:
        require_intact(db, *TABLES)
        for invitation in Invitations(db).open(now_s):
            if which in (invitation.name, invitation.fingerprint):
                db.execute(
                    "UPDATE invitation SET taken_back = 1 WHERE fingerprint = ?",
                    (invitation.fingerprint,),
                )
                _note(journal, "withdrawn", by, invitation)
                return invitation
    return None


def _note(journal: Journal, what: Literal["invited", "withdrawn"], by: str, of: Invitation) -> None:
    expires = of.expires if what == "invited" else None
    journal.append(KeyChanged(utc_now(), what, by, of.name, of.role, of.fingerprint, expires))
