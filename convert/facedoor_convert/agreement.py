"""How well people are still told apart when a network's embeddings have changed a little.

Accuracy is that of all pairs of faces at one threshold, the one that is best for float32: a form
that shifts distances is charged for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from facedoor.frames import Vector

_THRESHOLDS = np.arange(0.005, 2, 0.005)


@dataclass(frozen=True, slots=True)
class Rates:
    """How well a form tells people apart, by all pairs of the photos."""

    accuracy: float
    """Mean of the shares of genuine and impostor pairs that are told rightly."""
    loss_points: float
    """How many percentage points of accuracy float32 has more."""
    equal_error_rate: float
    distance_change: float
    """What 95 % of the pairs' distances change by at most."""


def rates(people: Sequence[str], truth: Vector, vectors: Vector) -> Rates:
    """The rates of ``vectors`` (n, D), where ``truth`` are float32's of the same n faces.

    ``people`` says whose face each is; there have to be two faces of one, and two people.
    """
    names = np.array(people)
    genuine = (names[:, None] == names)[np.triu_indices(len(names), 1)]
    before, after = _distances(truth), _distances(vectors)
    threshold, best = _best_threshold(before, genuine)
    accuracy = _accuracy(after, genuine, threshold)
    return Rates(
        accuracy=accuracy,
        loss_points=100 * (best - accuracy),
        equal_error_rate=_equal_error_rate(after, genuine),
        distance_change=float(np.quantile(np.abs(after - before), 0.95)),
    )


def _distances(vectors: Vector) -> Vector:
    """The distance of every two of the unit ``vectors`` (n, D): shape (n (n - 1) / 2,)."""
    products = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return np.asarray(np.sqrt(np.maximum(2 - 2 * products, 0)), np.float32)


def _accuracy(distances: Vector, genuine: NDArray[np.bool_], threshold: float) -> float:
    accepted = distances <= threshold
    return float(accepted[genuine].mean() + (~accepted[~genuine]).mean()) / 2


def _best_threshold(distances: Vector, genuine: NDArray[np.bool_]) -> tuple[float, float]:
    """The threshold of the highest accuracy, and that accuracy."""
    found = {float(t): _accuracy(distances, genuine, t) for t in _THRESHOLDS}
    best = max(found, key=found.__getitem__)
    return best, found[best]


def _equal_error_rate(distances: Vector, genuine: NDArray[np.bool_]) -> float:
    """The error rate at the threshold where both kinds of error are nearest to equal."""
    order = np.argsort(distances)
    fnmr = 1 - np.cumsum(genuine[order]) / genuine.sum()
    fmr = np.cumsum(~genuine[order]) / (~genuine).sum()
    nearest = int(np.abs(fmr - fnmr).argmin())
    return float(fmr[nearest] + fnmr[nearest]) / 2
