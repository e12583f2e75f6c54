"""From sources, pack and wheels to one file for dpkg; the same bytes each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from facedoor_deb.pip import PackagingError
from facedoor_deb.tree import lay_out, write_control
from facedoor_deb.wheels import own_wheel

PAGE = Path("edge/facedoor/dashboard/static/index.html")
"""What the bundle of the dashboard begins with."""


def build(
    project: Path,
    architecture: str,
    packs: Sequence[Path],
    wheels: list[Path],
    output: Path,
    time_s: int,
) -> Path:
    """Write ``output/facedoor_VERSION_ARCHITECTURE.deb``; ``time_s`` (since 1970) stands on all of
    its files. The first of ``packs`` is the one that a new door uses. Raises
    :class:`PackagingError`."""
    if not shutil.which("dpkg-deb"):
        raise PackagingError("there is no dpkg-deb: build the package on Debian or Raspberry Pi OS")
    for pack in packs:
        if not (pack / "manifest.json").exists():
            raise PackagingError(f"there is no pack in {pack}: make pack")
    if not (project / PAGE).exists():
        raise PackagingError(f"there is no page for the dashboard in {project / PAGE}: make {PAGE}")
    version = tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"]
    output.mkdir(parents=True, exist_ok=True)
    package = output / f"facedoor_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory(dir=output) as name:
        own = own_wheel(project, Path(name), wheels, time_s)
        root = Path(name, "root")
        root.mkdir()
        lay_out(root, project, packs[0], [own, *wheels], packs[1:], version=version, time_s=time_s)
        write_control(root, version, architecture)
        assemble(root, package, time_s)
    return package


def assemble(root: Path, package: Path, time_s: int) -> None:
    """Make ``package`` of the files below ``root``, its ``DEBIAN`` among them."""
    for path in (root, *root.rglob("*")):
        os.utime(path, (time_s, time_s), follow_symlinks=False)
    done = subprocess.run(
        # The wheels weigh most and are compressed already: xz takes six times as long for 1 %.
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(root), str(package)],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(time_s)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(f"dpkg-deb failed: {done.stderr.strip()}")


def source_time_s(project: Path) -> int:
    """When the sources were last changed, in seconds since 1970: ``SOURCE_DATE_EPOCH`` if it is
    set, else the time of the commit. Raises :class:`PackagingError`."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    done = subprocess.run(
        ["git", "-C", str(project), "log", "-1", "--format=%ct"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(
            "cannot tell when these sources were made: they are no git clone, "
            "so set SOURCE_DATE_EPOCH to a time in seconds since 1970"
        )
    return int(done.stdout)
