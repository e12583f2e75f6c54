"""What can be asked of the door about who may ask: invitations, and keys that are good no more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal, TypeAlias

from facedoor.strict import StrictError, more, printable_text
from facedoor.times import utc_text
from facedoor.wire.roles import KEY_BYTES, Role, public_key_from_text, public_key_text

KEY_NAME_CHARACTERS = 64

_FINGERPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)


def _public_key(text: str) -> bytes:
    key = public_key_from_text(text)
    if len(key) != KEY_BYTES or public_key_text(key) != text:
        raise StrictError("has to be an Ed25519 public key: 32 bytes in base64url, 43 characters")
    return key


def is_fingerprint(text: str) -> bool:
    """Whether ``text`` could be the fingerprint of a key."""
    return _FINGERPRINT.fullmatch(text) is not None


def _fingerprint(text: str) -> str:
    if not is_fingerprint(text):
        raise StrictError("has to be the fingerprint of a key, 43 characters")
    return text


def _moment_s(text: str) -> float:
    """Seconds since 1970 of a time that says its zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise StrictError("has to be RFC 3339 with a zone, as 2026-11-24T09:30:00Z")
    # Compared as they are said: at the ends of the calendar no other zone has them.
    if not 1970 < moment.year < _LATEST.year:
        raise StrictError("has to be a time of this age")
    return moment.timestamp()


def _moment_text(moment_s: float) -> str:
    return utc_text(datetime.fromtimestamp(moment_s, UTC))


_PUBLIC_KEY = more(said=(str, _public_key), told=public_key_text)


@dataclass(frozen=True, slots=True)
class Invite:
    """Let whoever has the private half of ``key`` join once, before ``expires_s`` (seconds since
    1970), with a key of their own that is called ``name``.

    Nobody is made an admin from afar: whoever steals an admin's key for a minute would have as many
    as they like, and revoking would end nothing.
    """

    cmd: ClassVar[str] = "invite"
    key: bytes = field(metadata=_PUBLIC_KEY)
    role: Role = field(metadata=more(said=(Literal["viewer", "enroller", "operator"], Role)))
    name: str = field(metadata=more(allowed=(1, KEY_NAME_CHARACTERS), said=(str, printable_text)))
    expires_s: float = field(metadata=more("expires", said=(str, _moment_s), told=_moment_text))


@dataclass(frozen=True, slots=True)
class Join:
    """Obey ``key`` from now on: the one thing that the key of an invitation can ask, once."""

    cmd: ClassVar[str] = "join"
    key: bytes = field(metadata=_PUBLIC_KEY)


@dataclass(frozen=True, slots=True)
class Revoke:
    """Obey the key, or take back the open invitation, of that fingerprint no more."""

    cmd: ClassVar[str] = "revoke"
    key: str = field(metadata=more(said=(str, _fingerprint)))


KeyChange: TypeAlias = Invite | Join | Revoke
