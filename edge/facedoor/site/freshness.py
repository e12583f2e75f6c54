"""How old a door's knowledge of its site is.

The door says a token to itself, by way of the broker. When it comes back, everything that the
broker had when the token was sent has come before it. It counts once the frames are compared with
people of at least that revision of the gallery.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Freshness:
    """Fed by the roster's thread and the one that renews the index; read by any."""

    def __init__(self, max_stale_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds that never jump. Nothing is known at the start."""
        self._max_stale_s = max_stale_s
        self._clock = clock
        self._as_of_s: float | None = None
        self._revision = -1
        self._waiting: list[tuple[float, int]] = []
        self._lock = threading.Lock()

    @property
    def as_of_s(self) -> float | None:
        """Whatever the broker had then is known and in use; ``None``: nothing yet."""
        return self._as_of_s

    @property
    def is_fresh(self) -> bool:
        as_of_s = self._as_of_s
        return as_of_s is not None and self._clock() - as_of_s <= self._max_stale_s

    def knows(self, as_of_s: float, revision: int) -> None:
        """Everything up to ``as_of_s`` is in this revision of the gallery."""
        with self._lock:
            self._waiting.append((as_of_s, revision))
            self._settle()

    def compares_with(self, revision: int) -> None:
        """From now on faces are compared with this revision of the gallery, or a newer one."""
        with self._lock:
            self._revision = revision
            self._settle()

    def _settle(self) -> None:
        while self._waiting and self._waiting[0][1] <= self._revision:
            self._as_of_s, _ = self._waiting.pop(0)
