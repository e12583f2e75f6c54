"""The protocol of Labeled Faces in the Wild: each fold is judged at the threshold of all others.

Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild" (2007).
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedoor_convert.evaluation.error_rates import pooled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.evaluation.comparisons import Comparisons


@dataclass(frozen=True, slots=True)
class Fold:
    """The threshold that is best on all other folds, and the accuracy of this one at it."""

    threshold: float
    accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidation:
    """The result of the protocol for two folds or more.

    ``genuine`` and ``impostor`` are true for each pair, fold by fold, that was told rightly.
    """

    folds: tuple[Fold, ...]
    genuine: NDArray[np.bool_]
    impostor: NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        """The mean over folds."""
        return statistics.mean(fold.accuracy for fold in self.folds)

    @property
    def accuracy_sd(self) -> float:
        """The standard deviation over folds, with n - 1."""
        return statistics.stdev(fold.accuracy for fold in self.folds)


def cross_validate(folds: Sequence[Comparisons]) -> CrossValidation:
    """Cross-validate the threshold over ``folds``, each with pairs of both kinds."""
    distances = [fold.distances() for fold in folds]
    found, genuine, impostor = [], [], []
    for number, fold in enumerate(folds):
        threshold = pooled(distances[:number] + distances[number + 1 :]).best_threshold()
        found.append(Fold(threshold, distances[number].accuracy(threshold)))
        genuine.append(fold.genuine <= np.float32(threshold))
        impostor.append(~(fold.impostor <= np.float32(threshold)))
    return CrossValidation(tuple(found), np.concatenate(genuine), np.concatenate(impostor))
