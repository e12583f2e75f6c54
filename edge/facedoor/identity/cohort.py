"""The correction of a distance for faces that resemble many, or whose like is not known.

A network tells some faces apart worse than others: two people of a kind that it has seen little of
are near each other, and one threshold for everybody lets these strangers in. How alike a face is to
a cohort of other people tells how crowded its surroundings are. In speaker verification this is
known as score normalisation; here it only ever adds to a distance, on both sides of a band:

    d'^2 = d^2 + 2 (p(probe) + p(template))
    p(x) = weight_above * max(0, m(x) - high) + weight_below * max(0, low - m(x))

where m(x) is the mean cosine of x to the nearest centroids of the cohort. Above ``high`` a face has
many like it, and more is asked of it. Below ``low`` the cohort has nobody like it: such a face may
be rare, or one of a kind that the cohort lacks, which cannot be told apart, so more is asked of it
too. docs/calibration.md has the figures that led to this form.
"""

from __future__ import annotations

import numpy as np

from facedoor.frames import Vector
from facedoor.vision.calibration import Cohort


class Correction:
    """What a cohort adds to distances. Embeddings are unit vectors, float32 of shape (n, D)."""

    def __init__(self, cohort: Cohort) -> None:
        self._centroids = np.ascontiguousarray(cohort.vectors().T)
        self._nearest = cohort.nearest
        self._low, self._high = np.float32(cohort.low), np.float32(cohort.high)
        self._weight_below = np.float32(cohort.weight_below)
        self._weight_above = np.float32(cohort.weight_above)

    def resemblance(self, embeddings: Vector) -> Vector:
        """m(x) of each of ``embeddings``: float32 of shape (n,), -1 to 1."""
        cosines = embeddings @ self._centroids
        nearest = np.partition(cosines, -self._nearest, axis=1)[:, -self._nearest :]
        mean: Vector = nearest.mean(axis=1, dtype=np.float32)
        return mean

    def penalties(self, embeddings: Vector) -> Vector:
        """p(x) of each of ``embeddings``: float32 of shape (n,), never below zero."""
        likeness = self.resemblance(embeddings)
        penalties: Vector = self._weight_above * np.maximum(likeness - self._high, 0)
        penalties += self._weight_below * np.maximum(self._low - likeness, 0)
        return penalties

    def distances(self, first: Vector, second: Vector) -> Vector:
        """Corrected distances of all of ``first`` from all of ``second``: float32 (n, m)."""
        added = self.penalties(first)[:, np.newaxis] + self.penalties(second)
        distances: Vector = np.sqrt(np.maximum(2 - 2 * (first @ second.T), 0) + 2 * added)
        return distances
