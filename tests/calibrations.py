"""Calibrations that are easy to think about, and made-up people to measure some on."""

from __future__ import annotations

import base64

import numpy as np

from facedoor.frames import Vector
from facedoor.vision.calibration import Calibration, Cohort, DistanceTable, Refusals, RiskPoint

EMBEDDER = "0" * 64


def risk(*points: tuple[float, float], extrapolated_below: float = 0.0) -> tuple[RiskPoint, ...]:
    """Points of a table from (rate, threshold), ascending."""
    return tuple(
        RiskPoint(rate, threshold, 0.0, 1.0, rate < extrapolated_below)
        for rate, threshold in points
    )


def refusals(photos: int, *points: tuple[float, float]) -> Refusals:
    return Refusals(photos, 20, 40, points)


def table(*points: tuple[float, float], extrapolated_below: float = 0.0) -> DistanceTable:
    return DistanceTable(
        risk(*points, extrapolated_below=extrapolated_below),
        ((0.5, 8.0), (1.0, 0.0), (1.4, -8.0)),
        1.0,
    )


PLAIN = table((1e-7, 0.4), (1e-6, 0.5), (1e-5, 0.7), (1e-3, 0.9), extrapolated_below=1e-6)
CORRECTED = table((1e-7, 0.5), (1e-6, 0.65), (1e-5, 0.8), (1e-3, 1.0), extrapolated_below=1e-6)


def cohort(*degrees: float, nearest: int = 1, high: float = 0.0, weight: float = 0.5) -> Cohort:
    """A cohort on the circle, with ``low`` as far below zero as ``high`` is above."""
    angles = np.radians(degrees)
    rows = np.rint(127 * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype(np.int8)
    centroids = base64.b64encode(rows.tobytes()).decode()
    return Cohort(centroids, 2, nearest, -high, high, weight, weight, "test")


def calibration(corrected: bool = True) -> Calibration:
    return Calibration(
        embedder_sha256=EMBEDDER,
        measured_on="nobody",
        people=1000,
        comparisons=500_000,
        extrapolation="none",
        plain=PLAIN,
        corrected=CORRECTED if corrected else None,
        cohort=cohort(0.0, 90.0) if corrected else None,
    )


SIZE = 24


def made_up(
    people: int, photos: int = 2, seed: int = 1, name: str = "p"
) -> dict[str, Vector | None]:
    """Embeddings by photo, ``NAME/FILE``: unit vectors around one direction for each person."""
    draw = np.random.default_rng(seed)
    groups = draw.standard_normal((12, SIZE))
    found: dict[str, Vector | None] = {}
    for person in range(people):
        own = 0.6 * groups[draw.integers(12)] + draw.standard_normal(SIZE)
        for photo in range(photos):
            vector = own + 0.35 * draw.standard_normal(SIZE)
            unit = (vector / np.linalg.norm(vector)).astype(np.float32)
            found[f"{name}{person:04d}/{photo}.jpg"] = unit
    return found
