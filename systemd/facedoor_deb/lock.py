"""The locks in ``locks/``: which release of each dependency is installed, by hash.

A lock is a requirements file of pip with the hashes for every processor. ``make lock`` writes them
anew, with the newest releases that fit together: ``door`` is what the package carries, ``clone``
what demo, gates and tests run with, ``tflite`` the second interpreter of the tests.
"""

from __future__ import annotations

import collections
import json
import re
import tempfile
import tomllib
from pathlib import Path

from facedoor_deb.pip import PROCESSORS, PYTHONS, pip, pip_target

HELD_BACK = {
    # picamera2 of Debian 12 comes with extensions that were built for numpy 1, and that fail to
    # import beside numpy 2.
    "door-3.11": ("numpy<2",),
    # The newest OpenCV that works with numpy 1 as well, so that one wheel, the largest of all,
    # serves both Pythons.
    "door-3.13": ("opencv-python-headless<4.12",),
}

TFLITE = ("tflite-runtime==2.14.0", "numpy<2", "opencv-python-headless<4.12")
"""The interpreter has no wheel past Python 3.11 and was built for numpy 1."""

_HEADER = "# Written by `make lock`, for Python {}.\n"
_PROJECT = Path(__file__).parents[2]


def lock_file(name: str) -> Path:
    """The lock ``name``, such as "door-3.11"."""
    return _PROJECT / "locks" / f"{name}.txt"


def read_lock(name: str) -> dict[str, set[str]]:
    """The sha256 of the wheels of each release (``name==version``), one for each processor."""
    hashes: dict[str, set[str]] = collections.defaultdict(set)
    release = ""
    for line in lock_file(name).read_text().splitlines():
        if found := re.match(r"[\w.-]+==\S+", line):
            release = found[0]
        hashes[release].update(re.findall(r"sha256:(\w{64})", line))
    del hashes[""]
    return dict(hashes)


def requirements() -> dict[str, tuple[str, ...]]:
    """What each lock has to hold, by its name."""
    table = tomllib.loads((_PROJECT / "pyproject.toml").read_text())
    extras = table["project"]["optional-dependencies"]
    door = (
        *table["project"]["dependencies"],
        *(need for extra in ("dashboard", "holidays", "completion") for need in extras[extra]),
    )
    clone = (*door, *extras["convert"], *extras["demo"], *extras["dev"])
    clone += tuple(table["build-system"]["requires"])
    locks = {f"door-{python}": door for python in PYTHONS}
    return {**locks, **{f"clone-{python}": clone for python in PYTHONS}, "tflite-3.11": TFLITE}


def renew(name: str) -> None:
    """Write the lock ``name``. Raises :class:`PackagingError`."""
    python = name.rsplit("-", 1)[1]
    needed = (*requirements()[name], *HELD_BACK.get(name, ()))
    hashes: dict[str, set[str]] = collections.defaultdict(set)
    for architecture in PROCESSORS:
        for release, digest in _resolve(needed, architecture, python):
            hashes[release].add(digest)
    lines = [_HEADER.format(python)]
    for release, digests in sorted(hashes.items()):
        options = "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(digests))
        lines.append(f"{release}{options}\n")
    lock_file(name).write_text("".join(lines))


def _resolve(needed: tuple[str, ...], architecture: str, python: str) -> list[tuple[str, str]]:
    """Release and sha256 of each wheel that pip would install."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pip(
            [
                *("install", "--dry-run", "--ignore-installed", "--quiet"),
                *("--target", folder, "--report", str(report)),
                *pip_target(architecture, python),
                *needed,
            ]
        )
        wheels = json.loads(report.read_text())["install"]
    return [
        (
            f"{_normal(wheel['metadata']['name'])}=={wheel['metadata']['version']}",
            wheel["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for wheel in wheels
    ]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    for lock in requirements():
        renew(lock)
