"""Refused commands in the journal: each kind of refusal at once, then no more than one a minute.

A flood must not fill the disk, nor bury what matters, so what comes in between is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from facedoor.times import utc_now
from facedoor.wire.events import CommandsRefused
from facedoor.wire.refusals import Refusal

WINDOW_S = 60.0

Kind: TypeAlias = tuple[Refusal, str | None]
"""A reason, and the name of the key whose signature was good, if one was."""


@dataclass(slots=True)
class _Window:
    ends_s: float
    uncounted: int = 0


class RefusalLog:
    """Counts refusals and writes them down. Belongs to one thread."""

    def __init__(
        self, append: Callable[[CommandsRefused], object], clock: Callable[[], float]
    ) -> None:
        """``append`` writes to the journal and may raise; ``clock`` does not jump."""
        self._append = append
        self._clock = clock
        self._windows: dict[Kind, _Window] = {}

    def note(self, reason: Refusal, key: str | None = None, count: int = 1) -> None:
        """So many commands were refused."""
        if window := self._windows.get((reason, key)):
            window.uncounted += count
        else:
            self._write((reason, key), count)

    def write(self, everything: bool = False) -> None:
        """Write down what was counted in windows that are over, or in all of them."""
        for kind, window in list(self._windows.items()):
            if not everything and self._clock() < window.ends_s:
                continue
            if window.uncounted:
                self._write(kind, window.uncounted)
            else:
                del self._windows[kind]

    def _write(self, kind: Kind, count: int) -> None:
        reason, key = kind
        self._append(CommandsRefused(utc_now(), reason.value, key, count))
        self._windows[kind] = _Window(self._clock() + WINDOW_S)
