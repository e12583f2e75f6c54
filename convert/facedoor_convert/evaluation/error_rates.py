"""How often a threshold errs, from the distances of genuine pairs and of impostor pairs.

A pair is accepted when its distance is at most the threshold. A pair of which a face was missed has
an infinite distance: it is never accepted, which is an error for a genuine pair and right for an
impostor pair. FMR, the false match rate, is the share of impostor pairs that are accepted; FNMR,
the false non-match rate, the share of genuine pairs that are not; TAR is 1 - FNMR (terms of
ISO/IEC 19795-1). Nothing here asks for a distance to be the L2 norm: any number that is smaller the
more alike two faces are will do.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDING = 1e-9
"""Share of a count that is taken for a rounding error: 0.29 of 100 is 29."""


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Distances of pairs of both kinds, each ascending: float32 of shape (n,), n >= 1.

    Infinite where a face was missed.
    """

    genuine: Vector
    impostor: Vector

    @classmethod
    def of(cls, genuine: Vector | Sequence[float], impostor: Vector | Sequence[float]) -> Distances:
        """From distances in any order. Raises ``ValueError`` for no or meaningless distances."""
        kinds = [np.sort(np.asarray(kind, np.float32)) for kind in (genuine, impostor)]
        for kind in kinds:
            # nan is sorted to the end.
            if not len(kind) or np.isnan(kind[-1]):
                raise ValueError("error rates need numbers, at least one of each kind of pair")
        return cls(*kinds)

    def __len__(self) -> int:
        return len(self.genuine) + len(self.impostor)

    def fmr(self, threshold: float) -> float:
        return _accepted(self.impostor, threshold) / len(self.impostor)

    def fnmr(self, threshold: float) -> float:
        return 1 - _accepted(self.genuine, threshold) / len(self.genuine)

    def threshold_at_fmr(self, rate: float) -> float:
        """The largest threshold, as a float32, whose FMR is at most ``rate``, which is below 1."""
        return just_below(self.impostor[accepted_at(rate, len(self.impostor))])

    def accuracy(self, threshold: float) -> float:
        """The share of pairs that are told rightly."""
        right = _accepted(self.genuine, threshold)
        right += len(self.impostor) - _accepted(self.impostor, threshold)
        return right / len(self)

    def best_threshold(self) -> float:
        """The distance that tells most pairs rightly, the smallest if there are several.

        It is that of a genuine pair, since between two of these only impostors can be added, or
        one below all distances where it is best to accept nobody.
        """
        nobody = just_below(min(self.genuine[0], self.impostor[0]))
        chosen = np.append(np.float32(nobody), self.genuine[np.isfinite(self.genuine)])
        right = np.searchsorted(self.genuine, chosen, "right").astype(np.int64)
        right -= np.searchsorted(self.impostor, chosen, "right")
        return float(chosen[right.argmax()])

    def equal_error_rate(self) -> float:
        """The error rate at the threshold where FMR and FNMR are nearest, as their mean there."""
        crossing = min(self._crossing(self.genuine), self._crossing(self.impostor))
        # No distance lies between these two: the first where the FMR has overtaken, and the last
        # where it has not.
        around = (self._largest_below(crossing), crossing)
        nearest = min(around, key=lambda t: abs(self.fmr(t) - self.fnmr(t)))
        return (self.fmr(nearest) + self.fnmr(nearest)) / 2

    def _crossing(self, distances: Vector) -> float:
        """The smallest of ``distances`` at which the FMR is no smaller than the FNMR."""
        found = distances[: np.searchsorted(distances, np.inf)]
        first = bisect.bisect_left(found, True, key=lambda t: self.fmr(t) >= self.fnmr(t))
        return float(found[first]) if first < len(found) else math.inf

    def _largest_below(self, threshold: float) -> float:
        nearest = -math.inf
        for kind in (self.genuine, self.impostor):
            before = int(np.searchsorted(kind, np.float32(threshold), "left"))
            if before:
                nearest = max(nearest, float(kind[before - 1]))
        return nearest

    def area_under_curve(self) -> float:
        """The share of (genuine, impostor) couples of which the genuine pair is nearer.

        Equal distances count half, among them those of missed pairs. It is the area under the ROC
        curve (Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982).
        """
        nearer = np.searchsorted(self.impostor, self.genuine, "left")
        no_farther = np.searchsorted(self.impostor, self.genuine, "right")
        return 1 - float(np.mean((nearer + no_farther) / 2)) / len(self.impostor)

    def curve(self, points: int = 2000) -> Curve:
        """Both rates at up to ``points`` thresholds, spread evenly over the logarithm of the FMR.

        Each is the distance of an impostor pair, so the curve begins at the least FMR that the
        pairs can show, one in their number. Raises ``ValueError`` when all impostors were missed.
        """
        found = int(np.searchsorted(self.impostor, np.inf))
        if not found:
            raise ValueError("no impostor pair has a distance to draw a curve by")
        ranks = np.unique(np.rint(np.geomspace(1, found, points)).astype(np.int64))
        threshold = np.unique(self.impostor[ranks - 1])
        return Curve(
            threshold,
            np.searchsorted(self.impostor, threshold, "right") / len(self.impostor),
            1 - np.searchsorted(self.genuine, threshold, "right") / len(self.genuine),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Error rates by threshold, in ascending order: arrays of one shape."""

    threshold: Vector
    fmr: NDArray[np.float64]
    fnmr: NDArray[np.float64]


def pooled(parts: Sequence[Distances]) -> Distances:
    """All pairs of several parts as one."""
    return Distances.of(
        np.concatenate([part.genuine for part in parts]),
        np.concatenate([part.impostor for part in parts]),
    )


def accepted_at(rate: float, count: int) -> int:
    """How many of ``count`` pairs may be accepted at a rate of at most ``rate``."""
    return math.floor(rate * count * (1 + _ROUNDING))


def just_below(distance: float) -> float:
    """The largest float32 below ``distance``: a threshold that does not accept it."""
    return float(np.nextafter(np.float32(distance), np.float32(-np.inf)))


def _accepted(distances: Vector, threshold: float) -> int:
    known = distances[: np.searchsorted(distances, np.inf)]
    return int(np.searchsorted(known, np.float32(threshold), "right"))
