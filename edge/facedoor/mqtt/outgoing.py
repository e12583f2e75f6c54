"""What waits to be sent besides the journal's events: the newest values, and results."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

VALUE_EXPIRY_S = 60.0
"""After this nobody wants a value that is not retained; the next one is under way by then."""

RESULTS = 256
"""So many results wait at most; then the oldest gives way to the newest."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send. Nobody wants it after ``ends_s``, by the steady clock."""

    topic: str
    payload: bytes
    retain: bool = False
    correlation: bytes | None = None
    ends_s: float | None = None

    def is_wanted(self, now_s: float) -> bool:
        return self.ends_s is None or now_s < self.ends_s


class Values:
    """The newest value of each topic, until it is sent; retained ones again in each new session.

    Values may come from any thread; :meth:`next` and :meth:`was_sent` belong to the sender's.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._retained: dict[str, Outgoing] = {}
        self._unsent: dict[str, Outgoing] = {}
        self._session = 0

    def put(self, topic: str, payload: bytes, retain: bool) -> None:
        ends_s = None if retain else self._clock() + VALUE_EXPIRY_S
        message = Outgoing(topic, payload, retain, ends_s=ends_s)
        with self._lock:
            self._unsent[topic] = message
            if retain:
                self._retained[topic] = message

    def next(self, session: int) -> Outgoing | None:
        """A value that still has to be sent in this session; the same until it :meth:`was_sent`."""
        with self._lock:
            if session != self._session:
                self._session = session
                self._unsent = self._retained | self._unsent
            now_s = self._clock()
            return next((m for m in self._unsent.values() if m.is_wanted(now_s)), None)

    def was_sent(self, message: Outgoing) -> None:
        """Unless a newer value has come meanwhile: that one still waits."""
        with self._lock:
            if self._unsent.get(message.topic) is message:
                del self._unsent[message.topic]


class Results:
    """What is sent once, in order, such as results of commands: at most :data:`RESULTS` of them,
    each until it expires."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[Outgoing] = deque(maxlen=RESULTS)

    def put(
        self,
        topic: str,
        payload: bytes,
        correlation: bytes | None,
        expiry_s: float | None,
        retain: bool = False,
    ) -> None:
        ends_s = None if expiry_s is None else self._clock() + expiry_s
        self._waiting.append(Outgoing(topic, payload, retain, correlation, ends_s))

    def take(self) -> Outgoing | None:
        """The oldest that is still wanted; it does not wait here any longer."""
        while self._waiting:
            message = self._waiting.popleft()
            if message.is_wanted(self._clock()):
                return message
        return None
