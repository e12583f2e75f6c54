"""Enrolment anew: templates of the networks in use, from the pictures that were kept.

The pictures are judged as those of a first enrolment are, among themselves and beside everybody
else who has templates of the network, so that nobody gets in this way who would not by new photos.
Templates of other networks stay. Which of them came later, and not from an admin, stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from facedoor.errors import OvertakenError
from facedoor.frames import Image, Vector
from facedoor.identity.batch import Enrolee, EnrolmentPolicy, Mandate, judge_batch
from facedoor.identity.enrolment import (
    Embedded,
    EnrolmentResult,
    FaceReader,
    ImageVerdict,
    entries,
    read_face,
)
from facedoor.identity.gallery import Gallery


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
    nothing = np.empty((0, size or 0), np.float32)
    firsts = {n: face.first for n, face in faces.items()}
    judged = judge_batch(firsts, Enrolee(name, nothing, nothing), enrolled, policy, mandate)
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
                raise OvertakenError("who is enrolled has changed meanwhile: ask again")

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
        ImageVerdict(file, n in accepted, said.get(n, "added"))
        for n, (file, _) in enumerate(pictures)
    )
    return EnrolmentResult(name, images, len(gallery.templates(policy.model_sha256).of(name)))
