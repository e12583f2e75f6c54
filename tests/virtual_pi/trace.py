"""What the pins of the machine do, as seen from outside: qemu's trace of its gpio chip."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

_LINE = re.compile(
    r"(?P<time_s>\d+\.\d+):pl061_set_output .* output (?P<pin>\d+) to (?P<high>[01])"
)


@dataclass(frozen=True)
class Level:
    """A pin goes to a level, in seconds of this machine's clock."""

    time_s: float
    pin: int
    high: bool


def parse(line: str) -> Level | None:
    """The level in a line of the trace; ``None`` for any other line."""
    found = _LINE.search(line)
    if found is None:
        return None
    return Level(float(found["time_s"]), int(found["pin"]), found["high"] == "1")


class Levels:
    """The levels of every pin since the machine's start, each change once."""

    def __init__(self) -> None:
        self._changes: list[Level] = []
        self._heard = threading.Condition()

    def hear(self, line: str) -> None:
        """Take note of a line of the trace."""
        level = parse(line)
        if level is None:
            return
        with self._heard:
            before = self.of(level.pin)
            if not before or before[-1].high != level.high:
                self._changes.append(level)
                self._heard.notify_all()

    def of(self, pin: int) -> list[Level]:
        """Each change of a pin, the first known level included."""
        return [level for level in self._changes if level.pin == pin]

    def wait_for(self, pin: int, count: int, within_s: float) -> list[Level]:
        """The changes of a pin, once there are so many; fails when there are not in time."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.of(pin)) >= count, within_s), (
                f"pin {pin} changed {len(self.of(pin))} times instead of {count}"
            )
            return self.of(pin)
