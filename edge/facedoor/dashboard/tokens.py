"""Signed commands on their way through: what can be read of one without believing any of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from facedoor.dashboard.bounds import read_object
from facedoor.errors import UsageError
from facedoor.wire import base64url
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.roles import CommandKey, Role, fingerprint
from facedoor.wire.signing import MAX_MESSAGE_BYTES, key_id, verify

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Token:
    """A command as its sender wrote it: ``id`` is its ``jti``, ``key`` the fingerprint in its
    header. The door decides what it is worth."""

    text: bytes
    id: str
    key: str
    cmd: str

    @property
    def sha256(self) -> str:
        """By which a door answers to a key that it does not know."""
        return hashlib.sha256(self.text).hexdigest()


def read_token(text: object) -> Token:
    """Raises :class:`UsageError` for what is no command, or too large for one."""
    if not isinstance(text, str) or not text.isascii() or len(text) > MAX_MESSAGE_BYTES:
        raise UsageError("token has to be a signed command, of 1 MiB at most: see docs/commands.md")
    token = text.encode()
    try:
        key = key_id(token)
        _, claims, _ = token.split(b".")
        said = read_object(base64url.decode(claims))
    except (RefusedError, ValueError) as error:
        raise UsageError(f"token is no signed command ({error}): see docs/commands.md") from error
    command_id, cmd = said.get("jti"), said.get("cmd")
    if not isinstance(command_id, str) or not _ID.fullmatch(command_id):
        raise UsageError("token has no jti of 16 to 64 letters a to z, digits, - and _")
    return Token(token, command_id, key, cmd if isinstance(cmd, str) else "")


def require_signed(token: Token, public_key: bytes, cmd: str) -> None:
    """Raises :class:`UsageError` unless the command is ``cmd``, and signed by that key."""
    mine = fingerprint(public_key)
    known = CommandKey(mine, "", Role.VIEWER, public_key, "")
    try:
        verify(Received("", token.text, False), lambda kid: known if kid == mine else None)
    except RefusedError as error:
        raise UsageError(f"a ping is not signed by the key that signs in: {error}") from error
    if token.cmd != cmd:
        raise UsageError(f"a token is no {cmd}, and nothing else is forwarded here")
