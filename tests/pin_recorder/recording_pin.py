"""A simulated pin that writes down whatever happens to it, complete also after SIGKILL.

gpiozero takes it where ``GPIOZERO_MOCK_PIN_CLASS`` is ``recording``; the file beside this one,
``entry_points.txt``, says so to it. Each line of the file ``PIN_RECORD``: the time in nanoseconds
on the machine's steady clock, the process, the BCM number, and what the pin became.
"""

from __future__ import annotations

import os
import time
from typing import Any

from gpiozero.pins.mock import MockPin


class RecordingPin(MockPin):
    """Its record tells ``output`` and ``input``, and of an output each level it is set to."""

    def __init__(self, factory: Any, info: Any) -> None:
        self._file = os.open(
            os.environ["PIN_RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )
        super().__init__(factory, info)

    def _record(self, what: str) -> None:
        line = f"{time.monotonic_ns()} {os.getpid()} {self.info.name.removeprefix('GPIO')} {what}\n"
        os.write(self._file, line.encode())  # one call: a line is there whole or not at all

    def _change_state(self, value: Any) -> Any:
        # Written first: what is not in the record did not happen.
        if self._function == "output":
            self._record("high" if value else "low")
        return super()._change_state(value)

    def _set_function(self, value: str) -> None:
        if value != self._function:
            self._record(value)
        super()._set_function(value)
