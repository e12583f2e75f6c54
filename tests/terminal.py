"""A terminal with a program in it, for tests: reads what it shows, types into it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType

from door_kit import DEADLINE_S


class TerminalSession:
    """Runs `facedoor` in a pseudo-terminal; use it as a context."""

    def __init__(self, *arguments: object, environment: Mapping[str, str] | None = None) -> None:
        self.shown = ""
        self._looked_up_to = 0
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "facedoor.cli.main", *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        os.close(slave)

    def wait_for(self, text: str) -> None:
        """Return once ``text`` was shown, after what was waited for before."""
        end_s = time.monotonic() + DEADLINE_S
        while (found := self.shown.find(text, self._looked_up_to)) < 0:
            ready, _, _ = select.select([self._master], [], [], max(0.0, end_s - time.monotonic()))
            assert ready, f"waited in vain for {text!r}: {self.shown[-2000:]}"
            assert self._read(), f"it ended without {text!r}: {self.shown[-2000:]}"
        self._looked_up_to = found + len(text)

    def type(self, line: str = "") -> None:
        """Type a line and press Enter."""
        os.write(self._master, f"{line}\n".encode())

    def answer(self, question: str, line: str = "") -> None:
        self.wait_for(question)
        self.type(line)

    def end(self) -> int:
        """Read all that is still shown, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(DEADLINE_S)

    def _read(self) -> bool:
        try:
            data = os.read(self._master, 65536)
        except OSError:  # as Linux tells the end of a terminal
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def __enter__(self) -> TerminalSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)
