"""How far an error rate may lie from the truth: by drawing other people, not other pairs.

One person takes part in many comparisons, and whoever looks like others does so in all of them. So
comparisons are not independent, and an interval that takes them for it is far too narrow. Here the
*people* are drawn, with replacement, and bring all their comparisons along: person i, drawn w_i
times, gives weight w_i to each of their genuine comparisons and w_i w_j to each comparison with
stranger j. That is the subsets bootstrap of Bolle, Ratha and Pankanti, "Error analysis of pattern
recognition systems: the subsets bootstrap" (2004), with both sides of a comparison drawn: the
pigeonhole bootstrap of Owen (2007), or the vertex bootstrap of Snijders and Borgatti (1999). It
errs on the safe side: where people do not differ at all, intervals of impostor rates come out up to
the square root of three too wide. Bounds are percentiles (Efron and Tibshirani, 1993).

With few people (some twenty) the intervals are too narrow all the same: nobody knows of those who
were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facedoor_convert.evaluation.error_rates import just_below
from facedoor_convert.evaluation.intervals import CONFIDENCE, Estimate, rule_of_three

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Comparisons, Indices

RESAMPLES = 1000

_BLOCK = 512
"""People whose comparisons with everybody are counted at a time: it bounds the memory."""

_HEADROOM = 3
"""How many times the wanted share of impostors is looked at first to find a threshold."""

Samples: TypeAlias = NDArray[np.float64]
"""A figure in each resample: shape (R,), nan where no such pair was drawn."""


class PersonBootstrap:
    """Rates of ``comparisons`` in resamples of their people.

    Two sets of comparisons of the same people are drawn alike with the same ``seed``, so that
    their samples can be subtracted one by one.
    """

    def __init__(
        self, comparisons: Comparisons, resamples: int = RESAMPLES, seed: int = 2007
    ) -> None:
        names, person = comparisons.people()
        people = len(names)
        drawn = np.random.default_rng(seed).multinomial(
            people, np.full(people, 1 / people), resamples
        )
        self.weights = drawn.astype(np.float32)
        """How often each person, sorted by name, was drawn: float32 (R, people)."""
        self._genuine = _Weighted(
            comparisons.genuine, person[comparisons.genuine_photos[:, :1]], self.weights
        )
        self._impostor = _Weighted(
            comparisons.impostor, person[comparisons.impostor_photos], self.weights
        )

    def fmr(self, threshold: float) -> Samples:
        return self._impostor.share_within(np.full(len(self.weights), threshold))

    def fnmr(self, threshold: float) -> Samples:
        return self.fnmr_within(np.full(len(self.weights), threshold))

    def thresholds_at_fmr(self, rate: float) -> Samples:
        """The largest threshold of each resample whose FMR is at most ``rate``, below 1."""
        return self._impostor.thresholds_at(rate)

    def fnmr_within(self, thresholds: Samples) -> Samples:
        """The FNMR of each resample at a threshold of its own."""
        return 1 - self._genuine.share_within(thresholds)

    def areas_under_curve(self) -> Samples:
        """The area under the ROC curve of each resample, as ``Distances`` defines it."""
        return self._genuine.share_nearer_than(self._impostor)

    def share(self, genuine: NDArray[np.bool_], impostor: NDArray[np.bool_]) -> Samples:
        """The share of the pairs that are marked true, in the order of the comparisons."""
        true = self._genuine.weight_of(genuine) + self._impostor.weight_of(impostor)
        return _divided(true, self._genuine.totals + self._impostor.totals)


def estimate(value: float, samples: Samples) -> Estimate:
    """``value`` between the percentiles of its ``samples``; they are nan where none can be told."""
    known = samples[~np.isnan(samples)]
    if not len(known):
        return Estimate(value, np.nan, np.nan)
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def rate_estimate(rate: float, samples: Samples, trials: int) -> Estimate:
    """The same of an error ``rate`` over so many ``trials``. Where none of them was an error, or
    all were, no resample can show another outcome, and the rule of three gives the bound."""
    found = estimate(rate, samples)
    if rate == 0:
        return Estimate(0.0, 0.0, max(rule_of_three(trials), found.high))
    if rate == 1:
        return Estimate(1.0, min(1 - rule_of_three(trials), found.low), 1.0)
    return found


class _Weighted:
    """Distances of one kind, ascending, and what each counts in each resample.

    ``people`` are the one or two whose draws decide, int32 (n, 1) or (n, 2) into the columns of
    ``weights``, float32 (R, people).
    """

    def __init__(self, distances: Vector, people: Indices, weights: Vector) -> None:
        self._order = np.argsort(distances)
        self._distances = distances[self._order]
        # One array for each side lies so in memory that a prefix of it is read in one go.
        self._sides = [np.ascontiguousarray(side) for side in people[self._order].T]
        self._weights = weights
        self.totals = _totals(people, weights)

    def share_within(self, thresholds: Samples) -> Samples:
        """The share whose distance is at most the threshold of each resample."""
        found = self._distances[: np.searchsorted(self._distances, np.inf)]
        # A threshold of nan is sorted behind everything.
        within = np.searchsorted(found, thresholds.astype(np.float32), "right")
        sums = np.array([self._counts(r, stop).sum(dtype=float) for r, stop in enumerate(within)])
        sums[np.isnan(thresholds)] = np.nan
        return _divided(sums, self.totals)

    def share_nearer_than(self, other: _Weighted) -> Samples:
        """Of couples of one distance here and one of ``other``, the share in which the former is
        the smaller; equal ones count half."""
        mine, others = self._distances, other._distances
        ends = np.searchsorted(others, mine, "left"), np.searchsorted(others, mine, "right")
        sums = np.empty(len(self._weights))
        for r in range(len(sums)):
            counted = np.cumsum(other._counts(r, len(others)), dtype=np.float64)
            no_farther = np.concatenate([[0.0], counted])
            farther = counted[-1] - sum(no_farther[end] for end in ends) / 2
            sums[r] = self._counts(r, len(mine)) @ farther
        return _divided(sums, self.totals * other.totals)

    def thresholds_at(self, rate: float) -> Samples:
        return np.array([self._threshold(r, rate) for r in range(len(self._weights))])

    def weight_of(self, chosen: NDArray[np.bool_]) -> Samples:
        """The weight of the ``chosen`` pairs, given in the order before sorting."""
        where = np.flatnonzero(chosen[self._order])
        sides = [side[where] for side in self._sides]
        return np.array([_product(row, sides).sum(dtype=float) for row in self._weights])

    def _counts(self, resample: int, stop: int) -> Vector:
        """The weight of each of the ``stop`` nearest."""
        return _product(self._weights[resample], [side[:stop] for side in self._sides])

    def _threshold(self, resample: int, rate: float) -> float:
        total = self.totals[resample]
        if total == 0:
            return np.nan
        allowed, size = rate * total * (1 + 1e-9), len(self._distances)
        stop = min(size, max(10_000, int(_HEADROOM * rate * size)))
        while True:
            counted = np.cumsum(self._counts(resample, stop), dtype=np.float64)
            if counted[-1] > allowed:
                return just_below(self._distances[np.searchsorted(counted, allowed, "right")])
            stop = min(size, 2 * stop)


def _product(row: Vector, sides: list[Indices]) -> Vector:
    product = row[sides[0]]
    for side in sides[1:]:
        product = product * row[side]
    return product


def _totals(people: Indices, weights: Vector) -> Samples:
    """The weight of all pairs in each resample, by way of how many pairs everybody has with whom:
    a product of matrices instead of a walk over all pairs for each resample."""
    count = weights.shape[1]
    if people.shape[1] == 1:
        return weights.astype(np.float64) @ np.bincount(people[:, 0], minlength=count)
    totals = np.zeros(len(weights))
    for start in range(0, count, _BLOCK):
        size = min(_BLOCK, count - start)
        inside = people[(people[:, 0] >= start) & (people[:, 0] < start + size)]
        cells = (inside[:, 0] - start).astype(np.int64) * count + inside[:, 1]
        pairs = np.bincount(cells, minlength=size * count).reshape(size, count)
        partly = weights[:, start : start + size] @ pairs.astype(np.float32)
        totals += np.einsum("rp,rp->r", partly, weights, dtype=np.float64)
    return totals


def _divided(parts: Samples, wholes: Samples) -> Samples:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(wholes > 0, parts / wholes, np.nan)
