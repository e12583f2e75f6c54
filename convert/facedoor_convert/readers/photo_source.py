"""Photos of people in a folder or an archive, and a choice of them."""

from __future__ import annotations

import itertools
import lzma
import tarfile
import zipfile
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from facedoor.camera.pictures import MAX_BYTES
from facedoor_convert.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
"""Of the formats that :func:`facedoor.camera.pictures.read_picture` takes."""

_UNREADABLE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, RuntimeError, OSError),
)


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """A folder, or a zip or tar archive, of photos: ``person/photo.jpg`` or just ``photo.jpg``."""

    path: Path

    def names(self) -> list[str]:
        """All photos below it, sorted. Raises :class:`SourceError` when there is none."""
        if self.path.is_dir():
            files = (path for path in self.path.rglob("*") if path.is_file())
            every: Iterable[str] = (path.relative_to(self.path).as_posix() for path in files)
        else:
            every = (name for name, _ in self._members())
        names = sorted(name for name in every if is_photo(name))
        if not names:
            raise SourceError(
                f"there are no photos in {self.path}: give a folder or an archive of JPEG files"
            )
        return names

    def read(self, names: Sequence[str]) -> dict[str, bytes]:
        """The photos of these ``names``, in their order.

        One that is larger than a picture may be is cut short. Raises :class:`SourceError`.
        """
        if not self.path.is_dir():
            wanted = set(names)
            found = {name: _start_of(file) for name, file in self._members() if name in wanted}
            return {name: found[name] for name in names}
        try:
            return {name: _start_of((self.path / name).open("rb")) for name in names}
        except OSError as error:
            raise SourceError(f"cannot read the photos in {self.path}: {error}") from error

    def _members(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Names and contents of the files in an archive; none is written to disk."""
        try:
            if zipfile.is_zipfile(self.path):
                with zipfile.ZipFile(self.path) as archive:
                    for name in archive.namelist():
                        with archive.open(name) as file:
                            yield name, file
            else:
                with tarfile.open(self.path) as tar:
                    for member in tar:
                        if member.isfile() and (content := tar.extractfile(member)):
                            yield member.name, content
        except _UNREADABLE as error:
            raise SourceError(
                f"cannot read photos from {self.path} ({error}): give a folder, or a zip or tar "
                "archive"
            ) from error


def is_photo(name: str) -> bool:
    """True for the name of a picture file."""
    return PurePosixPath(name).suffix.lower() in _SUFFIXES


def person_of(name: str) -> str:
    """The folder that a photo lies in; a photo without one is a person of its own."""
    return PurePosixPath(name).parent.name or name


def one_of_each(names: Sequence[str], at_most: int) -> list[str]:
    """Up to ``at_most`` photos: one of each person, then a second one of each, and so on."""
    rounds = itertools.zip_longest(*_by_person(names).values())
    return [name for turn in rounds for name in turn if name is not None][:at_most]


def several_of_each(names: Sequence[str], at_most: int, each: int) -> list[str]:
    """Up to ``at_most`` photos, ``each`` of a person if there are so many.

    Of many people, some are taken at even steps; one with a single photo makes no genuine pair, and
    comes last.
    """
    people = list(_by_person(names).values())
    several = [photos[:each] for photos in people if len(photos) > 1]
    step = max(1, sum(map(len, several)) // at_most)
    single = [photos for photos in people if len(photos) == 1]
    return list(itertools.chain(*several[::step], *single))[:at_most]


def _by_person(names: Sequence[str]) -> dict[str, list[str]]:
    people: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        people[person_of(name)].append(name)
    return people


def _start_of(file: IO[bytes]) -> bytes:
    with file:
        return file.read(MAX_BYTES + 1)
