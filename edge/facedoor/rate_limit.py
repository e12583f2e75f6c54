"""How often something may happen: a bucket of tokens that fills up again."""

from __future__ import annotations

from collections.abc import Callable


class RateLimit:
    """Allows ``burst`` at once, and ``each_s`` seconds later one more, and so on."""

    def __init__(self, burst: int, each_s: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._each_s = each_s
        self._clock = clock
        self._tokens = float(burst)
        self._filled_s = clock()

    @property
    def has_room(self) -> bool:
        """True if the limit is not reached; nothing is counted."""
        now_s = self._clock()
        gained = max(0.0, now_s - self._filled_s) / self._each_s
        self._tokens = min(self._burst, self._tokens + gained)
        self._filled_s = now_s
        return self._tokens >= 1

    def allows(self) -> bool:
        """True if the limit is not reached; what is allowed is counted."""
        if not self.has_room:
            return False
        self._tokens -= 1
        return True
