"""Photos of people, ``folder/person/*.jpg``, as the crops that the door would cut of them.

Whoever is trained on is never measured on: people are split, not photos.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from facedoor.camera.pictures import read_picture
from facedoor.errors import ImageError
from facedoor.vision.align import align
from facedoor_convert import files
from facedoor_convert.errors import DatasetError
from facedoor_convert.evaluation.embeddings import nearest_to_middle
from facedoor_convert.readers.photo_source import is_photo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from facedoor.frames import Image
    from facedoor.vision.detector import Detector
    from facedoor.vision.pack import CropTemplate

MIN_PHOTOS = 2
"""A person with one photo has nothing that it could be compared with."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by the name of a folder, and the photos in it."""

    name: str
    photos: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Aligned faces, person after person.

    ``crops`` is uint8 (n, size, size, 3) RGB, ``labels`` int64 (n,): the person's place in the
    list. ``missed`` counts photos that are unreadable or show no face.
    """

    crops: Image
    labels: NDArray[np.int64]
    missed: int


def find_people(folder: Path, photos: int | None = None) -> list[Person]:
    """Everybody in ``folder`` with at least two photos, the most photographed first.

    With ``photos``: the first so many photos of everybody who has them. Raises
    :class:`DatasetError` where that leaves nobody.
    """
    least = MIN_PHOTOS if photos is None else photos
    try:
        found = [
            Person(entry.name, tuple(sorted(f for f in entry.iterdir() if _is_photo(f))))
            for entry in folder.iterdir()
            if entry.is_dir()
        ]
    except OSError as error:
        raise DatasetError(f"cannot read {folder} ({error.strerror}): name a folder") from error
    people = [Person(p.name, p.photos[:photos]) for p in found if len(p.photos) >= least]
    if not people:
        raise DatasetError(
            f"{folder} has nobody with {least} photos: put each person's photos into a folder of "
            "their own, as in people/ada/1.jpg"
        )
    return sorted(people, key=lambda person: (-len(person.photos), person.name))


def split_people(
    people: Sequence[Person], trained: int | None = None
) -> tuple[list[Person], list[Person]]:
    """The first ``trained`` of ``people`` (by default half of them) to train on, and the others.

    Raises :class:`DatasetError` unless that makes two groups of at least two people.
    """
    count = (len(people) + 1) // 2 if trained is None else trained
    if count < 2 or len(people) - count < 2:
        raise DatasetError(
            f"{len(people)} people cannot be split into {count} to train on and two or more to "
            "measure on: add people, or choose another --people"
        )
    return list(people[:count]), list(people[count:])


class Cutter:
    """Cuts people's faces out of their photos, and keeps them in a folder for the next time.

    There is one file for each person, named by everything that it depends on: the detector, the
    crop and the photos.
    """

    def __init__(
        self, detector: Detector, version: str, template: CropTemplate, size_px: int, cache: Path
    ) -> None:
        """``version`` tells this detector from others: a hash of its models."""
        self._detector = detector
        self._version = version
        self._template = template
        self._size_px = size_px
        self._cache = cache

    def cut(self, people: Sequence[Person], report: Callable[[float], None]) -> Faces:
        """The faces of all ``people``; ``report`` gets the share that is done, 0 to 1.

        Where a photo shows several faces, the one nearest its middle is taken. Raises
        :class:`DatasetError` when somebody has fewer than two photos with a face.
        """
        parts = []
        for done, person in enumerate(people, start=1):
            crops = self._crops(person)
            if len(crops) < MIN_PHOTOS:
                raise DatasetError(
                    f"only {len(crops)} of the {len(person.photos)} photos of {person.name} show "
                    "a face: add photos of that person, or take the folder away"
                )
            parts.append(crops)
            report(done / len(people))
        labels = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        photos = sum(len(person.photos) for person in people)
        return Faces(np.concatenate(parts), labels, photos - len(labels))

    def _crops(self, person: Person) -> Image:
        path = self._cache / f"{self._key(person)}.npy"
        try:
            crops: Image = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):  # not there, or not whole: it is only a cache
            crops = self._found(person)
            with files.writing(path) as file:
                np.save(file, crops, allow_pickle=False)
        return crops

    def _found(self, person: Person) -> Image:
        size_px = self._size_px
        crops = []
        for photo in person.photos:
            try:
                image = read_picture(photo)
            except ImageError:
                continue
            if faces := self._detector.find(image):
                face = nearest_to_middle(faces, image)
                crops.append(align(image, face, self._template, size_px, size_px))
        return np.asarray(crops, np.uint8).reshape(-1, size_px, size_px, 3)

    def _key(self, person: Person) -> str:
        parts: list[Any] = [self._version, self._template, self._size_px]
        for photo in person.photos:
            facts = photo.stat()
            parts += [photo, facts.st_size, facts.st_mtime_ns]
        return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


def _is_photo(path: Path) -> bool:
    return is_photo(path.name) and path.is_file()
