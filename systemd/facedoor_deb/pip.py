"""pip, asked quietly, and for which processors and Pythons: those that Debian has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping


class PackagingError(Exception):
    """The package cannot be built; the message says why, and what to do."""


PROCESSORS = {"arm64": "aarch64", "amd64": "x86_64"}
"""How Debian and Python name the same processors."""

PYTHONS = ("3.11", "3.13")
"""Those of Debian 12 (bookworm) and 13 (trixie), and so of Raspberry Pi OS."""

_PLATFORMS = (
    "manylinux2014",
    "manylinux_2_17",
    "manylinux_2_27",
    "manylinux_2_28",
    "manylinux_2_34",
)
"""What Debian 12, the oldest of them, can run: it has glibc 2.36."""


def pip_target(architecture: str, python: str) -> list[str]:
    """The options with which pip chooses wheels for that machine instead of this one."""
    processor = PROCESSORS[architecture]
    platforms = [option for name in _PLATFORMS for option in ("--platform", f"{name}_{processor}")]
    return [
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
        *platforms,
    ]


DEADLINE_S = 900

UMASK = 0o022
"""What is built has the modes of its files in it, so whoever builds must not matter."""


def pip(arguments: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Run pip. Raises :class:`PackagingError` with what it complained about."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"],
        env={**os.environ, **(environment or {})},
        umask=UMASK,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else done.stderr[-300:]
        raise PackagingError(f"pip {arguments[0]} failed: {reason}")
