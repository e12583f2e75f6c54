"""Makes a cohort: what common faces look like, without a template of anybody.

People are grouped by likeness, and each group of six or more gives its middle. The middle of six is
near to all of them and is none of them; a smaller group gives nothing.
"""

from __future__ import annotations

import base64
import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedoor.errors import UsageError
from facedoor.identity.search import Correction
from facedoor.vision.calibration import Cohort
from facedoor_convert.evaluation.comparisons import vectors_by_person
from facedoor_convert.evaluation.groups import neighbourhoods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector

LEAST_PEOPLE = 6
"""People behind a centroid, at least."""

GROUPS = 128
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Band:
    """Which faces are as alike to the cohort as most are, and how much the others are corrected.

    ``low`` and ``high`` are quantiles: the shares of people who resemble the cohort less than that.
    """

    low: float
    high: float
    weight_below: float
    weight_above: float


BAND = Band(low=0.25, high=0.5, weight_below=0.25, weight_above=0.35)
"""Chosen by what becomes of the worst group, one that the cohort lacks too: docs/calibration.md."""


def gather(cohort: Mapping[str, Vector | None], others: Mapping[str, Vector | None]) -> Cohort:
    """The cohort of the people in ``cohort``, with its band taken from ``others``.

    Both are embeddings by photo, of different people. Raises :class:`UsageError` when there are too
    few people.
    """
    return with_band(*centroids(cohort), others, BAND)


def centroids(cohort: Mapping[str, Vector | None]) -> tuple[Vector, int]:
    """Centroids of groups of :data:`LEAST_PEOPLE` or more, (n, D), and the people in them."""
    labels = neighbourhoods(cohort, GROUPS)
    vectors = vectors_by_person(cohort)
    groups: dict[str, list[Vector]] = defaultdict(list)
    for person, own in sorted(vectors.items()):
        groups[labels[person]].append(_middle(own))
    large = [people for _, people in sorted(groups.items()) if len(people) >= LEAST_PEOPLE]
    if len(large) < NEAREST:
        raise UsageError(
            f"the {len(vectors)} people of the cohort make {len(large)} groups of {LEAST_PEOPLE} "
            "or more: take a folder with more people, or no --cohort"
        )
    return np.stack([_middle(people) for people in large]), sum(map(len, large))


def with_band(
    vectors: Vector, people: int, others: Mapping[str, Vector | None], band: Band
) -> Cohort:
    """A cohort of ``vectors`` made of so many ``people``; ``band`` is about the ``others``, each by
    their first photo."""
    first = [own[0] for own in vectors_by_person(others).values()]
    cohort = Cohort(
        centroids=base64.b64encode(_int8(vectors).tobytes()).decode(),
        size=vectors.shape[1],
        nearest=min(NEAREST, len(vectors)),
        low=-1.0,
        high=1.0,
        weight_below=band.weight_below,
        weight_above=band.weight_above,
        source=f"the middles of {len(vectors)} groups of {LEAST_PEOPLE} people or more, "
        f"{people:,} in all, none of whom the thresholds were measured on",
    )
    likeness = Correction(cohort).resemblance(np.stack(first))
    low, high = (round(float(np.quantile(likeness, share)), 4) for share in (band.low, band.high))
    return dataclasses.replace(cohort, low=low, high=high)


def _middle(vectors: list[Vector]) -> Vector:
    mean = np.mean(vectors, axis=0)
    middle: Vector = (mean / np.linalg.norm(mean)).astype(np.float32)
    return middle


def _int8(vectors: Vector) -> NDArray[np.int8]:
    """Each row in 255 steps: only its direction is ever used."""
    steps = vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))
    rounded: NDArray[np.int8] = np.rint(steps).astype(np.int8)
    return rounded
