"""Reads an HDF5 file in a process of its own first, because not every damage ends in an error.

On some damaged files the HDF5 library runs for ever or takes more than a gigabyte, and no exception
and no timer of ours reaches into it. A process of its own has a limit of time, and its memory is
measured afterwards.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import warnings
from typing import TYPE_CHECKING

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_CPU_S = 2
_ALARM_FACTOR = 30
"""Seconds on the clock for one of computing: a busy machine is no damaged file."""
_LEAST_BYTES = 2**26
_BYTES_PER_CPU_S = 5_000_000
"""A Raspberry Pi reads at least ten times as many."""


def demand_an_end(read: Callable[[], object], name: object, size: int) -> None:
    """Call ``read`` in another process; only its end matters, not its result or error.

    ``name`` and ``size`` (bytes) are of the file that it reads. Raises :class:`WeightsError` when
    the process had to be ended, crashed, or took far more memory than the file has bytes.
    """
    limit_s = _LEAST_CPU_S + size // _BYTES_PER_CPU_S
    with warnings.catch_warnings(action="ignore"):
        # Python and JAX warn of threads, whose locks the child could wait for. It takes none of
        # theirs, and the alarm would end it.
        child = os.fork()
    if child == 0:
        # Asked here and not before the fork: the parent may once have taken more than it has now.
        before = _peak_bytes()
        with contextlib.suppress(BaseException):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_ALARM_FACTOR * limit_s)
            read()
        os._exit(0 if _peak_bytes() - before <= _LEAST_BYTES + 4 * size else 1)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise WeightsError(f"{name} makes the HDF5 library fail, so it is damaged: fetch it again")


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in kilobytes
