"""A wall clock that jumps, for a process that is started with it."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("jumping_clock.c")


class JumpingClock:
    """The wall clock of the processes that get :attr:`environment`. Their steady clock is true."""

    def __init__(self, folder: Path) -> None:
        library = folder / "jumping_clock.so"
        self._offset = folder / "clock_offset"
        self._offset.write_bytes(_packed(0))
        compiler = shutil.which("cc")
        assert compiler is not None
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(self._offset)}

    def jump(self, offset_s: int) -> None:
        """Be so far ahead of the true time from now on, or behind it."""
        with self._offset.open("r+b") as file:
            file.write(_packed(offset_s))


def why_no_clock() -> str | None:
    """Why there can be no such clock here, if so."""
    return None if shutil.which("cc") else "there is no C compiler for the clock that jumps"


def _packed(offset_s: int) -> bytes:
    return struct.pack("l", offset_s)
