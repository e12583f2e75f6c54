"""How well people are still told apart when a network's embeddings have changed a little.

Accuracy is that of all pairs of faces at one threshold, the one that is best for float32: a form
that shifts distances is charged for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.evaluation.comparisons import l2
from facedoor_convert.evaluation.error_rates import Distances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor.frames import Vector

_THRESHOLDS = np.arange(0.005, 2, 0.005).tolist()


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
    every_two = np.triu_indices(len(names), 1)
    genuine = (names[:, np.newaxis] == names)[every_two]
    before, after = (l2(faces, faces)[every_two] for faces in (truth, vectors))
    exact, changed = (Distances.of(found[genuine], found[~genuine]) for found in (before, after))
    threshold = max(_THRESHOLDS, key=lambda each: _accuracy(exact, each))
    accuracy = _accuracy(changed, threshold)
    return Rates(
        accuracy=accuracy,
        loss_points=100 * (_accuracy(exact, threshold) - accuracy),
        equal_error_rate=changed.equal_error_rate(),
        distance_change=float(np.quantile(np.abs(after - before), 0.95)),
    )


def _accuracy(distances: Distances, threshold: float) -> float:
    return 1 - (distances.fmr(threshold) + distances.fnmr(threshold)) / 2
