"""The board of the running service, for ``facedoor check``, which is another process.

It lies as ``problems.json`` in the runtime directory that systemd gives to the service. As long as
it counts, the service holds a lock on that directory. The kernel lets go of the lock when the
process ends, however it dies, so the file of a dead service is never believed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from facedoor import strict
from facedoor.errors import FacedoorError
from facedoor.files import write_file
from facedoor.hardware.relay_off import runtime_directory
from facedoor.problems import Board, Problem

FILE = "problems.json"

log = logging.getLogger(__name__)


class ProblemFile:
    """Shows a board to other processes, where systemd has given the service a place for that.

    Belongs to one thread, which is not the doorkeeper's: writing may wait.
    """

    def __init__(self, board: Board, environment: Mapping[str, str] = os.environ) -> None:
        self._board = board
        self._shown: tuple[Problem, ...] | None = None
        self._directory = runtime_directory(environment)
        self._descriptor: int | None = None

    def look(self) -> None:
        """Write what has changed. What cannot be written is written at the next look."""
        problems = self._board.problems
        if self._directory is None or problems == self._shown:
            return
        text = json.dumps([strict.as_json(problem) for problem in problems])
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
            # Somebody who looks may have the lock for a moment; to take it twice does no harm.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            write_file(self._directory / FILE, text.encode())
            self._shown = problems
        except OSError as error:
            log.debug("the problems cannot be shown to facedoor check: %s", error)

    def close(self) -> None:
        """Take the file away: from now on nobody looks after what it says."""
        if self._directory is not None and self._descriptor is not None:
            with suppress(OSError):
                (self._directory / FILE).unlink()
            os.close(self._descriptor)
            self._descriptor = None


def shown_in(directory: Path) -> tuple[Problem, ...] | None:
    """What is wrong with the door whose service runs; ``None`` where none runs that shows it.

    Raises ``OSError`` for a user who may not see it, and :class:`FacedoorError` for what it does
    not understand.
    """
    with suppress(FileNotFoundError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:  # the service has it
            return _read(directory / FILE)
        finally:
            os.close(descriptor)
    return None


def _read(file: Path) -> tuple[Problem, ...]:
    try:
        said = json.loads(file.read_text())
        return tuple(strict.read(Problem, row, ignore_unknown=True) for row in said)
    except (TypeError, ValueError, RecursionError) as error:
        raise FacedoorError(
            f"{file} is not what this version of facedoor writes: restart facedoor"
        ) from error
