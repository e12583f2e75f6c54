"""Whole commands, measured from outside.

Imports nothing large: on Linux a child's peak memory starts at what its parent has when it forks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from facedoor.errors import FacedoorError

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """What a command came to. ``first_line_s`` is from its start to the first line it printed."""

    output: str
    first_line_s: float
    seconds: float
    peak_memory_mb: float


def script(name: str) -> str:
    """The command ``name`` of the environment that this Python belongs to."""
    return str(Path(sys.executable).with_name(name))


def run(*command: str | Path) -> Run:
    """Run a command to its end. Raises :class:`FacedoorError`, with its last words, if it fails."""
    begun_s = time.monotonic()
    with _started(command) as (process, output, words):
        first_line = output.readline()
        first_line_s = time.monotonic() - begun_s
        rest = output.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            words.seek(0)
            raise FacedoorError(f"{' '.join(map(str, command))} failed:\n{words.read()[-2000:]}")
    # Linux counts in kilobytes.
    return Run(first_line + rest, first_line_s, time.monotonic() - begun_s, usage.ru_maxrss / 1024)


def cpu_share(*command: str | Path, after_s: float, during_s: float) -> float:
    """The processor time that a command takes while it runs on, as a share of one processor.

    Measured from ``after_s`` after its start, for ``during_s``; then it is ended with SIGTERM.
    """
    with _started(command) as (process, _, _):
        time.sleep(after_s)
        begun_s, before_s = time.monotonic(), _cpu_s(process.pid)
        time.sleep(during_s)
        share = (_cpu_s(process.pid) - before_s) / (time.monotonic() - begun_s)
        process.send_signal(signal.SIGTERM)
    return share


@contextmanager
def _started(
    command: Sequence[str | Path],
) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    """A running command, what it prints, and a file with its errors; killed if we fail first."""
    with (
        tempfile.TemporaryFile("w+") as words,
        # The commands are written in this package, and no shell reads them.
        subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=words, text=True
        ) as process,
    ):
        try:
            yield process, cast("IO[str]", process.stdout), words
        except BaseException:
            process.kill()
            raise


def _cpu_s(pid: int) -> float:
    """User and system time of a running process, in seconds: fields 14 and 15 of its stat."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError as error:
        raise FacedoorError(f"the command ended before it was measured: {error}") from error
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS_PER_S
