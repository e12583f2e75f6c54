"""Silhouettes in the place of photos: the demonstration's photos are not ours to spread."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from facedoor.camera.script import PointsPx
from facedoor.frames import Image

_HEAD = (118, 130, 145)
_BACKGROUND = (206, 212, 219)


def silhouette(size: tuple[int, int], points: PointsPx) -> Image:
    """A picture of ``size``, width and height, with a plain head where the face of a photo was.

    ``points`` are the eyes, the nose and the mouth. RGB, uint8 (height, width, 3).
    """
    width, height = size
    left, right, _, mouth = np.array(points)
    eyes, apart = (left + right) / 2, math.dist(left, right)
    tall = max(1.2 * apart, math.dist(eyes, mouth))
    tilt_deg = math.degrees(math.atan2(*(right - left)[::-1]))
    picture: Image = np.full((height, width, 3), _BACKGROUND, np.uint8)
    x, y = (float(value) for value in eyes)
    for centre, axes in (
        ((x, y + 4.1 * tall), (2.6 * apart, 2.5 * tall)),
        ((x, y + 1.3 * tall), (0.75 * apart, 1.3 * tall)),
        ((x, y + 0.1 * tall), (1.25 * apart, 1.6 * tall)),
    ):
        half = (round(axes[0]), round(axes[1]))
        cv2.ellipse(
            picture,
            (round(centre[0]), round(centre[1])),
            half,
            tilt_deg,
            0,
            360,
            _HEAD,
            -1,
            cv2.LINE_AA,
        )
    return picture


def write_silhouette(path: Path, picture: Image) -> None:
    """Write one as a file, by the ending of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
