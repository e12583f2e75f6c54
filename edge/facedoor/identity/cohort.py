"""The correction of a distance for faces that resemble many.

A network tells some faces apart worse than others: two people of a kind that it has seen little of
are near each other, and one threshold for everybody lets these strangers in. How alike a face is to
a cohort of other people tells how crowded its surroundings are. In speaker verification this is
known as score normalisation; here it only ever adds to a distance:

    d'^2 = d^2 + 2 (p(probe) + p(template)),    p(x) = weight * max(0, m(x) - reference)

where m(x) is the mean cosine of x to the nearest centroids of the cohort, and the reference is what
nine faces of ten stay below. So a face that resembles nobody in the cohort gets no bonus, and
people whom the cohort lacks are treated as without a cohort. docs/calibration.md has the figures
that led to this form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor.vision.calibration import Cohort


class Correction:
    """What a cohort adds to distances. Embeddings are unit vectors, float32 of shape (n, D)."""

    def __init__(self, cohort: Cohort) -> None:
        self._centroids = np.ascontiguousarray(cohort.vectors().T)
        self._nearest = cohort.nearest
        self._reference = np.float32(cohort.reference)
        self._weight = np.float32(cohort.weight)

    def resemblance(self, embeddings: Vector) -> Vector:
        """m(x) of each of ``embeddings``: float32 of shape (n,), -1 to 1."""
        cosines = embeddings @ self._centroids
        nearest = np.partition(cosines, -self._nearest, axis=1)[:, -self._nearest :]
        mean: Vector = nearest.mean(axis=1)
        return mean

    def penalties(self, embeddings: Vector) -> Vector:
        """p(x) of each of ``embeddings``: float32 of shape (n,), never below zero."""
        excess = self.resemblance(embeddings) - self._reference
        penalties: Vector = self._weight * np.maximum(excess, 0)
        return penalties

    def distances(self, first: Vector, second: Vector) -> Vector:
        """Corrected distances of all of ``first`` from all of ``second``: float32 (n, m)."""
        added = self.penalties(first)[:, np.newaxis] + self.penalties(second)
        distances: Vector = np.sqrt(np.maximum(2 - 2 * (first @ second.T), 0) + 2 * added)
        return distances
