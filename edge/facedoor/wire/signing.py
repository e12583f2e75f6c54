"""The sender's side of a command: a private key in a file, and what it signs."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedoor.errors import UsageError
from facedoor.files import ExposedError, require_private, write_file
from facedoor.wire.roles import fingerprint
from facedoor.wire.signature import MAX_MESSAGE_BYTES

LIFETIME_S = 30.0
"""How long a command is valid: enough for a slow network, too short for much else."""


_ROOM_BYTES = 4096
"""For header, signature and the other claims."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A message for ``.../command``; its result comes on ``.../result/<id>``."""

    id: str
    message: bytes


def picture_bytes(count: int) -> int:
    """How large each of ``count`` pictures may be for one command to have room for them.

    They are in base64, in claims that are in base64 again: 16 bytes for 9.
    """
    return (MAX_MESSAGE_BYTES - _ROOM_BYTES) * 9 // 16 // count


def sign(
    key: Ed25519PrivateKey,
    door: str,
    cmd: str,
    args: dict[str, object],
    lifetime_s: float = LIFETIME_S,
) -> Signed:
    """Sign a command for ``door``, to be carried out now."""
    now_s = time.time()
    command_id = uuid.uuid4().hex
    claims = {
        "aud": door,
        "iat": round(now_s, 3),
        "exp": round(now_s + lifetime_s, 3),
        "jti": command_id,
        "cmd": cmd,
        "args": args,
    }
    kid = fingerprint(key.public_key().public_bytes_raw())
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid})
    return Signed(command_id, token.encode())


def private_key_text(key: Ed25519PrivateKey) -> str:
    """The private key in PEM form (PKCS 8, RFC 8410), not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def write_private_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write the key to a new file that only its owner can read. Raises :class:`UsageError`."""
    try:
        write_file(path, private_key_text(key).encode(), replaces=False)
    except FileExistsError as error:
        raise UsageError(f"{path} exists, and may be a key: choose another name") from error
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): choose another place") from error


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file that nobody else can read. Raises :class:`UsageError`."""
    try:
        require_private(path)
        data = path.read_bytes()
    except ExposedError as error:
        raise UsageError(f"cannot use the key {path}: {error.strerror}") from error
    except OSError as error:
        raise UsageError(
            f"cannot read the key {path} ({error.strerror}): make one, with facedoor keys make"
        ) from error
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} is no private key in PEM form: copy it again") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is no Ed25519 key: make one, with facedoor keys make")
    return key
