"""Signed commands for tests, good ones and those that any library would refuse to make."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import accidents
from facedoor.wire.messages import Received
from facedoor.wire.roles import CommandKey, Role, fingerprint

NOW_S = 1_800_000_000.0
COMMAND_ID = "0123456789abcdef"
TOPIC = "facedoor/front/command"


HOSTILE = (
    b"\xff" * 9,
    b"." * 5,
    b"[" * 3000,
    b'{"a":' * 3000,
    b"1e999",
    b"NaN",
    b"9" * 5000,
    b"\\ud800",
    b"\x7f\xff\xff\xff",
    b"",
)


def private_key(number: int = 1) -> Ed25519PrivateKey:
    """A key that is the same in each run."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def known(key: Ed25519PrivateKey, role: Role = Role.ADMIN, revoked: bool = False) -> CommandKey:
    """What the door knows about a key."""
    time = "2026-11-24T09:30:00.000Z"
    number = fingerprint(public(key))
    return CommandKey(number, "phone", role, public(key), time, time if revoked else None)


def claims(**changes: object) -> dict[str, object]:
    """Those of a ping; ``None`` leaves one out."""
    good = {
        "aud": "front",
        "iat": NOW_S,
        "exp": NOW_S + 30,
        "jti": COMMAND_ID,
        "cmd": "ping",
        "args": {},
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(
    content: object, key: Ed25519PrivateKey | None = None, header: dict[str, Any] | None = None
) -> bytes:
    """``content``, JSON or bytes, signed in compact form by hand, under any header."""
    key = key or private_key()
    if header is None:
        header = {"alg": "EdDSA", "kid": fingerprint(public(key))}
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    signed = part(json.dumps(header).encode()) + b"." + part(payload)
    return signed + b"." + part(key.sign(signed))


def part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def received(payload: bytes, retained: bool = False) -> Received:
    return Received(TOPIC, payload, retained)


def damaged(whole: bytes, chance: random.Random) -> bytes:
    return accidents.damaged(whole, chance, HOSTILE)
