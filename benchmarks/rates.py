"""How often a threshold errs, from the distances of genuine pairs and of impostor pairs.

A pair is accepted when its distance is at most the threshold. A pair of which a face was missed has
an infinite distance: it is never accepted, which is an error for a genuine pair and right for an
impostor pair. FMR, the false match rate, is the share of impostor pairs that are accepted; FNMR,
the false non-match rate, the share of genuine pairs that are not (terms of ISO/IEC 19795-1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Vector

BLOCK = 512
"""Vectors that are compared with all others at a time: it bounds the memory of a comparison."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Distances of pairs of both kinds: float32 of shape (n,), n >= 1, in any order."""

    genuine: Vector
    impostor: Vector

    def __len__(self) -> int:
        return len(self.genuine) + len(self.impostor)

    def fmr(self, threshold: float) -> float:
        return float(np.mean(self.impostor <= np.float32(threshold)))

    def fnmr(self, threshold: float) -> float:
        return 1 - float(np.mean(self.genuine <= np.float32(threshold)))

    def rates_at(self, threshold: float) -> dict[str, float]:
        """Both error rates at a threshold, for a table."""
        return {"threshold": threshold, "fmr": self.fmr(threshold), "fnmr": self.fnmr(threshold)}

    def threshold_at_fmr(self, rate: float) -> float:
        """The largest threshold, as a float32, whose FMR is at most ``rate``, which is below 1."""
        accepted = int(rate * len(self.impostor))
        next_nearest = np.partition(self.impostor, accepted)[accepted]
        return float(np.nextafter(next_nearest, np.float32(-np.inf)))

    def tar_at_fmr(self, rate: float) -> float:
        """The true accept rate, 1 - FNMR, where the FMR is at most ``rate``."""
        return 1 - self.fnmr(self.threshold_at_fmr(rate))

    def accuracy(self, threshold: float) -> float:
        """The share of pairs that are told rightly."""
        right = np.count_nonzero(self.genuine <= np.float32(threshold))
        right += np.count_nonzero(~(self.impostor <= np.float32(threshold)))
        return right / len(self)

    def best_threshold(self) -> float:
        """The distance that tells most pairs rightly, the smallest if there are several."""
        curve = self.curve()
        right = (1 - curve.fnmr) * len(self.genuine) + (1 - curve.fmr) * len(self.impostor)
        return float(curve.threshold[np.rint(right).argmax()])

    def curve(self) -> Curve:
        """Both rates at every finite distance that occurs. Raises ``ValueError`` if none does."""
        every = np.unique(np.concatenate([self.genuine, self.impostor]))
        threshold = every[np.isfinite(every)]
        if not len(threshold):
            raise ValueError("no pair has a distance, so there is nothing to choose a threshold by")
        accepted = np.searchsorted(np.sort(self.genuine), threshold, "right")
        mistaken = np.searchsorted(np.sort(self.impostor), threshold, "right")
        return Curve(threshold, mistaken / len(self.impostor), 1 - accepted / len(self.genuine))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Error rates by threshold, in ascending order: arrays of one shape."""

    threshold: Vector
    fmr: NDArray[np.float64]
    fnmr: NDArray[np.float64]

    def equal_error_rate(self) -> float:
        """The error rate where both are equal; between two steps, the mean of the nearest two."""
        nearest = int(np.abs(self.fmr - self.fnmr).argmin())
        return float(self.fmr[nearest] + self.fnmr[nearest]) / 2


def pooled(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of several parts as one."""
    return Pairs(
        np.concatenate([part.genuine for part in parts]),
        np.concatenate([part.impostor for part in parts]),
    )


def accuracies(folds: Sequence[Pairs]) -> list[float]:
    """Each fold's accuracy at the threshold that is best on all the others.

    The protocol of Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild" (2007).
    """
    found = []
    for number, fold in enumerate(folds):
        others = pooled([*folds[:number], *folds[number + 1 :]])
        found.append(fold.accuracy(others.best_threshold()))
    return found


def all_against_all(vectors: Vector) -> Vector:
    """The distance of every two of the unit ``vectors`` (n, D): shape (n (n - 1) / 2,)."""
    found = []
    for start in range(0, len(vectors), BLOCK):
        products = vectors[start : start + BLOCK] @ vectors[start:].T
        rows, columns = np.triu_indices(n=products.shape[0], k=1, m=products.shape[1])
        found.append(np.sqrt(np.maximum(2 - 2 * products[rows, columns], 0)))
    return np.concatenate(found)
