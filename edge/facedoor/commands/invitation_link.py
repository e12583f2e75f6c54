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

from facedoor.commands.invitations import Invitation
from facedoor.wire import base64url
from facedoor.wire.roles import DoorIdentity, public_key_text


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
