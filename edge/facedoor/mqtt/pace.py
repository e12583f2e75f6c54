"""How long to wait before the next connection to the broker."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

PAUSE_S = (1.0, 30.0)
"""Shortest and longest pause before the next connection; each one doubles it, until the broker lets
the door in."""

TAKEN_S = (30.0, 300.0)
"""The same where another door has the name, until a connection has lasted for :data:`STEADY_S`,
which is longer than two that have one name let each other."""

STEADY_S = 900.0


class Pace:
    """Is told of each connection of one door."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds, steadily."""
        self._clock = clock
        self._began_s = math.inf
        self._pause_s = 0.0
        self._taken_s = 0.0

    def began(self) -> None:
        """The broker lets the door in."""
        self._began_s = self._clock()
        self._pause_s = 0.0

    @property
    def is_steady(self) -> bool:
        """True if the connection lasts longer than one of two doors that have one name."""
        return self._clock() - self._began_s >= STEADY_S

    def ended(self, *, taken: bool) -> float:
        """The connection, or the attempt, is over; ``taken``: by another door of that name.

        Returns how many seconds to wait.
        """
        if self.is_steady:
            self._taken_s = 0.0
        self._began_s = math.inf
        if taken:
            self._taken_s = min(max(2 * self._taken_s, TAKEN_S[0]), TAKEN_S[1])
            return self._taken_s
        self._pause_s = min(max(2 * self._pause_s, PAUSE_S[0]), PAUSE_S[1])
        return self._pause_s
