"""Who is signed in: which device key, known to which doors, until when.

A device signs in with its own key. It signs a word of this server's, so it has the private half
now, and pings, which doors answer: only a door says whether it knows the key, and in which role.
Nothing here lets anybody command a door.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from facedoor.errors import UsageError

SESSION_S = 12 * 3600.0
CHECK_S = 3600.0
"""After this the doors are asked again."""

NONCE_S = 120.0
MOST_SESSIONS = 1_000
MOST_OF_A_KEY = 2
"""A key is of one browser, which has one session; it may have lost the word of the last."""
MOST_STREAMS = 64
"""Of one session: more than anybody has tabs."""
MOST_RESULTS = 32
MOST_RESULTS_BYTES = 4_000_000
RESULT_S = 30.0
"""How long an answer waits for a browser whose stream has broken off."""

GONE = frozenset({"unknown_key", "revoked_key"})
"""With these a door says that a key is none of its keys."""


class Results:
    """Answers that wait for one stream; nothing is kept of those that it has taken."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        """Set whenever there is something for the stream."""
        self.is_over = False
        """The stream has to end, since later ones have taken its place."""
        self._texts: deque[str] = deque()

    def put(self, text: str) -> None:
        """The oldest give way where they are too many, or too long together."""
        self._texts.append(text)
        while len(self._texts) > MOST_RESULTS or sum(map(len, self._texts)) > MOST_RESULTS_BYTES:
            self._texts.popleft()
        self.news.set()

    def discard(self, text: str) -> None:
        with suppress(ValueError):
            self._texts.remove(text)

    def take(self) -> list[str]:
        taken = list(self._texts)
        self._texts.clear()
        return taken


@dataclass(slots=True, eq=False)
class Session:
    """One browser that is signed in.

    ``doors`` are those that know its ``key``, each with what it said last; ``None``: somebody whom
    a proxy vouches for, and who may see all.
    """

    word: str
    key: str | None
    doors: dict[str, Known] | None
    ends_s: float
    checked_s: float
    has_ended: bool = False
    _streams: dict[Results, None] = field(default_factory=dict)
    _waiting: Results = field(default_factory=Results)
    """For a stream that comes back soon."""

    def tell(self, text: str) -> None:
        """A door has answered a command of this session."""
        for stream in self._streams:
            stream.put(text)
        if not self._streams:
            self._waiting.put(text)
            asyncio.get_running_loop().call_later(RESULT_S, self._waiting.discard, text)

    def attach(self) -> Results:
        """Where a new stream gets the answers."""
        while len(self._streams) >= MOST_STREAMS:
            oldest = next(iter(self._streams))
            oldest.is_over = True
            self.detach(oldest)
            oldest.news.set()
        stream = Results()
        for text in self._waiting.take():
            stream.put(text)
        self._streams[stream] = None
        return stream

    def detach(self, stream: Results) -> None:
        self._streams.pop(stream, None)

    def end(self) -> None:
        self.has_ended = True
        for stream in self._streams:
            stream.news.set()


@dataclass(frozen=True, slots=True)
class Known:
    """A door knows a key, as it said at ``at_s``."""

    role: str
    key_name: str
    at_s: float


class Sessions:
    """The browsers that are signed in. Belongs to one event loop."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """``clock`` gives seconds since 1970."""
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._used: OrderedDict[str, float] = OrderedDict()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._known: OrderedDict[str, dict[str, Known]] = OrderedDict()
        self._vouched: OrderedDict[str, str] = OrderedDict()
        """The word of the session of each user of a proxy."""

    def nonce(self) -> str:
        """A word that is good for one sign-in within two minutes; none is kept until it is used."""
        return self._sealed(int(self._clock()).to_bytes(8) + secrets.token_bytes(12))

    def require_device(self, origin: str, public_key: bytes, nonce: str, signature: bytes) -> None:
        """Raise :class:`UsageError` unless who signs in at ``origin`` has the private half of the
        key, now."""
        now_s = self._clock()
        try:
            content = base64.urlsafe_b64decode(nonce)[:20]
            is_ours = hmac.compare_digest(self._sealed(content).encode(), nonce.encode())
        except ValueError:
            is_ours = False
        if not is_ours or not 0 <= now_s - int.from_bytes(content[:8]) <= NONCE_S:
            raise UsageError("the nonce is too old, or none of this server's: ask for a new one")
        for old in [old for old, ends_s in self._used.items() if ends_s <= now_s]:
            del self._used[old]
        if nonce in self._used:
            raise UsageError("the nonce was used: ask for a new one")
        try:
            signed = f"facedoor sign-in\n{origin}\n{nonce}".encode()
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
        except (InvalidSignature, ValueError) as error:
            raise UsageError(f"the signature is not one of that key for {origin}") from error
        self._used[nonce] = now_s + NONCE_S

    def note(self, key: str, door: str, said: Mapping[str, Any]) -> bool:
        """Take a door's last word on a ping of ``key``; False unless it knows the key."""
        known = self._known.setdefault(key, {})
        self._known.move_to_end(key)
        if said.get("outcome") == "done" and said.get("cmd") == "ping" and said.get("key") == key:
            role, name = str(said.get("role")), str(said.get("key_name"))
            known[door] = Known(role[:20], name[:100], self._clock())
            return True
        if said.get("reason") in GONE:
            known.pop(door, None)
            for session in list(self._sessions.values()):
                if session.key == key and session.doors is not None:
                    session.doors.pop(door, None)
                    if not session.doors:
                        self.end(session)
        return False

    def begin(
        self, key: str, said_yes: set[str], offline: set[str], old: str | None
    ) -> Session | None:
        """Sign in a key that at least one door knows; ``None`` if none does.

        One that is ``offline`` counts for what it said within the life of a session: since then it
        told nothing that this device may not have seen already. ``old`` is the word of the session
        that the browser has, which goes on if it is of the same key.
        """
        now_s = self._clock()
        known = {
            door: said
            for door, said in self._known.get(key, {}).items()
            if door in said_yes or (door in offline and said.at_s > now_s - SESSION_S)
        }
        while len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        if not known:
            return None
        session = self._sessions.get(old or "")
        if session is None or session.key != key:
            session = self._new(key)
        session.doors, session.checked_s = known, now_s
        session.ends_s = now_s + SESSION_S
        return session

    def find(self, word: str | None) -> Session | None:
        """The session of that word, unless it has ended or the doors have to be asked again."""
        session = self._sessions.get(word or "")
        if session is None:
            return None
        now_s = self._clock()
        if now_s >= session.ends_s:
            self.end(session)
            return None
        is_due = session.key is not None and now_s >= session.checked_s + CHECK_S
        return None if is_due else session

    def vouched_for(self, user: str) -> Session:
        """The session of somebody whose name a proxy has added: it sees all, and signs nothing.

        Its word is as long and as random as any, and told to nobody: a cookie never leads there.
        """
        session = self._sessions.get(self._vouched.get(user, ""))
        if session is None:
            session = self._new(None)
            self._vouched[user] = session.word
            while len(self._vouched) > MOST_SESSIONS:
                self._vouched.popitem(last=False)
        session.ends_s = self._clock() + SESSION_S
        return session

    def is_good(self, session: Session) -> bool:
        """Whether a stream of the session goes on."""
        return not session.has_ended and self.find(session.word) is session

    def end(self, session: Session) -> None:
        self._sessions.pop(session.word, None)
        session.end()

    def end_all(self) -> None:
        for session in list(self._sessions.values()):
            self.end(session)

    def _new(self, key: str | None) -> Session:
        of_key = [one for one in self._sessions.values() if key and one.key == key]
        for one in of_key[: len(of_key) + 1 - MOST_OF_A_KEY]:
            self.end(one)
        while len(self._sessions) >= MOST_SESSIONS:
            self.end(next(iter(self._sessions.values())))
        now_s = self._clock()
        word = secrets.token_urlsafe(32)
        session = Session(word, key, {} if key else None, now_s + SESSION_S, now_s)
        self._sessions[word] = session
        return session

    def _sealed(self, content: bytes) -> str:
        seal = hmac.digest(self._secret, content, hashlib.sha256)[:16]
        return base64.urlsafe_b64encode(content + seal).decode()
