"""Memory that only the start has needed."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

_LAZY_IF_LOADED = 0x00001 | 0x00004
"""glibc's ``RTLD_LAZY`` and ``RTLD_NOLOAD``."""


class _Found(ctypes.Structure):
    """The beginning of glibc's ``struct dl_find_object``, and room for its end."""

    _fields_ = (
        ("flags", ctypes.c_ulonglong),
        ("start", ctypes.c_void_p),
        ("end", ctypes.c_void_p),
        ("library", ctypes.c_void_p),
        ("rest", ctypes.c_ulonglong * 10),
    )


def give_back() -> None:
    """Let go of the pages of libraries, and of freed memory, that nothing may need again.

    Reading libraries touches most of their pages once: after the start that is half of what the
    process holds. What is needed again is read again, mostly from what the system still keeps of
    the file. Does nothing where there is no glibc of 2.35 or later.

    Other threads load and unload libraries meanwhile, and whatever then came to lie at an address
    would lose what was written into it. So each library is held first: where it lies nothing else
    can come until it is let go of, and it is loaded to its end. FaceNet's networks and what the
    service imports held 134 MB and then 88, of which 21 are packed weights, which the next face
    needs. ``MADV_PAGEOUT`` can lose nothing anywhere, but would leave 112 to the service's user,
    whose files the libraries are not.
    """
    try:
        libc = ctypes.CDLL(None)
        libc.dlopen.restype = ctypes.c_void_p
        with ExitStack() as held:
            libraries = {}
            for file in _executed(Path("/proc/self/maps").read_text(encoding="utf-8")):
                if library := libc.dlopen(file.encode(), _LAZY_IF_LOADED):
                    held.callback(libc.dlclose, ctypes.c_void_p(library))
                    libraries[file] = library
            smaps = Path("/proc/self/smaps").read_text(encoding="utf-8")
            for start, end, file in _unchanged(smaps):
                if file in libraries and _lies_in(libc, libraries[file], start, end):
                    size = ctypes.c_size_t(end - start)
                    libc.madvise(ctypes.c_void_p(start), size, mmap.MADV_DONTNEED)
        libc.malloc_trim(0)
    except (OSError, UnicodeError, AttributeError):
        return


def _lies_in(libc: ctypes.CDLL, library: int, start: int, end: int) -> bool:
    """Whether these addresses are of a library that was loaded: glibc's handles are what it keeps
    of each."""
    found = _Found()
    if libc._dl_find_object(ctypes.c_void_p(start), ctypes.byref(found)):
        return False
    return bool(found.library == library and found.start <= start and end <= found.end)


def _executed(maps: str) -> set[str]:
    """The files of which something is mapped to be executed."""
    fields = (line.split(maxsplit=5) for line in maps.splitlines())
    return {each[5] for each in fields if len(each) == 6 and "x" in each[1] and each[5][0] == "/"}


def _unchanged(smaps: str) -> Iterator[tuple[int, int, str]]:
    """Where files are mapped of which no page can be, or was, changed in memory: start and end,
    and the file.

    A library's table of addresses is written once and then read-only: it cannot be read again, not
    even where it was swapped out since.
    """
    start = end = 0
    file = ""
    is_unchanged = False
    for line in smaps.splitlines():
        first, *rest = line.split(maxsplit=5)
        if not first.endswith(":"):
            start, end = (int(address, 16) for address in first.split("-"))
            file = rest[4] if len(rest) == 5 and "w" not in rest[0] else ""
        elif first == "Anonymous:":
            is_unchanged = rest[0] == "0"
        elif first == "Swap:" and file.startswith("/") and is_unchanged and rest[0] == "0":
            yield start, end, file
