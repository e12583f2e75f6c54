"""Enrolment from pictures: which of them become templates, and why the others do not.

A template decides for years who comes in, so every picture has to earn its place: one good face, of
the person whom the other pictures show, and of nobody else who is enrolled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from facedoor.errors import ImageError
from facedoor.frames import Image, Reading, Vector
from facedoor.identity.gallery import Gallery, Guard, unguarded
from facedoor.identity.search import Correction, GalleryIndex, distances
from facedoor.names import clean_name
from facedoor.reasons import Reason
from facedoor.wire.requests import TEMPLATES_PER_PERSON

SAME_PICTURE = 0.05
"""Distance under which two templates are taken for the same picture, perhaps saved again. Of all
frames of several videos the nearest to a selfie of the same person was 0.18 away."""


class FaceReader(Protocol):
    """What enrolment needs of the vision side."""

    def read(self, image: Image) -> Reading:
        """The embedding of the one good face in a picture, or why there is none."""


@dataclass(frozen=True, slots=True)
class ImageVerdict:
    """What became of one picture. ``reason`` is ``added``, or says why it was not."""

    file: str
    accepted: bool
    reason: str

    def __str__(self) -> str:
        return f"{'+' if self.accepted else '-'} {self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class EnrolmentResult:
    """What became of an enrolment; ``templates`` counts what ``person`` now has of this model."""

    person: str
    images: tuple[ImageVerdict, ...]
    templates: int


@dataclass(frozen=True, slots=True)
class EnrolmentPolicy:
    """What a door asks of new templates.

    ``model_sha256`` is the embedder behind the reader, ``threshold`` the largest distance that is
    one person, after ``correction`` if there is one; beyond the plain ``unlike_distance`` two
    pictures are not taken for the same person.
    """

    model_sha256: str
    threshold: float
    unlike_distance: float
    correction: Correction | None = None


def enrol(
    name: str,
    pictures: Iterable[tuple[str, Callable[[], Image]]],
    gallery: Gallery,
    reader: FaceReader,
    policy: EnrolmentPolicy,
    guard: Guard = unguarded,
) -> EnrolmentResult:
    """Add the pictures that are fit to the person ``name``, new or known; all at once or none.

    ``pictures`` are names and functions that read them, which may raise :class:`ImageError`: that
    refuses the one picture. Raises :class:`UsageError` for a bad name, :class:`OvertakenError` if
    meanwhile somebody was enrolled, renamed or removed under it, and :class:`StoreError`; whatever
    ``guard`` raises passes. Then, and when no picture is fit, the gallery is as it was.
    """
    is_same_person = gallery.as_it_is(name)
    known = gallery.find(name)
    name = known.name if known else clean_name(name)
    files: list[str] = []
    faces: dict[int, Vector] = {}
    refusals: dict[int, str] = {}
    for number, (file, picture) in enumerate(pictures):
        files.append(file)
        face = _face(picture, reader)
        if isinstance(face, str):
            refusals[number] = face
        else:
            faces[number] = face
    is_same_person()  # whom the pictures are to be compared with
    size = next((len(face) for face in faces.values()), None)
    enrolled = gallery.templates(policy.model_sha256, size)
    index = GalleryIndex(enrolled, policy.correction)
    templates = list(enrolled.of(name))
    accepted: list[Vector] = []
    for number in _most_typical_first(faces, policy.unlike_distance):
        own = templates + accepted
        objection = _objection(faces[number], name, own, index, policy)
        if objection:
            refusals[number] = objection
        else:
            accepted.append(faces[number])
    if accepted:

        def still() -> None:
            is_same_person()
            guard()

        gallery.add(name, np.stack(accepted), policy.model_sha256, still)
    images = tuple(
        ImageVerdict(file, number not in refusals, refusals.get(number, "added"))
        for number, file in enumerate(files)
    )
    return EnrolmentResult(name, images, len(templates) + len(accepted))


def _face(picture: Callable[[], Image], reader: FaceReader) -> Vector | str:
    """The embedding of the face in a picture, or in words why there is none."""
    try:
        reading = reader.read(picture())
    except ImageError as error:
        return str(error)
    if reading.embedding is not None:
        return reading.embedding
    refusal = reading.refusal or Reason.NO_FACE
    return f"{refusal}: {refusal.guidance}"


def _most_typical_first(faces: dict[int, Vector], unlike_distance: float) -> list[int]:
    """The keys of ``faces``, those that resemble the most others first.

    The first one accepted decides what the person looks like, and must not be the stray picture.
    """
    every = np.array(list(faces.values()))
    alike = {n: np.count_nonzero(distances(every, faces[n]) <= unlike_distance) for n in faces}
    return sorted(faces, key=alike.__getitem__, reverse=True)


def _objection(
    face: Vector, name: str, own: list[Vector], index: GalleryIndex, policy: EnrolmentPolicy
) -> str | None:
    """Why ``face`` cannot join the templates ``own`` of the person ``name``, if it cannot."""
    if len(own) >= TEMPLATES_PER_PERSON:
        return f"{name} has {len(own)} templates already, the most that are kept"
    nearest_own = distances(np.stack(own), face).min() if own else None
    if nearest_own is not None and nearest_own < SAME_PICTURE:
        return "the same picture again"
    match = index.match(face)
    other, distance = match.person, match.distance
    if other == name:
        other, distance = match.runner_up, match.runner_up_distance
    if distance <= policy.threshold:
        return f"looks like {other}, who is enrolled already"
    if nearest_own is not None and nearest_own > policy.unlike_distance:
        return f"does not look like the other pictures of {name}"
    return None
