"""Rules that make one answer of the looks of a visit, each as the threshold at which it says yes.

A rule gives, for each person, the smallest threshold at which the visitor would be taken for them:
then rules can be compared at one false match rate, whatever each makes of distances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from benchmarks.look_quality import weights
from facedoor.config.options import RecognitionConfig
from facedoor.identity.search import mean_direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector
    from facedoor.vision.calibration import DistanceTable
    from facedoor_convert.evaluation.comparisons import Measure

    Scores: TypeAlias = Mapping[str, Vector]
    """By rule: float32 (people,), infinite where no threshold up to :data:`REACH` is enough."""

NEEDED = RecognitionConfig().frames
WINDOW = 5
"""Looks that the door looks back on."""

REACH = 1.1
"""Distances beyond this mean nobody: one stranger in a hundred is so near."""

DOOR, NEAREST_MEAN = "the door's: 3 of the last 5", "mean of the 3 nearest"
ONE, ANY, ALL, LATEST, BEST = (
    "one look, the third",
    "any 3",
    "mean of all so far",
    "mean of the last 5",
    "the nearest look alone",
)
RULES = (DOOR, ONE, ANY, ALL, LATEST, NEAREST_MEAN, BEST)

CLEAREST = "any 3 of the 5 best in quality"
BY_QUALITY = {f"mean of the last 5, by quality x {x:g}": x for x in (5.0, 15.0, 40.0)}
POORER = {f"one look, the third, by quality x {x:g}": x for x in (0.25, 0.5, 1.0)}
TEMPLATES = {f"the door's, photos by quality x {x:g}": x for x in (2.0, 5.0, 15.0)}
"""By the strength of what the quality says (:mod:`benchmarks.look_quality`): how much a look counts
in a mean, how much is added to its distance, and how much a photo counts in the template."""

BASES = dict.fromkeys(POORER, ONE)
"""What a rule is an attempt to better, if not the door's."""

FAMILIES = (tuple(POORER), (CLEAREST,), tuple(BY_QUALITY), tuple(TEMPLATES))


def scores(
    looks: Vector, farther: Vector, people: Vector, measure: Measure, table: DistanceTable
) -> Scores:
    """What the ``looks`` of a visit, float32 (n, D) with n >= 3 in the order of time, come to by
    each rule but :data:`TEMPLATES` against each of ``people``, (m, D): all unit vectors.
    ``farther``, (n,), is what their quality says of them."""
    distances = measure(looks, people)
    third = np.partition(distances, NEEDED - 1, axis=0)[NEEDED - 1]
    found = {
        DOOR: counted(distances, table),
        ONE: distances[NEEDED - 1],
        ANY: third,
        ALL: _means(looks, len(looks), people, measure),
        LATEST: _means(looks, WINDOW, people, measure),
        NEAREST_MEAN: _nearest_mean(looks, people, distances, third, measure),
        BEST: distances.min(axis=0),
        CLEAREST: _clearest(distances, farther),
    }
    for rule, strength in POORER.items():
        found[rule] = distances[NEEDED - 1] + strength * farther[NEEDED - 1]
    for rule, strength in BY_QUALITY.items():
        found[rule] = _means(looks, WINDOW, people, measure, weights(farther, strength))
    return {rule: np.where(score <= REACH, score, np.inf) for rule, score in found.items()}


def counted(distances: Vector, table: DistanceTable) -> Vector:
    """The last look and enough of those before it, and all looks together likelier of the person
    than of another: as :class:`facedoor.identity.evidence.Evidence` has it."""
    likelier = np.cumsum(np.interp(distances, *np.array(table.likelihood).T), axis=0) > 0
    least = np.full(distances.shape[1], np.inf, np.float32)
    for last in range(NEEDED, len(distances) + 1):
        recent = distances[max(0, last - WINDOW) : last]
        enough = np.partition(recent, NEEDED - 1, axis=0)[NEEDED - 1]
        enough = np.maximum(enough, recent[-1])
        least = np.minimum(least, np.where(likelier[last - 1], enough, np.inf))
    return least


def _clearest(distances: Vector, farther: Vector) -> Vector:
    """As any 3, but of the best looks so far alone, from the third on at any time."""
    least = np.full(distances.shape[1], np.inf, np.float32)
    for end in range(NEEDED, len(distances) + 1):
        best = distances[np.argsort(farther[:end], kind="stable")[:WINDOW]]
        least = np.minimum(least, np.partition(best, NEEDED - 1, axis=0)[NEEDED - 1])
    return least


def _means(
    looks: Vector, most: int, people: Vector, measure: Measure, each: Vector | None = None
) -> Vector:
    """The mean of the last looks, ``most`` at most, from the third on at any time; each counts as
    much as ``each``, (n, 1), says."""
    ends = range(NEEDED, len(looks) + 1)
    counted = looks if each is None else looks * each
    means = np.stack([mean_direction(counted[max(0, end - most) : end]) for end in ends])
    least: Vector = measure(means, people).min(axis=0)
    return least


def _nearest_mean(
    looks: Vector, people: Vector, distances: Vector, third: Vector, measure: Measure
) -> Vector:
    """The mean of the looks that are nearest to each person."""
    least = np.full(len(people), np.inf, np.float32)
    for place in np.flatnonzero(third <= REACH):
        nearest = looks[np.argsort(distances[:, place])[:NEEDED]]
        own = mean_direction(nearest)[np.newaxis], people[place : place + 1]
        least[place] = measure(*own)[0, 0]
    return least
