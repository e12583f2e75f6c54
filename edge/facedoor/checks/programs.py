"""What the programs of the system say about it: systemctl, timedatectl, vcgencmd, pinctrl."""

from __future__ import annotations

import shutil
import subprocess

ANSWER_S = 5.0
"""How long a program may take; each of them answers at once, or hangs on something broken."""


def is_installed(program: str) -> bool:
    """Whether ``program`` is on the PATH."""
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
