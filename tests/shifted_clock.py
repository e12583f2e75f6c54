"""``facedoor`` in a process whose wall clock a test sets while it runs, and what vouches for it.

The rest is the real program. What this machine says of its clock does not count.
"""

from __future__ import annotations

import datetime
import sys
import time
from pathlib import Path


class ShiftedClock:
    """The wall clock of the processes that are started as :attr:`program`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wall_clock.txt"
        self.program = (str(Path(__file__)), str(self._file))
        self.is_set(0)

    def is_set(self, ahead_s: float, *, by_time_server: bool = False) -> None:
        """It is so far ahead of the true time from now on, or behind it."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{ahead_s} {by_time_server:d}")
        draft.replace(self._file)


def main(file: Path) -> None:
    def said() -> tuple[float, bool]:
        ahead_s, is_synchronised = file.read_text().split()
        return float(ahead_s), is_synchronised == "1"

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Shifted:
            return super().now(tz) + datetime.timedelta(seconds=said()[0])

    true_s = time.time
    time.time = lambda: true_s() + said()[0]
    datetime.datetime = Shifted  # before anybody imports it

    from facedoor import clock

    this_machine = clock.this_machine
    clock.this_machine = lambda root=None: this_machine(file.parent / "machine")
    clock.is_kernel_synchronised = lambda: said()[1]

    from facedoor.cli.main import program

    program()


if __name__ == "__main__":
    path = Path(sys.argv.pop(1))
    main(path)
