"""Two embedders as one measure: how near a face is to a person by what both say.

What one network takes for two alike faces, another, trained otherwise, often tells apart. The joint
distance is the root of the weighted mean of both squared distances,

    j^2 = (d1'^2 + w d2^2) / (1 + w)

with the first one's as its cohort corrects it (:class:`facedoor.identity.search.Correction`). For
embeddings laid end to end, the second's times the root of w, that is the L2 distance but for a
factor, so it is a distance like any other and has a table of its own.

The second network costs time, and most faces are strangers to it whom the first has told already.
So it is asked only about people to whom the face is near by the first, within ``asks_within``. For
everybody else, and for whoever has no template of the second, the two are taken for strangers at a
right angle, as most strangers stand and as none is counted farther. That is part of the measure,
and was so when its table was made: whoever lacks the second's word is never nearer for it, and no
threshold reaches as far (:meth:`facedoor.vision.calibration.JointCalibration.usable`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Vector
from facedoor.identity.decoding import are_unit_vectors
from facedoor.identity.gallery import Gallery
from facedoor.identity.templates import Templates
from facedoor.vision.calibration import AT_RIGHT_ANGLES, JointCalibration
from facedoor.vision.second import SecondPack

Ask: TypeAlias = Callable[[], Vector]
"""Has the second embedder look at the face that is searched for: float32 (D,), of length 1."""


@dataclass(frozen=True, slots=True)
class Joint:
    """How the squared distances by two embedders become one."""

    weight: float
    asks_within: float

    @classmethod
    def of(cls, calibration: JointCalibration) -> Joint:
        return cls(calibration.weight, calibration.asks_within)

    def asks(self, first: Vector) -> NDArray[np.bool_]:
        """For which squared distances by the first, corrected, the second is asked."""
        within: NDArray[np.bool_] = first <= np.float32(self.asks_within**2)
        return within

    def squares(self, first: Vector, second: Vector | float = AT_RIGHT_ANGLES) -> Vector:
        """The squared joint distances: float32 of the shape of ``first``, squared distances by the
        first, corrected. ``second`` are those by the second, plain, where it was asked."""
        right = np.float32(AT_RIGHT_ANGLES)
        told = np.where(self.asks(first), np.minimum(second, right), right)
        weight = np.float32(self.weight)
        joint: Vector = ((first + weight * told) / (1 + weight)).astype(np.float32, copy=False)
        return joint


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """The templates that a second embedder made, and how its word counts."""

    joint: Joint
    templates: Templates

    @classmethod
    def of(cls, gallery: Gallery, second: SecondPack | None) -> Second | None:
        """Read those of its embedder, where there is a second pack. Raises :class:`StoreError`."""
        if second is None:
            return None
        templates = gallery.templates(second.embedder.sha256, second.embedding_size)
        return cls(Joint.of(second.joint), templates)

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Who of ``names`` has no template of the second embedder."""
        known = set(self.templates.names)
        return [name for name in names if name not in known]


class SecondIndex:
    """What the second embedder knows of the people of an index. Never changes."""

    def __init__(self, joint: Joint, means: Vector) -> None:
        """``means`` has a unit vector for each person, in the index's order, and zeros for whoever
        has no template of the second: float32 (people, D)."""
        self._joint = joint
        self._means = means
        self._is_known = means.any(axis=1)

    def joined(self, first: Vector, ask: Ask | None) -> Vector:
        """The squared joint distances from ``first``, the squared distances of everybody by the
        first embedder, corrected.

        ``ask`` is called at most once, and only where somebody is near enough that it can matter.
        Raises ``ValueError`` if it gives no finite vector of unit length.
        """
        asked = self._joint.asks(first) & self._is_known
        second = np.full(len(first), AT_RIGHT_ANGLES, np.float32)
        if ask is not None and asked.any():
            probe = ask()
            if probe.ndim != 1 or not are_unit_vectors(probe):
                raise ValueError("an embedding has to be one finite vector of unit length")
            cosines = np.einsum("ij,j->i", self._means[asked], probe)
            second[asked] = np.maximum(0, 2 - 2 * cosines)
        return self._joint.squares(first, second)
