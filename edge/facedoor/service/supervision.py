"""Supervision: what systemd is told about the door, and how it notices that the door hangs.

systemd listens at the socket that ``$NOTIFY_SOCKET`` names. It hears that the door is ready when a
first frame was judged, which takes the pack, the gallery and the camera, and from then on a sign of
life each time that frames were judged. Only the worker gives it, and not while the doorkeeper's
thread hangs: a thread that has nothing to do but to say that all is well would say so whatever
happened to the others. Where no sign comes for ``WatchdogSec``, systemd kills the service, drives
the relay off and starts it again.

Without systemd nothing is sent, and nothing is waited for in any case.

``facedoor check``, which is another process, is shown the board of the running service: it lies as
``problems.json`` in the runtime directory that systemd gives to the service. As long as it counts,
the service holds a lock on that directory. The kernel lets go of the lock when the process ends,
however it dies, so the file of a dead service is never believed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import math
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from facedoor import strict
from facedoor.errors import FacedoorError
from facedoor.files import read_own_text, write_file
from facedoor.hardware.relay_off import runtime_directory
from facedoor.printable import printable
from facedoor.problems import Board, Problem, Severity
from facedoor.wire.decisions import Judgement
from facedoor.wire.events import Event

TELL_EVERY_S = 5.0
"""How often the status is told; a watchdog that is fed in a hurry hears it with each sign."""

SIGNS_EACH_INTERVAL = 4
"""So many signs of life may come in the time in which systemd waits for one."""

OPENING_S = 60.0
"""How long the camera may take to open and to show a first frame: a network camera that starts
together with the door needs half of it."""

STUCK_AFTER_S = 10.0
"""The doorkeeper hangs when one thing takes it longer: a pulse is not one, and another program's
transaction in the state file is waited for half as long."""

STUCK = (
    "the thread that moves the relay hangs, so the door opens for nobody: see whether the disk "
    "answers"
)

PROBLEMS = "problems.json"
"""Shows the board, in the runtime directory."""

log = logging.getLogger(__name__)


class Supervisor:
    """Tells systemd how the door fares.

    :meth:`opening_camera`, :meth:`judged` and :meth:`waiting` are for the worker's thread,
    :meth:`happened` and :meth:`stopping` for any.
    """

    def __init__(
        self,
        board: Board,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``environment`` is what systemd starts the service with; of the ``board`` it hears the
        codes, for every user of the machine can read them."""
        self._board = board
        self._clock = clock
        self._interval_s = _interval_s(environment)
        self._every_s = min(TELL_EVERY_S, (self._interval_s or math.inf) / SIGNS_EACH_INTERVAL)
        self._told_s = -math.inf
        self._is_ready = False
        self._frames = 0
        self._last = "none yet"
        self._socket: socket.socket | None = None
        address = environment.get("NOTIFY_SOCKET", "")
        if address.startswith(("/", "@")):
            # An address that begins with @ is abstract: for the kernel it begins with a zero byte.
            self._address = f"\0{address[1:]}" if address.startswith("@") else address
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    def opening_camera(self) -> None:
        """The camera is being opened; at the start of the service that may take a while."""
        if not self._is_ready:
            self._tell(f"EXTEND_TIMEOUT_USEC={OPENING_S * 1e6:.0f}", "STATUS=opening the camera")

    def judged(self, stuck_for_s: float) -> None:
        """A frame was judged. ``stuck_for_s``: how long the doorkeeper has been at one thing."""
        self._frames += 1
        self.waiting(stuck_for_s)

    def happened(self, event: Event) -> None:
        """Remember the last decision, without the name: every user of the machine can read it."""
        if isinstance(event, Judgement):
            verdict = "granted" if event.granted else "refused"
            self._last = f"{verdict} ({event.reason.value}) at {event.time}"

    def stopping(self) -> None:
        """The service ends."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def waiting(self, stuck_for_s: float) -> None:
        """Give a sign of life if it is time for one. Called by itself in the pauses of a recorded
        source: there is no frame to judge until its time has come."""
        is_stuck = stuck_for_s > STUCK_AFTER_S
        self._board.report("door_hangs", STUCK if is_stuck else None, Severity.ERROR)
        if self._socket is None:
            return
        now_s = self._clock()
        passed_s = now_s - self._told_s
        if passed_s < self._every_s:
            return
        lines = []
        if not is_stuck:
            lines += ["READY=1"] if not self._is_ready else []
            lines += ["WATCHDOG=1"] if self._interval_s is not None else []
        fps, wrong = self._frames / passed_s, self._what_is_wrong()
        status = f"{wrong}{fps:.1f} frames/s, last decision: {self._last}"
        lines.append(f"STATUS={printable(status)}")
        # What could not be told is told with the next frame.
        if self._tell(*lines):
            self._is_ready = self._is_ready or not is_stuck
            self._told_s = now_s
            self._frames = 0

    def _what_is_wrong(self) -> str:
        """How many problems there are, and the worst."""
        problems = self._board.problems
        return f"problems: {len(problems)}, worst {problems[0].code}; " if problems else ""

    def _tell(self, *lines: str) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:  # systemd is busy, or restarts itself
            log.debug("systemd could not be told: %s", error)
            return False
        return True


def _interval_s(environment: Mapping[str, str]) -> float | None:
    """In what time systemd expects a sign of life of this process, if it does."""
    pid, interval_us = environment.get("WATCHDOG_PID"), environment.get("WATCHDOG_USEC", "")
    if pid not in {None, str(os.getpid())} or not interval_us.isdecimal():
        return None
    return int(interval_us) / 1e6 or None


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
            write_file(self._directory / PROBLEMS, text.encode())
            self._shown = problems
        except OSError as error:
            log.debug("the problems cannot be shown to facedoor check: %s", error)

    def close(self) -> None:
        """Take the file away: from now on nobody looks after what it says."""
        if self._directory is not None and self._descriptor is not None:
            with suppress(OSError):
                (self._directory / PROBLEMS).unlink()
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
            return _read(directory / PROBLEMS)
        finally:
            os.close(descriptor)
    return None


def _read(file: Path) -> tuple[Problem, ...]:
    try:
        said = json.loads(read_own_text(file))
        return tuple(strict.read(Problem, row, ignore_unknown=True) for row in said)
    except (TypeError, ValueError, RecursionError) as error:
        raise FacedoorError(
            f"{file} is not what this version of facedoor writes: restart facedoor"
        ) from error
