"""Enrolment anew: templates of the networks in use, from the pictures that were kept.

The first pictures are judged as those of a first enrolment are, among themselves and beside
everybody else who has templates of the network, and then the later ones beside them, so that nobody
gets in this way who would not by new photos.
Templates of other networks stay. Which of them came later, and not from an admin, stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from facedoor.errors import OvertakenError
from facedoor.frames import Image, Vector
from facedoor.identity.batch import Enrolee, EnrolmentPolicy, JudgedBatch, Mandate, judge_batch
from facedoor.identity.enrolment import (
    Embedded,
    EnrolmentResult,
    FaceReader,
    ImageVerdict,
    entries,
    read_face,
)
from facedoor.identity.gallery import Gallery
from facedoor.identity.templates import Templates
from facedoor.languages import _


def enrol_anew(
    name: str,
    pictures: Sequence[tuple[str, Callable[[], Image]]],
    later: Collection[int],
    gallery: Gallery,
    reader: FaceReader,
    policy: EnrolmentPolicy,
    mandate: Mandate,
) -> EnrolmentResult:
    """Give ``name`` templates of those embedders of ``policy`` of which they have none.

    ``pictures`` are as for :func:`facedoor.identity.enrolment.enrol`, ``later`` the numbers, from
    0, of those whose templates were later ones. Raises as that does; then, and where no picture is
    fit, the gallery is as it was.
    """
    is_same_person = gallery.same_holder(name)
    name = gallery.person(name).name
    read = [read_face(picture, reader) for _, picture in pictures]
    faces = {n: face for n, face in enumerate(read) if isinstance(face, Embedded)}
    is_same_person()  # whose pictures they are
    revision = gallery.revision()
    known = {
        model: len(gallery.first_templates(name, model))
        for model in (policy.model_sha256, policy.second_sha256)
        if model
    }
    similar = tuple(gallery.person(other).name for other in mandate.although_similar_to)
    mandate = replace(mandate, although_similar_to=similar)
    size = next((len(face.first) for face in faces.values()), None)
    enrolled = gallery.templates(policy.model_sha256, size)
    judged = _judged(
        name, {n: face.first for n, face in faces.items()}, later, enrolled, policy, mandate
    )
    added: dict[str, list[Vector]] = {
        policy.model_sha256: [faces[n].first for n in judged.accepted],
        policy.second_sha256: [s for n in judged.accepted if (s := faces[n].second) is not None],
    }
    by_model = {
        model: np.stack(vectors)
        for model, vectors in added.items()
        if vectors and known.get(model) == 0
    }
    if by_model:

        def still() -> None:
            # Its own change is one.
            if gallery.revision() != revision + 1:
                raise OvertakenError(_("who is enrolled has changed meanwhile: ask again"))

        gallery.add_all(
            name,
            by_model,
            still,
            later={place for place, n in enumerate(judged.accepted) if n in later},
            entries=entries(name, judged, len(judged.accepted), mandate),
        )
    accepted = set(judged.accepted) if by_model else set()
    said = {n: face for n, face in enumerate(read) if isinstance(face, str)} | dict(judged.refusals)
    images = tuple(
        ImageVerdict(file, n in accepted, said.get(n, _("added")))
        for n, (file, _picture) in enumerate(pictures)
    )
    return EnrolmentResult(name, images, len(gallery.templates(policy.model_sha256).of(name)))


def _judged(
    name: str,
    faces: Mapping[int, Vector],
    later: Collection[int],
    enrolled: Templates,
    policy: EnrolmentPolicy,
    mandate: Mandate,
) -> JudgedBatch:
    """The first pictures as a first enrolment, and then the later ones as no admin's: they may not
    outvote the first, nor move the person farther than they could when they came."""
    size = next((len(face) for face in faces.values()), 0)
    nothing = np.empty((0, size), np.float32)
    nobody = Enrolee(name, nothing, nothing)
    first = {n: face for n, face in faces.items() if n not in later}
    rest = {n: face for n, face in faces.items() if n in later}
    if not first or not rest:
        return judge_batch(faces, nobody, enrolled, policy, mandate)
    judged = judge_batch(first, nobody, enrolled, policy, mandate)
    if not judged.accepted:
        said = _("not taken, since none of the first pictures was")
        return replace(judged, refusals={**judged.refusals, **dict.fromkeys(rest, said)})
    own = np.stack([first[n] for n in judged.accepted])
    further = judge_batch(
        rest, Enrolee(name, own, own), enrolled, policy, replace(mandate, is_admin=False)
    )
    return replace(
        judged,
        accepted=(*judged.accepted, *further.accepted),
        refusals={**judged.refusals, **further.refusals},
    )
