"""A limit on a process's memory, at which the kernel kills it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOTS = {
    Path("/sys/fs/cgroup"): "memory.max",
    Path("/sys/fs/cgroup/memory"): "memory.limit_in_bytes",
}
"""Where groups are made, and the file with the limit: in version 2 and 1 of control groups."""

LIMIT_BYTES = 4 << 20


@contextlib.contextmanager
def no_more_memory(process: int) -> Iterator[None]:
    """The process gets almost no memory beyond what it has. Raises ``OSError``."""
    group = _root() / f"facedoor-{process}"
    group.mkdir()
    try:
        (group / ROOTS[_root()]).write_text(str(LIMIT_BYTES))
        (group / "cgroup.procs").write_text(str(process))
        yield
    finally:
        group.rmdir()


def why_no_limit() -> str | None:
    """Why no limit can be set here, if so."""
    group = _root() / f"facedoor-try-{os.getpid()}"
    try:
        group.mkdir()
        found = (group / ROOTS[_root()]).exists()
        group.rmdir()
    except OSError:
        found = False
    return None if found else "this user may not make a control group for memory"


def _root() -> Path:
    version_2, version_1 = ROOTS
    return version_2 if (version_2 / "cgroup.controllers").exists() else version_1
