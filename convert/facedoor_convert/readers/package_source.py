"""Package archives: fetched, verified, kept in the user's cache.

How one is fetched, with the user's own settings, says :mod:`facedoor_convert.readers.registries`.
Nothing in it is installed or executed, and every use checks the SHA-256 again.
"""

from __future__ import annotations

import functools
import shutil
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from facedoor_convert import files
from facedoor_convert.errors import SourceError
from facedoor_convert.readers import registries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from facedoor_convert.readers.packages import Package


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
        photos = {name: jpeg for name, jpeg in _photos(self).items() if name.startswith(folder)}
        if not photos:
            raise SourceError(f"{self.path} has no photos in {folder}: correct the recipe")
        return photos

    def _members(self, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
        """Names and contents of files; in an sdist or npm's, below its single top folder."""
        try:
            if self.package.archive == "file":
                if wanted(name := PurePosixPath(self.package.url).name):
                    with self.path.open("rb") as stream:
                        yield name, stream
            elif self.package.archive == "wheel":
                with zipfile.ZipFile(self.path) as wheel:
                    for name in filter(wanted, wheel.namelist()):
                        with wheel.open(name) as stream:
                            yield name, stream
            else:
                with tarfile.open(self.path) as tar:
                    for member in tar:
                        name = member.name.partition("/")[2]
                        if wanted(name) and (file := tar.extractfile(member)):
                            yield name, file
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
            raise SourceError(f"cannot unpack {self.path}: {error}") from error


@functools.lru_cache(maxsize=1)
def _photos(archive: Archive) -> dict[str, bytes]:
    """All JPEG files of an archive, sorted by name. They are asked for again and again, and to find
    them a tar.gz has to be unpacked whole."""
    wanted = archive._members(lambda name: name.endswith(".jpg"))
    return dict(sorted((name, stream.read()) for name, stream in wanted))


def recognise(sources: Sequence[Path | str], packages: Sequence[Package]) -> dict[str, Path | None]:
    """The archives that are given, by their SHA-256: each is that of one of ``packages``.

    A file may have any name; a text is an address that a package names, to be fetched from there,
    and has no path yet. Raises :class:`SourceError` for anything else.
    """
    known = {package.sha256 for package in packages}
    found: dict[str, Path | None] = {}
    for file in sources:
        if isinstance(file, str):
            addresses = {package.url: package.sha256 for package in packages if package.url}
            if file not in addresses:
                named = " and ".join(addresses) or "none"
                raise SourceError(f"{file} is no address that the recipe names; it names {named}")
            found.setdefault(addresses[file], None)
            continue
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
    cache = files.cache_directory()
    path = cache / f"{package.name}-{package.version}-{package.sha256[:12]}{package.suffix}"
    try:
        if not path.exists() or files.sha256(path) != package.sha256:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as work:
                registries.fetch(package, Path(work), on_progress).replace(path)
    except OSError as error:
        raise SourceError(f"cannot use the cache {cache}: {error}") from error
    return Archive(package, path)
