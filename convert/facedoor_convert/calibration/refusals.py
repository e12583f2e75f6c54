"""What share of a person's looks is farther than which distance, by how many photos they have.

A look is a photo that is compared with the person's template: one other photo, or, as at the door,
the mean direction of their first 3 or 5 photos. Photos without a face are no looks.

**Cross-fitted**: nobody's looks are counted against what they themselves have set. So the people
are split into ten parts, and the looks of each are measured as if the other nine alone had been
there: by the band of a cohort that is theirs, against the thresholds of their strangers. The table
of a pack is one of the thresholds of all; so a look's distance counts as the one that stands there
for the same false match rate, between two rates that were measured by a straight line, beyond the
ends by the difference there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from facedoor.identity.search import mean_direction
from facedoor.vision.calibration import Refusals
from facedoor_convert.evaluation.comparisons import vectors_by_person
from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Measure

    Embeddings: TypeAlias = Mapping[str, Vector | None]
    Thresholds: TypeAlias = Mapping[float, float]
    """By false match rate."""

PHOTOS = (1, 3, 5)
"""Of how many photos templates are made."""

PARTS = 10

LEAST_PEOPLE = 20
"""People who have a photo more than a template takes, at least."""

STEP, MOST_STEPS = 0.01, 48
"""Points of the table lie so far apart, as a distance, or as many times that as it takes to keep to
so few steps from the nearest look to the farthest."""


def cross_fitted(
    embeddings: Embeddings,
    thresholds: Thresholds,
    fit: Callable[[Embeddings], tuple[Measure, Thresholds]],
) -> tuple[Refusals, ...]:
    """The table of all ``embeddings``, by photo, whose thresholds are ``thresholds``.

    ``fit`` says how distances are measured, and which thresholds hold, as far as the embeddings
    that it is given tell. What fewer than :data:`LEAST_PEOPLE` people have photos enough for is
    left out, and so is what follows it.
    """
    looks: dict[int, list[Vector]] = defaultdict(list)
    people = sorted({person_of(photo) for photo in embeddings})
    for part in range(PARTS):
        left_out = frozenset(people[part::PARTS])
        own, others = (
            {name: v for name, v in embeddings.items() if (person_of(name) in left_out) is is_own}
            for is_own in (True, False)
        )
        measure, theirs = fit(others)
        for vectors in vectors_by_person(own).values():
            for photos in PHOTOS:
                if len(vectors) > photos:
                    apart = _apart(np.stack(vectors), photos, measure)
                    looks[photos].append(_as_of_all(apart, theirs, thresholds))
    found: list[Refusals] = []
    for photos in PHOTOS:
        if len(looks[photos]) < LEAST_PEOPLE:
            break
        found.append(_table(photos, looks[photos]))
    return tuple(found)


def _apart(vectors: Vector, photos: int, measure: Measure) -> Vector:
    """How far a person's looks are from a template of so many photos: float32 of shape (n,)."""
    if photos == 1:
        apart: Vector = measure(vectors, vectors)[np.triu_indices(len(vectors), 1)]
    else:
        apart = measure(mean_direction(vectors[:photos])[np.newaxis], vectors[photos:])[0]
    return apart


def _as_of_all(distances: Vector, theirs: Thresholds, thresholds: Thresholds) -> Vector:
    """``distances`` as those at which the table of all has the rates that ``theirs`` has here."""
    rates = sorted(theirs.keys() & thresholds.keys())
    from_here = np.array([theirs[rate] for rate in rates])
    to_all = np.array([thresholds[rate] for rate in rates])
    off = np.interp(distances, from_here, to_all - from_here)
    moved: Vector = np.maximum(0, distances + off)
    return moved


def _table(photos: int, looks: Sequence[Vector]) -> Refusals:
    """``looks`` are the distances of each person's."""
    every = np.sort(np.concatenate(looks))
    step = STEP * max(1, math.ceil(float(every[-1] - every[0]) / STEP / MOST_STEPS))
    first, last = (math.floor(end / step) for end in (every[0], every[-1]))
    distances = [round(step * number, 2) for number in range(first, last + 2)]
    within = np.searchsorted(every, distances, "right")
    shares = [round(1 - int(count) / len(every), 4) for count in within]
    return Refusals(photos, len(looks), len(every), tuple(zip(distances, shares, strict=True)))
