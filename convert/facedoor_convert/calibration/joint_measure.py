"""The joint distance of two embedders as a measure of embeddings that are laid end to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor.identity.joint import Joint
    from facedoor.identity.search import Correction


@dataclass(frozen=True, slots=True)
class JointMeasure:
    """The joint distance of embeddings that are laid end to end: of the first, of ``size`` numbers,
    and of the second. Each half is taken for its direction alone, as the door takes it."""

    joint: Joint
    size: int
    correction: Correction | None = None

    def distances(self, one: Vector, other: Vector) -> Vector:
        """Those of all of ``one`` (n, D) from all of ``other`` (m, D): float32 (n, m)."""
        (first, second), (other_first, other_second) = self._halves(one), self._halves(other)
        squares = np.maximum(2 - 2 * (first @ other_first.T), 0)
        if self.correction is not None:
            added = self.correction.penalties(first)[:, np.newaxis]
            squares += 2 * (added + self.correction.penalties(other_first))
        by_second = np.maximum(2 - 2 * (second @ other_second.T), 0)
        distances: Vector = np.sqrt(self.joint.squares(squares, by_second))
        return distances

    def _halves(self, embeddings: Vector) -> tuple[Vector, Vector]:
        return _unit(embeddings[:, : self.size]), _unit(embeddings[:, self.size :])


def _unit(vectors: Vector) -> Vector:
    """Of length 1; zeros, which have no direction, stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vector = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
