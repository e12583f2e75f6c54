"""The programs of this machine: what systemctl, timedatectl, vcgencmd or pinctrl answer, and which
process holds a device, as far as /proc tells this user: root sees everybody, others themselves.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.languages import _

ANSWER_S = 5.0
"""How long a program may take; each of them answers at once, or hangs on something broken."""


def is_installed(program: str) -> bool:
    """True if ``program`` is on the PATH."""
    return shutil.which(program) is not None


def answer_of(program: str, *arguments: str, within_s: float = ANSWER_S) -> str | None:
    """What ``program`` printed; ``None`` where it is not installed, fails, or takes longer."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - all of it is our own
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within_s,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class Process:
    """A process; ``unit`` is its systemd service, or empty."""

    pid: int
    name: str
    unit: str = ""

    def __str__(self) -> str:
        return _("{name} (process {pid})").format(name=self.unit or self.name, pid=self.pid)

    @property
    def end_command(self) -> str:
        """The command that ends the process."""
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
