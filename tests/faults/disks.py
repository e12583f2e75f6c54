"""Disks for the state directory: one that can be filled, one that can turn read-only."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

SIZE = "8M"
MKE2FS, E2FSCK = "/usr/sbin/mke2fs", "/usr/sbin/e2fsck"


@contextlib.contextmanager
def small_disk(state: Path) -> Iterator[None]:
    """A disk in memory."""
    state.mkdir(mode=0o700)
    _run("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "facedoor", str(state))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(state))


@contextlib.contextmanager
def frail_disk(state: Path) -> Iterator[None]:
    """An ext4 in a file."""
    state.mkdir(mode=0o700)
    image = state.with_name("disk")
    _run(MKE2FS, "-q", "-t", "ext4", str(image), SIZE)
    _mount(image, state)
    try:
        yield
    finally:
        _run("umount", "--lazy", str(state))


def fill(state: Path) -> Path:
    """Leave no room on the disk; the file that takes it."""
    filler = state / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    return filler


def settle(state: Path) -> None:
    """Have everything on the disk that was written up to now."""
    _run("sync", "--file-system", str(state))


def break_disk(state: Path) -> None:
    """Make the kernel take the disk for broken: it is read-only from now on, also for open files.

    That is what a Pi's root file system does (``errors=remount-ro``) when its SD card fails.
    """
    _run("mount", "-o", "remount,abort", str(state))


def make_read_only(state: Path) -> None:
    """As root does with ``mount``, or a system that starts from a disk with a fault."""
    _run("mount", "-o", "remount,ro", str(state))


def mend_disk(state: Path) -> None:
    """Check it and mount it anew, as a restart of the machine would."""
    image = state.with_name("disk")
    _run("umount", str(state))
    subprocess.run([E2FSCK, "-p", str(image)], capture_output=True, check=False)  # 1 is "mended"
    _mount(image, state)


def why_not(disk: Callable[[Path], AbstractContextManager[None]], state: Path) -> str | None:
    """Why there can be no such disk here, if so."""
    try:
        with disk(state):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"this user cannot have a disk of its own ({error})"


def _mount(image: Path, state: Path) -> None:
    _run("mount", "-o", "loop,errors=remount-ro", str(image), str(state))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
