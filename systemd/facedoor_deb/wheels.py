"""The wheels that the package carries: those of the locks, and facedoor's own."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from facedoor_deb.lock import lock_file, read_lock
from facedoor_deb.pip import PYTHONS, PackagingError, pip, pip_target

_CONVERTER = ("facedoor-convert", "facedoor_convert")


def fetch(architecture: str, folder: Path) -> list[Path]:
    """The wheels of all dependencies for every Python, in ``folder``, where earlier ones may be.

    Raises :class:`PackagingError` when one cannot be had; none is ever built.
    """
    for python in PYTHONS:
        present = _present(folder)
        if not all(present.keys() & digests for digests in read_lock(f"door-{python}").values()):
            pip(
                [
                    *("download", "--quiet", "--no-deps", "--require-hashes"),
                    *("--dest", str(folder), "--requirement", str(lock_file(f"door-{python}"))),
                    *pip_target(architecture, python),
                ]
            )
    present = _present(folder)
    wheels: set[Path] = set()
    for python in PYTHONS:
        for release, digests in read_lock(f"door-{python}").items():
            found = present.keys() & digests
            if not found:
                raise PackagingError(
                    f"{release} has no wheel for Python {python} on {architecture}: "
                    "write the locks anew, with make lock"
                )
            wheels.update(present[digest] for digest in found)
    return sorted(wheels)


def _present(folder: Path) -> dict[str, Path]:
    """The wheels in ``folder`` by their sha256."""
    return {sha256(path): path for path in folder.glob("*.whl")}


def sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def own_wheel(project: Path, folder: Path, wheels: list[Path], time_s: int) -> Path:
    """Facedoor's own wheel, made in ``folder``: the edge alone, since no door converts models.

    The build tool is the one among ``wheels``, and ``time_s`` (since 1970) stands on all files, so
    that the same sources give the same bytes. Raises :class:`PackagingError`.
    """
    build_tool = next(wheel for wheel in wheels if wheel.name.startswith("setuptools-"))
    with tempfile.TemporaryDirectory() as name:
        sources = Path(name, "facedoor")
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "page")
        shutil.copytree(project / "edge", sources / "edge", ignore=ignored)
        for file in ("README.md", "LICENSE", "setup.py"):
            shutil.copy(project / file, sources)
        (sources / "pyproject.toml").write_text(_without_converter(project / "pyproject.toml"))
        set_modes(sources)
        pip(
            [
                *("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(sources)),
                *("--no-index", "--find-links", str(build_tool.resolve())),
            ],
            {"SOURCE_DATE_EPOCH": str(time_s)},
        )
    (wheel,) = folder.glob("facedoor-*.whl")
    return wheel


def _without_converter(pyproject: Path) -> str:
    """The project as ``pyproject`` describes it, without the command and package that convert."""
    lines = pyproject.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_CONVERTER))


def set_modes(tree: Path) -> None:
    """Let everybody read all of ``tree`` and nobody but its owner write, whatever the umask was."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
