"""Signed commands: how a sender signs one, and how the door verifies it before anything is used.

A command is a JSON Web Token (RFC 7519) in JWS compact form (RFC 7515), signed with Ed25519
(``alg`` EdDSA, RFC 8037). What an unknown sender can make the door read is the header: a few
hundred bytes of JSON. The claims are read when the signature has turned out to be good.
"""

from __future__ import annotations

import json
import re
import string
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from facedoor.clock import DoorTime
from facedoor.errors import UsageError
from facedoor.files import ExposedError, require_private, write_file
from facedoor.languages import _
from facedoor.times import CLOCKS_DIFFER_S
from facedoor.wire import base64url
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import CommandKey, fingerprint

MAX_MESSAGE_BYTES = 1 << 20
MAX_HEADER_BYTES = 512
"""In base64. With the two fields that a header has it takes about 100."""

LONGEST_LIFE_S = 3600.0
"""From ``iat`` to ``exp``: so long the door has to remember a used id."""

_COMMAND_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LATEST_S = 1e11
"""The year 5138; a claim beyond it is no time."""

_HEADER_KEYS = {"alg", "kid", "typ"}
_CLAIMS = {"aud", "iat", "exp", "jti", "cmd", "args"}
_FINGERPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_BASE64URL = (string.ascii_letters + string.digits + "-_").encode()

LIFETIME_S = 30.0
"""How long a command is valid: enough for a slow network, too short for much else."""

_ROOM_BYTES = 4096
"""For header, signature and the other claims."""


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """A command whose signature is good and whose claims are of the right form.

    ``id`` can be part of a topic. ``door`` is the identity, or the name, of the door that it is
    for. Times are seconds since 1970. ``cmd`` and ``args`` are JSON, as the sender wrote them.
    """

    id: str
    key: CommandKey
    door: str
    issued_s: float
    expires_s: float
    cmd: object
    args: object


def verify(received: Received, find_key: Callable[[str], CommandKey | None]) -> SignedCommand:
    """The command in a message. ``find_key`` looks up a fingerprint.

    Raises :class:`RefusedError` for everything else. Whether the command is for this door, at this
    time, from somebody who may, is for :func:`require_current` and the server to say.
    """
    if len(received.payload) > MAX_MESSAGE_BYTES:
        raise RefusedError(Refusal.OVERSIZED)
    if received.retained:
        raise RefusedError(Refusal.RETAINED)
    key = find_key(key_id(received.payload))
    if key is None:
        raise RefusedError(Refusal.UNKNOWN_KEY)
    signed, _, signature = received.payload.rpartition(b".")
    try:
        public_key = Ed25519PublicKey.from_public_bytes(key.public_key)
        public_key.verify(_decoded(signature), signed)
    except InvalidSignature as error:
        raise RefusedError(Refusal.BAD_SIGNATURE) from error
    except ValueError as error:  # a public key that is none
        raise RefusedError(Refusal.MALFORMED) from error
    return _command(key, _decoded(signed.partition(b".")[2]))


def require_current(command: SignedCommand, addresses: frozenset[str], now: DoorTime) -> None:
    """Raise :class:`RefusedError` unless ``command`` is good, for this door and now.

    ``addresses`` is what the door may be called by: its identity, and its name if that is unique.
    """
    if command.key.revoked_at is not None:
        raise RefusedError(Refusal.REVOKED_KEY)
    if command.door not in addresses:
        raise RefusedError(Refusal.OTHER_DOOR)
    if not now.is_proven:
        raise RefusedError(Refusal.CLOCK_NOT_SET)
    if not 0 <= command.expires_s - command.issued_s <= LONGEST_LIFE_S:
        raise RefusedError(Refusal.LIVES_TOO_LONG)
    if command.issued_s > now.now_s + CLOCKS_DIFFER_S:
        raise RefusedError(Refusal.FROM_THE_FUTURE)
    if command.expires_s <= now.now_s:
        raise RefusedError(Refusal.EXPIRED)


def key_id(token: bytes) -> str:
    """The fingerprint in the header, which has nothing in it but what it has to have.

    Whatever else a message is, this takes microseconds. Raises :class:`RefusedError`.
    """
    header, _, rest = token[: MAX_HEADER_BYTES + 1].partition(b".")
    if len(header) > MAX_HEADER_BYTES or not rest or token.count(b".") != 2:
        raise RefusedError(Refusal.MALFORMED)
    try:
        said = json.loads(_decoded(header))
    except (ValueError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED) from error
    is_plain = isinstance(said, dict) and said.keys() <= _HEADER_KEYS and said.get("alg") == "EdDSA"
    kid = said.get("kid") if is_plain else None
    if not isinstance(kid, str) or not _FINGERPRINT.fullmatch(kid):
        raise RefusedError(
            Refusal.MALFORMED,
            "the header has to have alg EdDSA, the key's fingerprint as kid, at most typ, and no "
            "more",
        )
    return kid


def _decoded(part: bytes) -> bytes:
    """A part of a token. Raises :class:`RefusedError` for what is not base64url."""
    if part.translate(None, _BASE64URL):
        raise RefusedError(Refusal.MALFORMED)
    try:
        return base64url.decode(part)
    except ValueError as error:
        raise RefusedError(Refusal.MALFORMED) from error


def _command(key: CommandKey, payload: bytes) -> SignedCommand:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED, "the claims are not JSON") from error
    if not isinstance(claims, dict) or not claims.keys() <= _CLAIMS:
        names = ", ".join(sorted(_CLAIMS))
        raise RefusedError(Refusal.MALFORMED, f"the claims have to be {names}, and no others")
    command_id, door = claims.get("jti"), claims.get("aud")
    if not isinstance(command_id, str) or not _COMMAND_ID.fullmatch(command_id):
        raise RefusedError(
            Refusal.MALFORMED, "jti has to be 16 to 64 letters a to z, digits, - and _"
        )
    if not isinstance(door, str):
        raise RefusedError(Refusal.MALFORMED, "aud has to be the door's identity")
    issued_s, expires_s = _time(claims, "iat"), _time(claims, "exp")
    return SignedCommand(
        command_id, key, door, issued_s, expires_s, claims.get("cmd"), claims.get("args", {})
    )


def _time(claims: dict[str, object], name: str) -> float:
    value = claims.get(name)
    # A comparison that nan, infinity and numbers of a thousand digits fail as well.
    if isinstance(value, bool) or not (isinstance(value, int | float) and 0 <= value <= _LATEST_S):
        raise RefusedError(Refusal.MALFORMED, f"{name} has to be a time in seconds since 1970")
    return float(value)


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


def sign(key: Ed25519PrivateKey, door: str, cmd: str, args: dict[str, object]) -> Signed:
    """Sign a command for the door of that identity, to be carried out now."""
    now_s = time.time()
    command_id = uuid.uuid4().hex
    claims = {
        "aud": door,
        "iat": round(now_s, 3),
        "exp": round(now_s + LIFETIME_S, 3),
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
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def write_private_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write the key to a new file that only its owner can read. Raises :class:`UsageError`."""
    try:
        write_file(path, private_key_text(key).encode(), replaces=False)
    except FileExistsError as error:
        raise UsageError(
            _("{path} exists, and may be a key: choose another name").format(path=path)
        ) from error
    except OSError as error:
        raise UsageError(
            _("cannot write {path} ({strerror}): choose another place").format(
                path=path, strerror=error.strerror
            )
        ) from error


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file that nobody else can read. Raises :class:`UsageError`."""
    try:
        require_private(path)
        data = path.read_bytes()
    except ExposedError as error:
        raise UsageError(
            _("cannot use the key {path}: {strerror}").format(path=path, strerror=error.strerror)
        ) from error
    except OSError as error:
        raise UsageError(
            _("cannot read the key {path} ({strerror}): make one, with facedoor keys make").format(
                path=path, strerror=error.strerror
            )
        ) from error
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(
            _("{path} is no private key in PEM form: copy it again").format(path=path)
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            _("{path} is no Ed25519 key: make one, with facedoor keys make").format(path=path)
        )
    return key
