"""When a door may begin to speak under its name in a new connection to the broker.

A broker throws a client out when another one comes with the same id, and does not always say why.
So a door that comes back looks whose status the broker has. After its own it goes on; after that of
another service it is silent for a while: if the other lives, it takes the place back at once.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable

SPOKEN = 4096
"""So many of its own newest statuses the door can tell from those of another, and as many last
wills: a broker that was killed comes back with what it had written down before."""

STATUS_S = 0.5
"""How long what the broker retains as the door's status may take to come in a new connection."""

PROBATION_S = 5.0
"""How long a door is silent that has found another one of its name: if that one lives, it is back
by then."""


class Claim:
    """To the door's name. Told of by the network's thread and by the sender's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds, steadily."""
        self._clock = clock
        self._spoken: deque[bytes] = deque(maxlen=SPOKEN)
        self._last_wills: deque[bytes] = deque(maxlen=SPOKEN)
        self._has_spoken = False
        self._begin_s = math.inf
        self.is_contested = False
        """Whether another has spoken under the name before this connection began."""

    def connects(self, last_will: bytes) -> None:
        """A connection is tried; the broker says the last will when it is lost."""
        self._last_wills.append(_digest(last_will))
        self.ended()
        self.is_contested = False

    def says(self, status: bytes) -> None:
        """The door is about to say its status."""
        self._spoken.append(_digest(status))

    def has_said(self) -> None:
        """The broker has acknowledged a status."""
        self._has_spoken = True

    def is_in(self) -> None:
        """The broker lets the door in: from :meth:`may_begin` on it may speak."""
        wait_s = STATUS_S if self._has_spoken else 0.0
        self._begin_s = min(self._begin_s, self._clock() + wait_s)

    def may_begin(self) -> bool:
        """True once in each connection: from now on the door speaks."""
        if self._clock() < self._begin_s:
            return False
        self._begin_s = math.inf
        return True

    def hears(self, status: bytes) -> bool:
        """What the broker has as the door's status, before the door speaks. True if another has
        said it."""
        if self.is_contested or not status:
            return False
        digest = _digest(status)
        if not self._has_spoken or digest in self._spoken or digest in self._last_wills:
            self._begin_s = -math.inf
            return False
        self.is_contested = True
        self._begin_s = self._clock() + PROBATION_S
        return True

    def ended(self) -> None:
        """The connection is over."""
        self._begin_s = math.inf


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest()
