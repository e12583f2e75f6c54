"""How a device signs in: its own signature, and what the doors say to its pings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from facedoor.dashboard.commands import Commands
from facedoor.dashboard.sessions import Session, Sessions
from facedoor.dashboard.tokens import Token, read_token, require_signed
from facedoor.errors import BusError, UsageError
from facedoor.rate_limit import RateLimit
from facedoor.wire import base64url
from facedoor.wire.roles import KEY_BYTES, fingerprint, public_key_from_text

PATIENCE_S = 4.0
"""How long a door may take to answer."""

MOST_PINGS = 500
PINGS_AT_ONCE, PING_EACH_S = 1_000, 0.05
"""Of all who sign in: nobody can use this server to flood the doors."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``session`` is ``None`` if no door knows the key; ``doors`` is what each said."""

    session: Session | None
    doors: dict[str, dict[str, Any]]


class SigningIn:
    """Belongs to one event loop."""

    def __init__(
        self, sessions: Sessions, commands: Commands, is_online: Callable[[str], bool | None]
    ) -> None:
        """``is_online`` says of a door whether it is there, ``None``: it is not known."""
        self._sessions = sessions
        self._commands = commands
        self._is_online = is_online
        self._pings = RateLimit(PINGS_AT_ONCE, PING_EACH_S, time.monotonic)

    async def sign_in(self, said: Mapping[str, Any], origin: str, old: str | None) -> SignedIn:
        """Sign in a browser at ``origin``; ``old`` is the word of the session that it has.

        Raises :class:`UsageError` for what is no sign-in, or not of who it says it is.
        """
        public_key = _public_key(said.get("public_key"))
        key = fingerprint(public_key)
        pings = _pings(said.get("pings"))
        self._sessions.require_device(
            origin, public_key, str(said.get("nonce")), _bytes(said.get("signature"))
        )
        for ping in pings.values():
            require_signed(ping, public_key, "ping")
        asked = [self._ask(key, door, ping) for door, ping in pings.items()]
        doors = dict(await asyncio.gather(*asked))
        yes = {door for door, answer in doors.items() if answer["outcome"] == "done"}
        offline = {door for door, answer in doors.items() if answer["reason"] == "offline"}
        return SignedIn(self._sessions.begin(key, yes, offline, old), doors)

    async def _ask(self, key: str, door: str, ping: Token) -> tuple[str, dict[str, Any]]:
        answer: dict[str, Any] = {"role": None, "key_name": None, "outcome": None, "reason": None}
        is_online = self._is_online(door)
        if is_online is None:
            return door, {**answer, "reason": "unknown_door"}
        if not is_online:
            return door, {**answer, "reason": "offline"}
        if not self._pings.allows():
            return door, {**answer, "reason": "rate_limited"}
        try:
            heard = await self._commands.ask(door, ping, PATIENCE_S)
        except BusError:
            return door, {**answer, "reason": "broker_away"}
        if heard is None:
            return door, {**answer, "reason": "no_answer"}
        known = self._sessions.note(key, door, heard.said)
        said = {name: heard.said.get(name) for name in ("outcome", "reason")}
        if not known and said["outcome"] == "done":
            # A door of a version that does not say whose ping it was.
            return door, {**answer, "reason": "older_door"}
        role = {name: heard.said.get(name) for name in ("role", "key_name")} if known else {}
        return door, {**answer, **said, **role}


def _public_key(text: object) -> bytes:
    key = public_key_from_text(text) if isinstance(text, str) and len(text) < 60 else b""
    if len(key) != KEY_BYTES:
        raise UsageError("public_key has to be an Ed25519 key: 43 letters, digits, - and _")
    return key


def _bytes(text: object) -> bytes:
    try:
        return base64url.decode(str(text))
    except ValueError as error:
        raise UsageError("signature has to be base64url") from error


def _pings(said: object) -> dict[str, Token]:
    if not isinstance(said, list) or len(said) > MOST_PINGS:
        raise UsageError(f"pings has to be a list of {MOST_PINGS} at most")
    pings: dict[str, Token] = {}
    for one in said:
        if not isinstance(one, dict) or not isinstance(one.get("door"), str):
            raise UsageError("each of the pings has to have a door and a token")
        pings[one["door"]] = read_token(one.get("token"))
    return pings
