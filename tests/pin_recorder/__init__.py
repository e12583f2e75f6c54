"""What the pins of a door in processes of its own were and became, also after SIGKILL."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Change:
    """What a process did to a pin. ``what`` is ``output``, ``input``, ``high`` or ``low``."""

    time_s: float
    """On the machine's steady clock, which ``time.monotonic()`` reads too."""
    process: int
    pin: int
    what: str


class PinRecord:
    """The record of all pins of the processes that get :attr:`environment`.

    As on a Pi, an output keeps its level when its process is killed; one that was made an input,
    as gpiozero does with each pin when a process ends in good order, floats.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "pins.txt"
        self.environment = {
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(FOLDER), os.environ.get("PYTHONPATH")))
            ),
            "GPIOZERO_PIN_FACTORY": "mock",
            "GPIOZERO_MOCK_PIN_CLASS": "recording",
            "PIN_RECORD": str(self._file),
        }

    @property
    def changes(self) -> list[Change]:
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        return [
            Change(int(time_ns) / 1e9, int(process), int(pin), what)
            for time_ns, process, pin, what in map(str.split, lines)
        ]

    def of(self, pin: int) -> list[str]:
        """What ``pin`` was and became; what it was set to again is told once."""
        told = [change.what for change in self.changes if change.pin == pin]
        return [what for what, _ in itertools.groupby(told)]

    def level(self, pin: int) -> str:
        """What ``pin`` is now: ``high``, ``low``, or ``input`` when nobody drives it."""
        return (self.of(pin) or ["input"])[-1]
