"""The disk that the state is on: on a Pi, the memory card."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.checks.state import folder_that_exists

LEAST_MB = 100
"""Room for some 100,000 entries of the journal and for the write-ahead log."""


def examine_disk(door: Installation) -> Iterator[Finding]:
    """Whether something can still be written."""
    folder = folder_that_exists(door.settings.state_directory)
    yield judge_disk(folder, os.statvfs(folder))


def judge_disk(folder: Path, status: os.statvfs_result) -> Finding:
    """What ``status``, of the file system that ``folder`` is on, comes to."""
    free_mb = status.f_bavail * status.f_frsize / 1e6
    if status.f_flag & os.ST_RDONLY:
        return problem(
            "disk",
            f"{folder} can only be read, as after a fault of the memory card, and a door that "
            "cannot write stays shut",
            "sudo dmesg | grep -i -e mmc -e ext4; a card with errors has to be replaced, else: "
            "sudo mount -o remount,rw /",
        )
    if free_mb < LEAST_MB or (status.f_files and not status.f_favail):
        return problem(
            "disk",
            f"{folder} has only {free_mb:.0f} MB and room for {status.f_favail} files left, and a "
            "full disk keeps the door shut",
            "sudo journalctl --vacuum-size=100M; sudo apt clean",
        )
    return fine("disk", f"{free_mb / 1000:.1f} GB free at {folder}")
