"""The locks: which release of each dependency the package carries, by hash.

A lock is a requirements file of pip, one for each Python, with the hashes for every processor.
``python -m facedoor_deb.lock`` writes them anew, with the newest releases that fit together.
"""

from __future__ import annotations

import collections
import json
import re
import tempfile
import tomllib
from pathlib import Path

from facedoor_deb.pip import pip
from facedoor_deb.systems import PROCESSORS, PYTHONS, pip_target

HELD_BACK = {
    # picamera2 of Debian 12 comes with extensions that were built for numpy 1, and that fail to
    # import beside numpy 2.
    "3.11": ("numpy<2",),
    # The newest OpenCV that works with numpy 1 as well, so that one wheel, the largest of all,
    # serves both Pythons.
    "3.13": ("opencv-python-headless<4.12",),
}

_HEADER = "# What the package carries for Python {}: written by `python -m facedoor_deb.lock`.\n"
_FOLDER = Path(__file__).with_name("locks")


def lock_file(python: str) -> Path:
    """The lock for ``python``, such as "3.11"."""
    return _FOLDER / f"python{python}.txt"


def read_lock(python: str) -> dict[str, set[str]]:
    """The sha256 of the wheels of each release (``name==version``), one for each processor."""
    hashes: dict[str, set[str]] = collections.defaultdict(set)
    release = ""
    for line in lock_file(python).read_text().splitlines():
        if found := re.match(r"[\w.-]+==\S+", line):
            release = found[0]
        hashes[release].update(re.findall(r"sha256:(\w{64})", line))
    del hashes[""]
    return dict(hashes)


def dependencies(project: Path) -> list[str]:
    """What the door itself needs, as ``pyproject.toml`` in the folder ``project`` has it."""
    table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    return [str(item) for item in table["dependencies"]]


def renew(project: Path, python: str) -> None:
    """Write the lock for ``python``. Raises :class:`PackagingError`."""
    hashes: dict[str, set[str]] = collections.defaultdict(set)
    for architecture in PROCESSORS:
        for release, digest in _resolve(project, architecture, python):
            hashes[release].add(digest)
    lines = [_HEADER.format(python)]
    for release, digests in sorted(hashes.items()):
        options = "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(digests))
        lines.append(f"{release}{options}\n")
    lock_file(python).write_text("".join(lines))


def _resolve(project: Path, architecture: str, python: str) -> list[tuple[str, str]]:
    """Release and sha256 of each wheel that pip would install."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pip(
            [
                *("install", "--dry-run", "--ignore-installed", "--quiet"),
                *("--target", folder, "--report", str(report)),
                *pip_target(architecture, python),
                *dependencies(project),
                *HELD_BACK[python],
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
    for version in PYTHONS:
        renew(Path(__file__).parents[2], version)
