"""Who holds a device, as far as /proc tells this user: root sees everybody, others themselves."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process; ``unit`` is its systemd service, or empty."""

    pid: int
    name: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.unit or self.name} (process {self.pid})"

    @property
    def end_command(self) -> str:
        """What ends it."""
        return f"sudo systemctl stop {self.unit}" if self.unit else f"sudo kill {self.pid}"


def holders(root: Path, *devices: str) -> list[Process]:
    """The other processes that have one of ``devices`` open, such as ``/dev/video0``.

    ``root`` is the folder that ``proc`` is in.
    """
    found = []
    for folder in sorted((root / "proc").glob("[0-9]*")):
        if int(folder.name) != os.getpid() and not _open_files(folder).isdisjoint(devices):
            name = _read(folder / "comm")
            found.append(Process(int(folder.name), name, _unit(_read(folder / "cgroup"))))
    return found


def _open_files(folder: Path) -> set[str]:
    found = set()
    with suppress(OSError):  # not ours to see, or just ended
        for descriptor in (folder / "fd").iterdir():
            with suppress(OSError):
                found.add(str(descriptor.readlink()))
    return found


def _unit(cgroup: str) -> str:
    last = cgroup.rpartition("/")[2]
    return last if last.endswith(".service") else ""


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(errors="replace").strip()
    return "?"
