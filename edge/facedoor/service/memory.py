"""Memory that only the start has needed."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from pathlib import Path


def give_back() -> None:
    """Let go of the pages of files, and of freed memory, that nothing may need again.

    Reading libraries and models touches most of their pages once: after the start that is half of
    what the process holds. What is needed again is read again, mostly from what the system still
    keeps of the file. Does nothing where there is no Linux.
    """
    try:
        libc = ctypes.CDLL(None)
        mappings = list(_unchanged(Path("/proc/self/smaps").read_text(encoding="utf-8")))
        for start, end in mappings:
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)
        libc.malloc_trim(0)
    except (OSError, UnicodeDecodeError, AttributeError):
        return


def _unchanged(smaps: str) -> Iterator[tuple[int, int]]:
    """Where files are mapped of which no page can be, or was, changed in memory.

    A library's table of addresses is written once and then read-only: it cannot be read again.
    """
    start = end = 0
    is_file = False
    for line in smaps.splitlines():
        first, *rest = line.split(maxsplit=5)
        if not first.endswith(":"):
            start, end = (int(address, 16) for address in first.split("-"))
            is_file = len(rest) == 5 and rest[4].startswith("/") and "w" not in rest[0]
        elif first == "Anonymous:" and is_file and rest[0] == "0":
            yield start, end
