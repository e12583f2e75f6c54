"""Tells a waiting person which step runs, how long it has been, and how long it may still take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

_BAR_WIDTH = 24


class Progress:
    """Runs through named steps, of which each has an expected duration in seconds.

    What this machine really took for the steps that are done scales the expectation of those that
    are not. A step that depends on something else, such as a network, has no expectation (0): its
    time left comes from the share of it that is done. On a terminal one line is redrawn; elsewhere
    each step gets a line of its own when it is done.
    """

    def __init__(
        self,
        expected_s: Mapping[str, float],
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._to_come_s = dict(expected_s)
        self._expected_s = self._taken_s = 0.0
        self._stream = stream
        self._clock = clock
        self._start_s = clock()
        self._redraws = stream.isatty()

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._start_s

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[float], None]]:
        """Run one step; the block may report the share of it that is done, 0 to 1."""
        expected_s = self._to_come_s.pop(name)
        start_s = self.elapsed_s

        def report(share: float) -> None:
            if self._redraws:
                taken_s = self.elapsed_s - start_s
                left_s = expected_s * self._pace
                self._draw(name, taken_s * (1 - share) / share if share > 0 else left_s)

        report(0.0)
        yield report
        if expected_s:
            self._expected_s += expected_s
            self._taken_s += self.elapsed_s - start_s
        self._draw(name, 0.0)

    def close(self) -> None:
        """End the line on a terminal, so that what is printed next starts on one of its own."""
        if self._redraws:
            print(file=self._stream)

    @property
    def _pace(self) -> float:
        """How many times the expected durations this machine takes."""
        return self._taken_s / self._expected_s if self._expected_s else 1.0

    def _draw(self, name: str, step_left_s: float) -> None:
        left_s = step_left_s + self._pace * sum(self._to_come_s.values())
        times = f"{self.elapsed_s:.0f} s, about {left_s:.0f} s left"
        if not self._redraws:
            print(f"{times}: {name}", file=self._stream, flush=True)
            return
        total_s = self.elapsed_s + left_s
        done = round(_BAR_WIDTH * self.elapsed_s / total_s) if total_s else 0
        bar = ("#" * done).ljust(_BAR_WIDTH, ".")
        print(f"\r\x1b[K[{bar}] {times}: {name}", end="", file=self._stream, flush=True)
