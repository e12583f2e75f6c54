"""Photos turned before a camera, flat or bent: how far the face on them seems to turn.

Each photo is as large as life, since perspective, which is what moves the nose, is strongest then,
and stands or is bent about the middle of the face, which is the most that a bend can do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Face, Image

VIEW_PX = (960, 720)
"""Width and height of the camera's picture."""

FOCAL_PX = 740.0
"""As Camera Module 3 has it at this width: 66 degrees."""

EYES_APART_M = 0.063
"""Between the pupils of an adult, the mean."""

ANGLES_DEG = tuple(range(-60, 61, 10))
DISTANCES_M = (0.35, 0.7)
BENDS_RAD = (0.0, 1.0, 1.8, -1.0)
"""How far the arc of a photo 0.3 m wide is bent: edges away from the camera, or, negative, towards
it."""

_WIDTH_M = 0.3


@dataclass(frozen=True, slots=True)
class Held:
    """How a photo is held."""

    bend_rad: float
    distance_m: float
    angle_deg: float


def rendered(photo: Image, face: Face, held: Held) -> Image:
    """What the camera sees of ``photo``, in which ``face`` is: uint8 RGB of :data:`VIEW_PX`."""
    width, height = VIEW_PX
    x = (np.arange(width, dtype=np.float64) - width / 2) / FOCAL_PX
    y = (np.arange(height, dtype=np.float64) - height / 2) / FOCAL_PX
    depth, arc = _met(x, held)
    apart_px = float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))
    px_per_m = apart_px / EYES_APART_M
    middle_x, middle_y = face.landmarks[[0, 1, 3]].mean(axis=0)
    columns = np.broadcast_to(middle_x + arc * px_per_m, (height, width))
    rows = middle_y + np.outer(y, depth) * px_per_m
    seen = cv2.remap(
        photo,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(128, 128, 128),
    )
    return np.asarray(seen, np.uint8)


def _met(x: NDArray[np.float64], held: Held) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the rays of the columns meet the photo: depth and place along its arc, in metres.

    NaN becomes a place outside of every photo.
    """
    sine, cosine = math.sin(math.radians(held.angle_deg)), math.cos(math.radians(held.angle_deg))
    with np.errstate(invalid="ignore", divide="ignore"):
        if held.bend_rad == 0:
            # A point at u of the photo stands at (u cos, distance + u sin).
            arc = x * held.distance_m / (cosine - x * sine)
            depth = held.distance_m + arc * sine
        else:
            radius = _WIDTH_M / held.bend_rad
            centre_x, centre_z = -radius * sine, held.distance_m + radius * cosine
            # (t x - centre_x)^2 + (t - centre_z)^2 = radius^2
            a, b = x * x + 1, x * centre_x + centre_z
            c = centre_x**2 + centre_z**2 - radius**2
            root = np.sqrt(b * b - a * c)
            depth = (b - math.copysign(1, radius) * root) / a
            across, away = depth * x - centre_x, depth - centre_z
            # Back into the photo's own frame, in which the middle is nearest to the camera.
            side = across * cosine + away * sine
            front = across * sine - away * cosine
            arc = radius * np.arctan2(side / radius, front / radius)
    hidden = ~np.isfinite(depth) | (depth <= 0) | (np.abs(arc) > _WIDTH_M / 2)
    return np.where(hidden, 1.0, depth), np.where(hidden, 1e6, arc)
