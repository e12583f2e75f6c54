"""How much nearer strangers are to the mean of several photos of a person than to one photo.

A door compares a visitor with the mean direction of each person's templates
(:mod:`facedoor.identity.search`), a table of risks is about single photos. The mean is nearer to
the person, and a little nearer to strangers too: what the photos do not have in common has gone,
and with it some of the distance from everybody.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Vector
    from facedoor.vision.calibration import RiskPoint
    from facedoor_convert.evaluation.comparisons import Measure

PHOTOS = (2, 3, 5)
"""Of how many photos means are made."""

LEAST_PEOPLE = 20
"""People who have so many photos, at least."""

LEAST_ERRORS = 100
"""False matches of single photos that a ratio rests on, at least."""

SUPPOSED = 10.0
"""The factor where the photos are too few to measure it: more than it was for any network here."""


def factor(
    embeddings: Mapping[str, Vector | None], measure: Measure, risk: Sequence[RiskPoint]
) -> float:
    """The FMR of the mean of several photos over that of each of them alone, 1 at least.

    ``embeddings`` are those by photo that ``risk``, the table of distances by ``measure``, was
    measured on. Of means of 2, 3 and 5 photos the largest factor counts, each at the smallest rate
    that the data can tell.
    """
    vectors: dict[str, list[Vector]] = defaultdict(list)
    for photo, embedding in sorted(embeddings.items(), key=lambda item: item[0]):
        if embedding is not None:
            vectors[person_of(photo)].append(embedding)
    strangers = np.stack([own[0] for own in vectors.values()])
    factors = []
    for photos in PHOTOS:
        people = [n for n, own in enumerate(vectors.values()) if len(own) >= photos]
        if len(people) < LEAST_PEOPLE:
            continue
        templates = np.stack([own[:photos] for own in vectors.values() if len(own) >= photos])
        means = templates.sum(axis=1)
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        of_means = _sorted_impostors(measure(means, strangers), people)
        singles = [
            _sorted_impostors(measure(np.ascontiguousarray(one), strangers), people)
            for one in templates.swapaxes(0, 1)
        ]
        for point in risk:
            errors = sum(_within(one, point.threshold) for one in singles)
            if errors >= LEAST_ERRORS:
                factors.append(_within(of_means, point.threshold) * photos / errors)
                break
    return round(max(1.0, *factors), 2) if factors else SUPPOSED


def _sorted_impostors(distances: Vector, people: Sequence[int]) -> Vector:
    """All of ``distances``, a row for each of ``people``, but those of people from themselves."""
    is_stranger = np.ones(distances.shape, bool)
    is_stranger[np.arange(len(people)), people] = False
    return np.sort(distances[is_stranger])


def _within(ascending: Vector, threshold: float) -> int:
    return int(np.searchsorted(ascending, np.float32(threshold), side="right"))
