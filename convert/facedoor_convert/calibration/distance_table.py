"""The table of what one kind of distance is worth: risks, likelihoods, and several photos.

**Risk**, which distance stands for which false match rate: a rate is measured while the rule of
three lets it be (3 / rate comparisons of strangers at least). Smaller ones are extrapolated: the
logarithm of the rate goes on falling with the distance as it did over the last decade that was
measured, which is the generalised Pareto distribution of Pickands (1975) with shape zero. The line
begins at the upper bound of the last rate that was measured: begun at the rate itself it promised
up to 2.6 times too much by plain distances where that could be checked, by a part of the people on
all others (docs/calibration.md).

**Likelihood**, how many times likelier a distance is for one person than for two: distances of both
kinds are counted in bins, and neighbouring bins are pooled until the ratio never rises with the
distance (pool adjacent violators: Ayer and others, "An empirical distribution function for sampling
with incomplete information", 1955; for this use, Brummer and du Preez, "The PAV algorithm optimizes
binary proper scoring rules", 2013). Half an observation is added to each count, so that a bin in
which one kind was never seen says no more than so many observations can.

**Several photos**: a door compares a visitor with the mean direction of each person's templates
(:mod:`facedoor.identity.search`), the risk is that of single photos. The mean is nearer to the
person, and a little nearer to strangers too: what the photos do not have in common has gone, and
with it some of the distance from everybody.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import UsageError
from facedoor.vision.calibration import DistanceTable, RiskPoint
from facedoor_convert.evaluation import bootstrap, intervals
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.comparisons import vectors_by_person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Comparisons, Measure
    from facedoor_convert.evaluation.error_rates import Distances

RATES = tuple(float(f"{mantissa}e-{decade}") for decade in range(1, 10) for mantissa in (3, 1))[1:]
"""False match rates of the table, descending: 0.1, 0.03, 0.01 ... 1e-9."""

EXTRAPOLATION = (
    "the logarithm of the rate falls with the distance in a straight line, from the upper bound of "
    "the last rate measured on, as it did over the last decade measured (a generalised Pareto tail "
    "of shape zero)"
)

BIN = 0.05
"""Width of a bin of likelihoods, as a distance."""

_ADDED = 0.5

PHOTOS = (2, 3, 5)
"""Of how many photos means are made."""

LEAST_PEOPLE = 20
"""People who have so many photos, at least."""

LEAST_ERRORS = 100
"""False matches of single photos that a ratio rests on, at least."""

SUPPOSED = 10.0
"""The factor where the photos are too few to measure it: more than it was for any network here."""


def measure(
    compared: Comparisons, embeddings: Mapping[str, Vector | None], measure_with: Measure
) -> DistanceTable:
    """The table of the distances by ``measure_with`` of all ``embeddings``, by photo.

    Raises :class:`UsageError` when the photos are too few.
    """
    distances = compared.distances()
    try:
        risk = risks(distances, PersonBootstrap(compared))
        several = several_photos(embeddings, measure_with, risk)
        return DistanceTable(risk, likelihoods(distances), several)
    except ValueError as error:
        raise UsageError(
            f"the photos do not give a calibration ({error}): take photos of more people"
        ) from error


def risks(distances: Distances, drawn: PersonBootstrap) -> tuple[RiskPoint, ...]:
    """The risk of ``distances``, ascending, with bounds from ``drawn``, people drawn anew.

    Raises :class:`UsageError` when there are too few comparisons for a decade of rates.
    """
    impostors = len(distances.impostor)
    measured = [
        _measured(rate, threshold, drawn) for rate, threshold in thresholds(distances).items()
    ]
    decades = [point for point in measured if point.fmr >= measured[-1].fmr * 9.99]
    if not decades:
        raise UsageError(
            f"{impostors} comparisons of strangers are too few for a table of risks: "
            "take photos of more people"
        )
    start, last = decades[-1], measured[-1]
    per_decade = (start.threshold - last.threshold) / math.log10(start.fmr / last.fmr)
    points = measured
    for rate in RATES[len(measured) :]:
        threshold = last.threshold - per_decade * math.log10(last.fmr_high / rate)
        if threshold <= 0:
            break
        points.append(RiskPoint(rate, round(threshold, 4), 0.0, last.fmr_high, extrapolated=True))
    return tuple(reversed(points))


def thresholds(distances: Distances) -> dict[float, float]:
    """Those of all false match rates that can be measured, by the rate, descending."""
    rates = [rate for rate in RATES if intervals.supports(rate, len(distances.impostor))]
    # Rounded down, so that what is written keeps the rate that was measured.
    return {rate: math.floor(distances.threshold_at_fmr(rate) * 1e4) / 1e4 for rate in rates}


def _measured(rate: float, threshold: float, drawn: PersonBootstrap) -> RiskPoint:
    bounds = bootstrap.estimate(rate, drawn.fmr(threshold))
    return RiskPoint(rate, threshold, _significant(bounds.low), _significant(bounds.high))


def _significant(rate: float) -> float:
    return float(f"{rate:.3g}")


def likelihoods(distances: Distances) -> tuple[tuple[float, float], ...]:
    """The natural logarithm of the likelihood ratio by distance, ascending in distance.

    Photos without a face say nothing. Raises ``ValueError`` when there is no distance of one kind.
    """
    genuine, impostor = (
        kind[np.isfinite(kind)] for kind in (distances.genuine, distances.impostor)
    )
    if not len(genuine) or not len(impostor):
        raise ValueError("a likelihood needs distances of both kinds")
    edges = np.arange(0, max(genuine[-1], impostor[-1]) + 2 * BIN, BIN)
    counts = [np.histogram(kind, edges)[0] + _ADDED for kind in (genuine, impostor)]
    pools: list[list[float]] = []
    for same, other in zip(*counts, strict=True):
        pools.append([1, same, other])
        # Compared by products: same / other must not be larger than in the pool before.
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] < pools[-1][1] * pools[-2][2]:
            bins, more_same, more_other = pools.pop()
            pools[-1][0] += bins
            pools[-1][1] += more_same
            pools[-1][2] += more_other
    totals = [float(count.sum()) for count in counts]
    points, left = [], 0.0
    for bins, same, other in pools:
        ratio = math.log((same / totals[0]) / (other / totals[1]))
        points.append((round(left + bins * BIN / 2, 4), round(ratio, 3)))
        left += bins * BIN
    return tuple(points)


def several_photos(
    embeddings: Mapping[str, Vector | None], measure: Measure, risk: Sequence[RiskPoint]
) -> float:
    """The FMR of the mean of several photos over that of each of them alone, 1 at least.

    ``embeddings`` are those by photo that ``risk``, the table of distances by ``measure``, was
    measured on. Of means of 2, 3 and 5 photos the largest factor counts, each at the smallest rate
    that the data can tell.
    """
    vectors = list(vectors_by_person(embeddings).values())
    strangers = np.stack([own[0] for own in vectors])
    factors = []
    for photos in PHOTOS:
        people = [n for n, own in enumerate(vectors) if len(own) >= photos]
        if len(people) < LEAST_PEOPLE:
            continue
        templates = np.stack([own[:photos] for own in vectors if len(own) >= photos])
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
