"""How well people are told apart who were not trained on, before and after, and what that proves.

All pairs of their images are compared. Because a handful of people decides such figures, the
change is believed only if it holds when the people are drawn anew, over and over (a bootstrap over
people, not over pairs: the pairs of one person are anything but independent).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facedoor.frames import Vector

BINS = 2000
"""Distances, 0 to 2, are counted in steps of 0.001."""

_FMR = 1e-3
_RESAMPLES = 200
_CONFIDENCE = (2.5, 97.5)
"""Percentiles: an interval that holds in 95 of 100 draws."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the distances of one network are worth.

    ``auc`` is the chance that a pair of one person is nearer than a pair of strangers, ``eer`` the
    rate at which false matches and false non-matches are as frequent, ``tar`` the share of one
    person's pairs accepted where 1 of 1,000 pairs of strangers is.
    """

    auc: float
    eer: float
    tar: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Before and after, over the same pairs; each change as (least, greatest) of 95 in 100."""

    people: int
    genuine_pairs: int
    impostor_pairs: int
    before: Figures
    after: Figures
    auc_change: tuple[float, float]
    tar_change: tuple[float, float]

    @property
    def verdict(self) -> str:
        """``worse`` as soon as one figure surely fell, ``better`` if one only surely rose."""
        changes = (self.auc_change, self.tar_change)
        if any(high < 0 for _, high in changes):
            return "worse"
        if any(low > 0 for low, _ in changes):
            return "better"
        return "no clear difference"

    def as_json(self) -> dict[str, object]:
        return {**dataclasses.asdict(self), "verdict": self.verdict}


class Pairs:
    """All pairs of images of which ``labels``, int (n,), names the person."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self._one, self._other = np.triu_indices(len(labels), 1)
        self._person = labels[self._one], labels[self._other]
        self.is_genuine: NDArray[np.bool_] = self._person[0] == self._person[1]
        self.people = int(labels.max()) + 1

    def bins(self, embeddings: Vector) -> NDArray[np.int64]:
        """The distance of each pair, from unit vectors (n, d), as the number of its step."""
        cosines = (embeddings @ embeddings.T)[self._one, self._other]
        distances = np.sqrt(np.maximum(2 - 2 * cosines, 0))
        bins: NDArray[np.int64] = np.minimum(distances * (BINS / 2), BINS - 1).astype(np.int64)
        return bins

    def weights(self, drawn: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each pair occurs when person i was drawn ``drawn[i]`` times."""
        one, other = drawn[self._person[0]], drawn[self._person[1]]
        # A person who was drawn twice is still no stranger to himself.
        weights: NDArray[np.int64] = np.where(self.is_genuine, one, one * other)
        return weights

    def histograms(
        self, bins: NDArray[np.int64], weights: NDArray[np.int64]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """How many genuine and how many impostor pairs fall into each step."""
        genuine, impostor = (
            np.bincount(bins[kind], weights[kind], BINS)
            for kind in (self.is_genuine, ~self.is_genuine)
        )
        return genuine, impostor


def figures(genuine: NDArray[Any], impostor: NDArray[Any]) -> Figures:
    """The figures of two histograms over the same steps of distance."""
    accepted = np.cumsum(genuine) / genuine.sum()
    false = np.cumsum(impostor) / impostor.sum()
    nearer = accepted - genuine / genuine.sum() / 2  # of two in one step either may be the nearer
    crossing = int(np.argmax(false >= 1 - accepted))
    allowed = int(np.searchsorted(false, _FMR, side="right")) - 1
    return Figures(
        auc=float(nearer @ impostor / impostor.sum()),
        eer=float((false[crossing] + 1 - accepted[crossing]) / 2),
        tar=float(accepted[allowed]) if allowed >= 0 else 0.0,
    )


def compare(before: Vector, after: Vector, labels: NDArray[np.int64], seed: int) -> Comparison:
    """Compare two networks by their embeddings, unit vectors (n, d), of the same images."""
    pairs = Pairs(labels)
    bins = [pairs.bins(before), pairs.bins(after)]

    def both(drawn: NDArray[np.int64]) -> tuple[Figures, Figures]:
        weights = pairs.weights(drawn)
        one, other = (figures(*pairs.histograms(b, weights)) for b in bins)
        return one, other

    random = np.random.default_rng(seed)
    changes = []
    for _ in range(_RESAMPLES):
        drawn = np.bincount(random.integers(0, pairs.people, pairs.people), minlength=pairs.people)
        if np.count_nonzero(drawn) > 1:  # one person alone has no strangers
            one, other = both(drawn)
            changes.append((other.auc - one.auc, other.tar - one.tar))
    low, high = np.percentile(changes, _CONFIDENCE, axis=0)
    genuine = int(pairs.is_genuine.sum())
    first, second = both(np.ones(pairs.people, np.int64))
    return Comparison(
        people=pairs.people,
        genuine_pairs=genuine,
        impostor_pairs=len(pairs.is_genuine) - genuine,
        before=first,
        after=second,
        auc_change=(float(low[0]), float(high[0])),
        tar_change=(float(low[1]), float(high[1])),
    )
