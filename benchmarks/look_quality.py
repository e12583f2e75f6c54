"""How much farther from its person a look is expected to be for how poor it is.

A straight line through what was measured of looks (:data:`benchmarks.looks.MEASURED`, and how
near the look is to the mean of everybody, as a blurred or hidden face is), by least squares, on
people who are not judged by it. It is fitted to what differs *within* one visit, or among the
photos of one person: that is what weights can use, since they only say how much each of these
counts beside the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.looks import MEASURED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.looks import Looks
    from facedoor.frames import Vector

_RIDGE = 20.0
"""Looks' worth of no effect: what goes together gets no large weights of two signs."""

_MIDDLE_GREY = 128.0


def described(looks: Looks, everybody: Vector) -> Vector:
    """What the line goes by: float32 (n, 9); ``everybody`` is the mean of many people, (D,), of
    length 1."""
    of = dict(zip(MEASURED, looks.measured.T, strict=True))
    columns = (
        np.log(of["face_px"]),
        of["sharpness"],
        (of["brightness"] - _MIDDLE_GREY) ** 2,
        of["yaw_deg"] ** 2,
        of["pitch_deg"] ** 2,
        of["roll_deg"] ** 2,
        of["score"],
        np.log(of["length"]),
        looks.embeddings @ everybody,
    )
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """``slope`` is the distance by each column of :func:`described`, float32 (9,), and ``middle``
    those of the looks that it was fitted to."""

    slope: Vector
    middle: Vector

    @classmethod
    def of(cls, groups: Sequence[Vector], distances: Sequence[Vector]) -> Expected:
        """Of visits, or people: what each look is like, (n, 9), and how far it is from its person,
        (n,)."""
        columns, apart = (np.concatenate(_centred(each)) for each in (groups, distances))
        spread = np.maximum(columns.std(axis=0), np.finfo(np.float32).tiny)
        scaled = columns / spread
        square = scaled.T @ scaled + _RIDGE * np.eye(scaled.shape[1])
        slope = np.linalg.solve(square, scaled.T @ apart) / spread
        middle = np.concatenate(groups).mean(axis=0)
        return cls(slope.astype(np.float32), middle.astype(np.float32))

    def farther(self, group: Vector) -> Vector:
        """By how much looks are expected to be farther from their person than others are, (n,)."""
        return np.asarray((group - self.middle) @ self.slope, np.float32)

    def explained(self, groups: Sequence[Vector], distances: Sequence[Vector]) -> float:
        """Which share of the variance within visits it explains, below 0 where it only adds."""
        said = np.concatenate(_centred([self.farther(group) for group in groups]))
        apart = np.concatenate(_centred(distances))
        return float(1 - np.var(apart - said) / np.var(apart))


def weights(farther: Vector, strength: float) -> Vector:
    """How much each look counts in a mean, 1 for the best of them: float32 (n, 1)."""
    counts: Vector = np.exp(np.float32(-strength) * (farther - farther.min()))
    return counts[:, np.newaxis]


def _centred(groups: Sequence[Vector]) -> list[Vector]:
    return [group - group.mean(axis=0) for group in groups]
