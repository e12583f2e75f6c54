"""The link that invites a device: all that the page needs to join, in the part that no server sees.

``URL/join#k=SEED&d=DOOR.KEY&r=ROLE&n=NAME&e=SECONDS``: the private half of the invitation's key (32
bytes), each door with its public key, both in base64url without padding; what the device's key may
do and is called; and until when, in seconds since 1970. So the page knows the doors from whoever
invites, and not from the broker.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedoor.clock import NEXT_STEP, DoorTime
from facedoor.commands.invitations import Invitation
from facedoor.commands.inviting import invite
from facedoor.errors import UsageError
from facedoor.languages import _
from facedoor.storage.journal import Journal
from facedoor.wire import base64url
from facedoor.wire.roles import DoorIdentity, Role, public_key_text


def invitation_link(
    url: str,
    private: Ed25519PrivateKey,
    doors: Iterable[tuple[str, DoorIdentity]],
    invitation: Invitation,
) -> str:
    """For the page at ``url``; ``private`` is what the ``invitation`` has the public half of, at
    each of the ``doors``, which have names."""
    seed = base64url.encode(private.private_bytes_raw())
    said = [
        ("k", seed),
        *(("d", f"{name}.{public_key_text(door.public_key)}") for name, door in doors),
        ("r", invitation.role.value),
        ("n", quote(invitation.name, safe="")),
        ("e", f"{invitation.expires_s:.0f}"),
    ]
    return f"{url.rstrip('/')}/join#{'&'.join(f'{key}={value}' for key, value in said)}"


def invite_by_link(
    journal: Journal,
    name: str,
    role: Role,
    door: tuple[str, DoorIdentity],
    url: str,
    hours: float,
    by: str,
    now: DoorTime,
) -> tuple[Invitation, str]:
    """Let whoever opens the link that is returned join the ``door`` once, within so many ``hours``.

    Root at the door invites, who is ``by`` in the journal. Raises :class:`UsageError` as
    :func:`invite`, and while nobody knows what time it is.
    """
    if not now.is_proven:
        raise UsageError(
            _(
                "the door does not know what time it is ({why_not}), so nobody could join: "
                "{next_step}"
            ).format(why_not=now.why_not, next_step=_(NEXT_STEP))
        )
    private = Ed25519PrivateKey.generate()
    public, until_s = private.public_key().public_bytes_raw(), now.now_s + hours * 3600
    invitation = invite(journal, name, role, public, until_s, by, None, now.now_s)
    return invitation, invitation_link(url, private, [door], invitation)
