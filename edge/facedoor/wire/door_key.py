"""The door's own key: what it says is signed, so nobody on the broker can speak in its place.

A door is known by its *identity*, the thumbprint of its public key (RFC 7638). Every JSON message
of the door has a last key ``signature``, a JSON Web Signature in compact form with a detached
payload (RFC 7515, appendix F): what is signed is the message as it was before that key was put in.
Readers that do not care pass over it. docs/mqtt.md has the same for readers in other languages.
"""

from __future__ import annotations

import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from facedoor.wire import base64url
from facedoor.wire.roles import DoorIdentity, public_key_from_text

MAX_SIGNED_BYTES = (1 << 20) + 512
"""The largest result, and its signature. What is larger is not looked at."""

SIGNATURE_BYTES = 320
"""More than a signature adds to a message."""

MAX_STATUS_BYTES = 1 << 15
"""More than the status of a door with every problem that there is."""

_PUBLIC_KEY = re.compile(rb'"public_key": "([A-Za-z0-9_-]{43})"')
"""In a text of JSON the quotes would have backslashes: what is found is a key of ours."""

_BEFORE, _AFTER = b', "signature": "', b'"}'
_COMPACT = re.compile(rb"([A-Za-z0-9_-]{1,160})\.\.([A-Za-z0-9_-]{86})")


class ForgedError(ValueError):
    """A message is not what the door has said: not signed, not by this door, or changed."""


class DoorKey:
    """Signs what one door says; may be used by several threads."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.identity = DoorIdentity(private.public_key().public_bytes_raw())

    @classmethod
    def new(cls) -> DoorKey:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, private: bytes) -> DoorKey:
        """The reverse of :meth:`to_bytes`. Raises ``ValueError`` for what is not 32 bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(private))

    def to_bytes(self) -> bytes:
        """The private half, 32 bytes (RFC 8032)."""
        return self._private.private_bytes_raw()

    def sign(self, kind: str, message: bytes) -> bytes:
        """The JSON object ``message`` with its signature.

        ``kind`` is the word of its topic, such as ``result``: a message of one kind cannot be
        passed off as one of another.
        """
        header = _header(kind, self.identity)
        signature = _part(self._private.sign(_signed(header, message)))
        compact = header + b".." + signature
        return message[:-1] + _BEFORE + compact + _AFTER


def verified(kind: str, payload: bytes, door: DoorIdentity) -> bytes:
    """The JSON of a message, without its signature, that ``door`` has signed.

    Nothing but what is returned may be believed. Raises :class:`ForgedError`.
    """
    message, header, signature = _taken_apart(payload)
    if header != _header(kind, door):
        raise ForgedError(f"it is no {kind} that the door {door.id} has signed")
    try:
        public_key = Ed25519PublicKey.from_public_bytes(door.public_key)
        public_key.verify(base64url.decode(signature), _signed(header, message))
    except (InvalidSignature, ValueError) as error:
        raise ForgedError(f"its signature is not that of the door {door.id}") from error
    return message


def introduced(payload: bytes) -> DoorIdentity:
    """The door that a status is of: it names a public key, and is signed with its other half.

    That does not make it the door that anybody expects. Raises :class:`ForgedError`.
    """
    if len(payload) > MAX_STATUS_BYTES:
        raise ForgedError("it is too long for a status")
    # Nothing is read as JSON that nobody has signed: anybody can send it, as often as they like.
    found = _PUBLIC_KEY.search(payload)
    if found is None:
        raise ForgedError("it names no public key")
    door = DoorIdentity(public_key_from_text(found[1].decode()))
    verified("status", payload, door)
    return door


def _taken_apart(payload: bytes) -> tuple[bytes, bytes, bytes]:
    """What was signed, and the two parts of the signature."""
    start = payload.rfind(_BEFORE) if len(payload) <= MAX_SIGNED_BYTES else -1
    found = _COMPACT.fullmatch(payload[start + len(_BEFORE) : -len(_AFTER)]) if start > 0 else None
    if found is None or not payload.endswith(_AFTER):
        raise ForgedError("it is not signed")
    return payload[:start] + b"}", found[1], found[2]


def _header(kind: str, door: DoorIdentity) -> bytes:
    """The signature's header, which is the same for all messages of a kind."""
    header = {"alg": "EdDSA", "kid": door.id, "typ": f"facedoor-{kind}"}
    return _part(json.dumps(header, separators=(",", ":")).encode())


def _signed(header: bytes, message: bytes) -> bytes:
    return header + b"." + _part(message)


def _part(data: bytes) -> bytes:
    return base64url.encode(data).encode()
