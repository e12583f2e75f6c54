"""Shows a waiting person which step runs, the time it took so far and the time left."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from facedoor.cli.tables import NARROWEST, columns, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

_WIDEST_BAR, _SHORTEST_BAR = 24, 8
_USUAL_COLUMNS = 80
_AS_EXPECTED_S = 5.0


class Progress:
    """Runs through named steps, each with an expected duration in seconds.

    The time that this machine took for the steps that are done scales the expectation of the
    others. A step that depends on something else, such as a network, has no expectation (0): its
    time left comes from the share that is done. On a terminal one line is redrawn, never wider than
    that, and ended when the ``with`` block is left; elsewhere each step gets a line of its own when
    it is done.
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._redraws:
            print(file=self._stream)

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._start_s

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[float], None]]:
        """Run one step; the block gets a function to report the share that is done, 0 to 1."""
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

    @property
    def _pace(self) -> float:
        """The time that the steps took so far, over the time expected of them. Of a short step
        alone little follows for a long one, so some seconds that were as expected count along."""
        return (self._taken_s + _AS_EXPECTED_S) / (self._expected_s + _AS_EXPECTED_S)

    def _draw(self, name: str, step_left_s: float) -> None:
        left_s = step_left_s + self._pace * sum(self._to_come_s.values())
        times = f"{self.elapsed_s:.0f} s, about {left_s:.0f} s left"
        if not self._redraws:
            print(f"{times}: {name}", file=self._stream, flush=True)
            return
        total_s = self.elapsed_s + left_s
        share = self.elapsed_s / total_s if total_s else 0.0
        # The last column stays free: some terminals go to the next line when it is written to.
        line = _line(times, name, share, (columns(self._stream) or _USUAL_COLUMNS) - 1)
        print(f"\r\x1b[K{line}", end="", file=self._stream, flush=True)


def _line(times: str, name: str, share: float, width: int) -> str:
    """Bar, times and the step's name in so many columns: the bar gives way first, then the middle
    of the name, then both; times are said whole as long as they alone have room."""
    room = width - len(times) - len(": ")
    bar = min(_WIDEST_BAR, max(_SHORTEST_BAR, room - max(len(name), NARROWEST) - len("[] ")))
    drawn = ""
    if room - bar - len("[] ") >= NARROWEST:
        drawn = f"[{('#' * round(bar * share)).ljust(bar, '.')}] "
    room -= len(drawn)
    return f"{drawn}{times}: {shortened(name, room)}" if room >= NARROWEST else times[:width]
