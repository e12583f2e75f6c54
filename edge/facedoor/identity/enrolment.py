"""Enrolment from pictures: which of them become templates, and why the others do not.

A template decides for years who comes in, so every picture has to earn its place: one good face, of
the person whom the other pictures show, and of nobody else who is enrolled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np

from facedoor.errors import ImageError, OvertakenError
from facedoor.frames import Face, Image, Reading, Vector
from facedoor.identity.batch import (
    SAME_PICTURE,
    Enrolee,
    EnrolmentPolicy,
    JudgedBatch,
    Mandate,
    judge_batch,
)
from facedoor.identity.gallery import Gallery
from facedoor.identity.guard import Guard, unguarded
from facedoor.identity.search import distances
from facedoor.languages import _
from facedoor.names import clean_name
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.wire.events import Event
from facedoor.wire.state_events import PersonEnrolled, SimilarNamed
from facedoor.wire.visit_events import Labelled


class FaceReader(Protocol):
    """What enrolment needs of the vision side."""

    def read(self, image: Image) -> Reading:
        """The embedding of the one good face in a picture, or why there is none."""


Keep: TypeAlias = Callable[[Image, Face], bytes]
"""Makes what is kept of a picture: a JPEG file of the face."""


@dataclass(frozen=True, slots=True)
class ImageVerdict:
    """What became of one picture. ``reason`` is ``added``, or says why it was not."""

    file: str
    accepted: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.said}: {self.file}"

    @property
    def said(self) -> str:
        """What comes before the name of the file: what became of it, and the reason."""
        # A sentence about a file that is no picture names it, too.
        reason = self.reason.removeprefix(f"{self.file} ").replace(f" {self.file}:", ":")
        code, _, advice = reason.partition(": ")
        return f"{'+' if self.accepted else '-'} {advice if code in set(Reason) else reason}"


@dataclass(frozen=True, slots=True)
class EnrolmentResult:
    """What became of an enrolment; ``templates`` counts what ``person`` now has of this model."""

    person: str
    images: tuple[ImageVerdict, ...]
    templates: int


def enrol(
    name: str,
    pictures: Iterable[tuple[str, Callable[[], Image]]],
    gallery: Gallery,
    reader: FaceReader,
    policy: EnrolmentPolicy,
    mandate: Mandate,
    guard: Guard = unguarded,
    keep: Keep | None = None,
) -> EnrolmentResult:
    """Add the pictures that are fit to the person ``name``, new or known; all at once or none.
    With ``keep`` the face of each that is added is kept beside its template.

    ``pictures`` are names and functions that read them, which may raise :class:`ImageError`: that
    refuses the one picture. What was added is in the journal. Raises :class:`UsageError` for a bad
    name and for somebody in ``mandate`` who is not enrolled, :class:`OvertakenError` if meanwhile
    somebody was enrolled, renamed or removed, and :class:`StoreError`; whatever ``guard`` raises
    passes. Then, and when no picture is fit, the gallery is as it was.
    """
    is_same_person = gallery.same_holder(name)
    known = gallery.find(name)
    name = known.name if known else clean_name(name)
    files: list[str] = []
    faces: dict[int, Vector] = {}
    by_second: dict[int, Vector] = {}
    to_keep: dict[int, bytes] = {}
    refusals: dict[int, str] = {}
    for number, (file, picture) in enumerate(pictures):
        files.append(file)
        face = read_face(picture, reader, keep)
        if isinstance(face, str):
            refusals[number] = face
        else:
            faces[number] = face.first
            if face.second is not None:
                by_second[number] = face.second
            if face.jpeg is not None:
                to_keep[number] = face.jpeg
    is_same_person()  # whom the pictures are to be compared with
    revision = gallery.revision()
    similar = tuple(gallery.person(other).name for other in mandate.although_similar_to)
    mandate = replace(mandate, although_similar_to=similar)
    size = next((len(face) for face in faces.values()), None)
    enrolled = gallery.templates(policy.model_sha256, size)
    own, first = enrolled.of(name), gallery.first_templates(name, policy.model_sha256, size)
    # Of a damaged file the first ones may be lost.
    person = Enrolee(name, own, first if len(first) else own)
    judged = judge_batch(faces, person, enrolled, policy, mandate)
    again = _new_to_second(judged, by_second, gallery, person, policy.second_sha256)
    added = {
        policy.model_sha256: [faces[n] for n in judged.accepted],
        policy.second_sha256: [by_second[n] for n in (*judged.accepted, *again) if n in by_second],
    }
    by_model = {model: np.stack(vectors) for model, vectors in added.items() if vectors}
    if by_model:

        def still() -> None:
            # Its own change is one.
            if gallery.revision() != revision + 1:
                raise OvertakenError(_("who is enrolled has changed meanwhile: ask again"))
            guard()

        gallery.add_all(
            name,
            by_model,
            still,
            are_later=bool(len(person.templates)) and not mandate.is_admin,
            entries=entries(name, judged, len(judged.accepted) + len(again), mandate),
            pictures=[to_keep[n] for n in judged.accepted] if keep else (),
        )
    refusals |= judged.refusals
    refusals |= dict.fromkeys(again, _("known, and added for the second pack"))
    accepted = {*judged.accepted, *again}
    images = tuple(
        ImageVerdict(file, number in accepted, refusals.get(number, _("added")))
        for number, file in enumerate(files)
    )
    return EnrolmentResult(name, images, len(person.templates) + len(judged.accepted))


def entries(name: str, judged: JudgedBatch, pictures: int, mandate: Mandate) -> list[Event]:
    """What stands in the journal of an enrolment from so many pictures."""
    now, by = utc_now(), mandate.by
    enrolled = PersonEnrolled(now, by, name, pictures, judged.moved_distance, judged.first_distance)
    similar = [SimilarNamed(now, by, other) for other in mandate.although_similar_to]
    labels = [Labelled(now, mandate.visit, name, by)] if mandate.visit else []
    return [*similar, enrolled, *labels]


def _new_to_second(
    judged: JudgedBatch,
    by_second: Mapping[int, Vector],
    gallery: Gallery,
    person: Enrolee,
    model_sha256: str,
) -> list[int]:
    """Which known pictures give templates of the second embedder alone: those of whoever was
    enrolled before there was one, until there are as many as of the first."""
    if not by_second:
        return []
    kept = [by_second[n] for n in judged.accepted if n in by_second]
    kept += [*gallery.first_templates(person.name, model_sha256)]
    most = len(person.templates) + len(judged.accepted)
    again = []
    for n in judged.known:
        if n not in by_second or len(kept) >= most:
            continue
        if not kept or distances(np.stack(kept), by_second[n]).min() >= SAME_PICTURE:
            kept.append(by_second[n])
            again.append(n)
    return again


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """A face by the first embedder, and by a second where there is one: float32 (D,); and what is
    kept of its picture, if anything is."""

    first: Vector
    second: Vector | None
    jpeg: bytes | None


def read_face(
    picture: Callable[[], Image], reader: FaceReader, keep: Keep | None = None
) -> Embedded | str:
    """The embeddings of the face in a picture, or in words why there is none."""
    try:
        image = picture()
    except ImageError as error:
        return str(error)
    reading = reader.read(image)
    if reading.embedding is not None:
        jpeg = keep(image, reading.face) if keep and reading.face is not None else None
        return Embedded(reading.embedding, reading.second, jpeg)
    refusal = reading.refusal or Reason.NO_FACE
    return f"{refusal}: {refusal.advice}"
