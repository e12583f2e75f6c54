"""Chooses the representative faces that quantisation ranges are recorded on: few and varied.

A hundred photos of one evening are worth less than twenty of twenty people. So the photos that are
looked at are spread evenly over the people, and the faces that are taken lie far from each other by
the float network's embeddings.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import ImageError
from facedoor_convert.errors import SourceError
from facedoor_convert.readers.photo_source import one_of_each, person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facedoor.frames import Image, Vector
    from facedoor.vision.embedder import Embedder
    from facedoor_convert.readers.photo_source import PhotoSource

LOOKED_AT = 400
"""Photos that are decoded and embedded at most: about 25 seconds of work."""
RECORDED = 100
"""Faces that are taken at most: FaceNet's ranges hardly widen after so many."""


@dataclass(frozen=True, slots=True, eq=False)
class RepresentativeFaces:
    """The chosen faces, RGB, and out of how many they were chosen."""

    crops: list[Image]
    people: int
    """Folders that the chosen photos lie in; without folders each photo counts."""
    looked_at: int
    without_face: int
    unreadable: int

    def as_json(self) -> dict[str, int]:
        return {
            "faces": len(self.crops),
            "people": self.people,
            "looked_at": self.looked_at,
            "without_face": self.without_face,
            "unreadable": self.unreadable,
        }


def representative_faces(
    source: PhotoSource, cut: Callable[[bytes, str], Image | None], embedder: Embedder
) -> RepresentativeFaces:
    """The faces in ``source`` to record ranges on.

    ``cut`` makes the aligned face of an encoded photo, None where there is none, and raises
    :class:`ImageError` for a damaged one. Raises :class:`SourceError` when no face is found.
    """
    names = one_of_each(source.names(), LOOKED_AT)
    crops: dict[str, Image] = {}
    unreadable = 0
    for name, data in source.read(names).items():
        try:
            crop = cut(data, name)
        except ImageError:
            unreadable += 1
            continue
        if crop is not None:
            crops[name] = crop
    if not crops:
        raise SourceError(
            f"no face was found in {len(names)} photos of {source.path}, {unreadable} of which "
            "cannot be read: give photos of faces"
        )
    found = list(crops)
    vectors = np.stack([embedder.embed(crop) for crop in crops.values()])
    chosen = [found[index] for index in choose(vectors, list(map(person_of, found)), RECORDED)]
    return RepresentativeFaces(
        crops=[crops[name] for name in chosen],
        people=len(set(map(person_of, chosen))),
        looked_at=len(names),
        without_face=len(names) - unreadable - len(crops),
        unreadable=unreadable,
    )


def choose(vectors: Vector, people: Sequence[str], at_most: int) -> list[int]:
    """Indices of up to ``at_most`` of the unit ``vectors`` (n, D) that lie far from each other.

    Greedy farthest-point choice (Gonzalez, "Clustering to minimize the maximum intercluster
    distance", 1985): first the vector farthest from the mean, then always the one farthest from
    all that are taken. No person gives more than an even share before all others have given theirs.
    """
    share = -(-at_most // max(1, len(set(people))))
    given: Counter[str] = Counter()
    taken: list[int] = []
    is_left = np.ones(len(vectors), bool)
    distance = np.linalg.norm(vectors - vectors.mean(axis=0), axis=1)
    while len(taken) < min(at_most, len(vectors)):
        is_due = is_left & np.array([given[person] < share for person in people])
        farthest = int(np.where(is_due if is_due.any() else is_left, distance, -1).argmax())
        apart = np.linalg.norm(vectors - vectors[farthest], axis=1)
        distance = np.minimum(distance, apart) if taken else apart
        taken.append(farthest)
        given[people[farthest]] += 1
        is_left[farthest] = False
    return taken
