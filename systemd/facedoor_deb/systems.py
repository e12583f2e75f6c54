"""What the package is for: which processors, and which Pythons Debian has."""

from __future__ import annotations

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
