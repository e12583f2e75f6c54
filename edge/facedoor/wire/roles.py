"""Who may give commands: the public keys that the door obeys, and what a role is. Who a door is.

The private half never comes here. A key is known by its fingerprint, the thumbprint of RFC 7638 for
the key's form in RFC 8037; any JOSE library can work it out.
"""

from __future__ import annotations

import base64
import enum
import json
from dataclasses import dataclass

from facedoor.errors import UsageError
from facedoor.languages import _
from facedoor.wire import base64url

KEY_BYTES = 32
"""Length of an Ed25519 public key, RFC 8032."""


class Role(enum.StrEnum):
    """What the holder of a key may do; :data:`facedoor.wire.requests.ROLES` says which requests."""

    VIEWER = "viewer"
    ENROLLER = "enroller"
    OPERATOR = "operator"
    ADMIN = "admin"
    INVITED = "invited"
    """Of an invitation's key, and of no other."""


GIVEN_ROLES = tuple(role for role in Role if role is not Role.INVITED)
"""What a key of one's own can have."""


@dataclass(frozen=True, slots=True)
class CommandKey:
    """One key. Times are RFC 3339 UTC; ``revoked_at`` is ``None`` while the key is good,
    ``last_used`` while it has given no command; that is some minutes old."""

    fingerprint: str
    name: str
    role: Role
    public_key: bytes
    made_at: str
    revoked_at: str | None = None
    last_used: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """All of it but the public key itself, as lists of keys have it."""
        return {
            "fingerprint": self.fingerprint,
            "name": self.name,
            "role": self.role.value,
            "made_at": self.made_at,
            "revoked_at": self.revoked_at,
            "last_used": self.last_used,
        }


@dataclass(frozen=True, slots=True)
class DoorIdentity:
    """What a door is known by: the public half of its own key (:mod:`facedoor.wire.door_key`)."""

    public_key: bytes

    @property
    def id(self) -> str:
        """The thumbprint of the key: what ``aud`` of a command names."""
        return fingerprint(self.public_key)


def fingerprint(public_key: bytes) -> str:
    """The key's RFC 7638 thumbprint, SHA-256, in base64url: 43 characters."""
    import hashlib  # here, since it loads OpenSSL, and all that help needs is the roles

    thumb = {"crv": "Ed25519", "kty": "OKP", "x": public_key_text(public_key)}
    digest = hashlib.sha256(json.dumps(thumb, separators=(",", ":")).encode()).digest()
    return base64url.encode(digest)


def public_key_text(public_key: bytes) -> str:
    """The public key as people copy it: base64url without padding, 43 characters."""
    return base64url.encode(public_key)


def public_key_from_text(text: str) -> bytes:
    """The reverse of :func:`public_key_text`. Raises :class:`UsageError`."""
    try:
        return base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except ValueError as error:
        raise UsageError(
            _(
                "{text!r} is no public key: it is 43 letters, digits, - and _, as keys make shows"
            ).format(text=text[:60])
        ) from error
