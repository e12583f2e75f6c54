"""Which messages wait for the command server: what nobody signed takes no room from what is signed.

The signature is verified here, in the network's thread, as soon as a message comes, and only then
it is counted: a command against its own key, and everything that no key has signed, together,
against one small share. So whoever can only send to the broker, and knows the fingerprint of a key,
keeps nobody out: a bad signature costs 0.1 ms, and 2 ms where there is a megabyte of it.

Beyond :data:`FAILED_EACH_S` bad signatures in the name of one key that key's messages are let go
unverified until there is room again, good and bad ones alike; other keys' are not. Beyond what one
core verifies the network's thread falls behind, and the broker drops what it cannot deliver.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from facedoor.clock import DoorClock
from facedoor.commands.order import Order
from facedoor.rate_limit import RateLimit
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import CommandKey
from facedoor.wire.signing import SignedCommand, key_id, require_current, verify

COMMANDS_AT_ONCE, COMMAND_EACH_S = 20, 1.0
"""Of each key."""

REFUSALS_AT_ONCE, REFUSAL_EACH_S = 40, 0.1
"""Of each key: signed commands that are too many, too late, or come again, and are told so."""

FAILED_AT_ONCE, FAILED_EACH_S = 1000, 0.001
"""In the name of each key: signatures that turn out to be bad."""

STRANGERS_AT_ONCE, STRANGER_EACH_S = 20, 0.2
"""Of all that no key has signed, together: they are looked at again, and answered. Among them are
people: whose key was revoked, who come with an old invitation or to another door's page."""

PLAIN_AT_ONCE, PLAIN_EACH_S = 40, 0.1
"""Of all requests in plain words, from where the configuration allows them."""

WAITING_BYTES = 2 << 20
"""So much may wait of each share."""

SEEN_LIMIT = 1000
"""So many ids of each key are known again before they are looked up."""


class _Share:
    """What may come, and wait, of one kind from one sender."""

    def __init__(self, at_once: int, each_s: float, steady: Callable[[], float]) -> None:
        self._limit = RateLimit(at_once, each_s, steady)
        self._at_once = at_once
        self._waiting = 0
        self._waiting_bytes = 0

    def admits(self, size_bytes: int) -> bool:
        """True if there is room for it; then it waits, until :meth:`leaves`."""
        has_room = (
            self._waiting < self._at_once and self._waiting_bytes + size_bytes <= WAITING_BYTES
        )
        if not has_room or not self._limit.allows():
            return False
        self._waiting += 1
        self._waiting_bytes += size_bytes
        return True

    def leaves(self, size_bytes: int) -> None:
        self._waiting -= 1
        self._waiting_bytes -= size_bytes


class _Sender:
    """The shares of one key."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self.commands = _Share(COMMANDS_AT_ONCE, COMMAND_EACH_S, steady)
        self.refusals = _Share(REFUSALS_AT_ONCE, REFUSAL_EACH_S, steady)
        self.failed = RateLimit(FAILED_AT_ONCE, FAILED_EACH_S, steady)
        self._seen: dict[str, None] = {}

    def has_seen(self, command_id: str) -> bool:
        return command_id in self._seen

    def sees(self, command_id: str) -> None:
        self._seen[command_id] = None
        if len(self._seen) > SEEN_LIMIT:
            del self._seen[next(iter(self._seen))]


@dataclass(frozen=True, slots=True)
class Verified:
    """A command that was verified with a key that was good a second ago; of the message it came in
    only where the answer goes. One that ``is_too_many`` is to be refused for that."""

    command: SignedCommand
    received: Received
    is_too_many: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the server, in the share of whoever sent it: a verified command, a message
    that nobody known has signed, or an order in plain words."""

    item: Verified | Received | Order
    share: _Share = field(repr=False)
    size_bytes: int = 0


class Intake:
    """May be used by several threads."""

    def __init__(
        self,
        addresses: Callable[[], frozenset[str]],
        clock: DoorClock,
        steady: Callable[[], float],
    ) -> None:
        """As :class:`facedoor.commands.accept.Acceptance`. No key is known yet."""
        self._addresses = addresses
        self._clock = clock
        self._steady = steady
        self._lock = threading.Lock()
        self._keys: dict[str, CommandKey] = {}
        self._senders: dict[str, _Sender] = {}
        self._strangers = _Share(STRANGERS_AT_ONCE, STRANGER_EACH_S, steady)
        self._plain = _Share(PLAIN_AT_ONCE, PLAIN_EACH_S, steady)
        self._dropped: Counter[tuple[Refusal, str | None]] = Counter()

    def know(self, keys: Iterable[CommandKey]) -> None:
        """These are the keys of the door from now on. Messages of others are strangers', and their
        fate is not decided here: a key may be new."""
        good = {key.fingerprint: key for key in keys if key.revoked_at is None}
        if good == self._keys:
            return
        with self._lock:
            self._keys = good
            self._senders = {
                number: self._senders.get(number) or _Sender(self._steady) for number in good
            }

    def take(self, received: Received) -> Waiting | None:
        """What is to wait of a message; ``None`` for one that was dropped and counted."""
        try:
            command = verify(received, self._find)
        except RefusedError as refused:
            return self._unsigned(received, refused.reason)
        refusal = self._refusal(command)
        with self._lock:
            sender = self._senders.get(command.key.fingerprint)
            if sender is None:  # revoked just now
                return self._dropping(Refusal.REVOKED_KEY, command.key.name)
            if sender.has_seen(command.id):
                refusal = refusal or Refusal.REPLAYED
            return self._signed(sender, command, received, refusal)

    def take_plain(self, order: Order) -> Waiting | None:
        """The same for a request in plain words."""
        with self._lock:
            if self._plain.admits(0):
                return Waiting(order, self._plain)
            return self._dropping(Refusal.RATE_LIMITED, None)

    def drop(self, reason: Refusal) -> None:
        """Count a message that nobody has signed, and that is not looked at."""
        with self._lock:
            self._dropping(reason, None)

    def leaves(self, waiting: Waiting) -> None:
        """It waits no more."""
        with self._lock:
            waiting.share.leaves(waiting.size_bytes)

    def dropped(self) -> Counter[tuple[Refusal, str | None]]:
        """What was dropped since the last time: why, and the name of the key that signed it."""
        with self._lock:
            dropped, self._dropped = self._dropped, Counter()
        return dropped

    def _find(self, number: str) -> CommandKey | None:
        """A key whose messages may be verified now. Raises :class:`RefusedError` for one in whose
        name too many were bad."""
        key = self._keys.get(number)
        with self._lock:
            sender = self._senders.get(number)
            if sender is not None and not sender.failed.has_room:
                raise RefusedError(Refusal.RATE_LIMITED)
        return key

    def _refusal(self, command: SignedCommand) -> Refusal | None:
        """Why a command is nothing new, as far as can be told without the state file."""
        try:
            require_current(command, self._addresses(), self._clock.reading())
        except RefusedError as refused:
            return refused.reason
        return None

    def _signed(
        self, sender: _Sender, command: SignedCommand, received: Received, refusal: Refusal | None
    ) -> Waiting | None:
        size_bytes = len(received.payload)
        bare = replace(received, payload=b"")
        if refusal is not None:  # the state file has the last word on that
            if sender.refusals.admits(size_bytes):
                return Waiting(Verified(command, bare), sender.refusals, size_bytes)
            return self._dropping(refusal, command.key.name)
        if sender.commands.admits(size_bytes):
            sender.sees(command.id)
            return Waiting(Verified(command, bare), sender.commands, size_bytes)
        if sender.refusals.admits(0):
            sender.sees(command.id)
            small = replace(command, args={})
            return Waiting(Verified(small, bare, is_too_many=True), sender.refusals)
        return self._dropping(Refusal.RATE_LIMITED, command.key.name)

    def _unsigned(self, received: Received, reason: Refusal) -> Waiting | None:
        size_bytes = len(received.payload)
        with self._lock:
            if reason is Refusal.BAD_SIGNATURE:
                sender = self._senders.get(key_id(received.payload))
                if sender is not None:
                    sender.failed.allows()
            if reason is not Refusal.OVERSIZED and self._strangers.admits(size_bytes):
                return Waiting(received, self._strangers, size_bytes)
            return self._dropping(reason, None)

    def _dropping(self, reason: Refusal, key: str | None) -> Waiting | None:
        """Count what does not wait."""
        self._dropped[reason, key] += 1
        return None
