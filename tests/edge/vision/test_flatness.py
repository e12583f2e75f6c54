"""A photo that is turned is a flat thing that is turned; what stands out of a face moves against
it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from facedoor.frames import Box, Face, Image
from facedoor.vision.flatness import is_flat, likeness, patch

SIDE_PX = 400
EYES_Y_PX, MOUTH_Y_PX = 160.0, 245.0
NOSE_DEPTH_PX = 47.0
"""0.58 eye distances, as faces have it."""

RNG = np.random.default_rng(3)
TEXTURE = cv2.GaussianBlur(
    RNG.integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8), (0, 0), 6
).astype(np.uint8)


def painted() -> Image:
    """A face of ellipses on skin that is nowhere the same."""
    image = cv2.normalize(TEXTURE, np.empty_like(TEXTURE), 120, 200, cv2.NORM_MINMAX)
    for x in (160, 240):
        cv2.ellipse(image, (x, 160), (22, 11), 0, 0, 360, (40, 30, 30), -1)
        cv2.ellipse(image, (x, 135), (28, 6), 0, 0, 360, (60, 40, 30), -1)
    cv2.ellipse(image, (200, 205), (14, 26), 0, 0, 360, (225, 190, 170), -1)
    cv2.ellipse(image, (200, 228), (17, 6), 0, 0, 360, (90, 60, 60), -1)
    cv2.ellipse(image, (200, 245), (32, 9), 0, 0, 360, (140, 60, 60), -1)
    return image.astype(np.uint8)


def seen(yaw_deg: float, depth_px: float, distance_px: float = 900.0) -> tuple[Image, Face]:
    """The painted face, turned; its nose stands out by ``depth_px``."""
    rows, columns = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float64)
    x, y = columns - 200, rows - 205
    nose = np.exp(-((x / 24) ** 2 + (y / 34) ** 2))
    cheeks = -0.002 * x**2 * (depth_px > 0)
    z = depth_px * nose + cheeks
    sine, cosine = math.sin(math.radians(yaw_deg)), math.cos(math.radians(yaw_deg))
    # Where each point of the picture goes; turned to the right of the image.
    scale = distance_px / (distance_px - (z * cosine - x * sine))
    across, down = (x * cosine + z * sine) * scale + 200, y * scale + 205
    image = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    source = painted()
    order = np.argsort(z, axis=None)
    for dx in (0, 1):
        for dy in (0, 1):
            to_x = np.clip(across.astype(int) + dx, 0, SIDE_PX - 1).ravel()[order]
            to_y = np.clip(down.astype(int) + dy, 0, SIDE_PX - 1).ravel()[order]
            image[to_y, to_x] = source.reshape(-1, 3)[order]
    points = np.array([(160, 160), (240, 160), (200, 205), (200, 245), (120, 170), (280, 170)])
    at = [(across[y, x], down[y, x]) for x, y in points]
    return image, Face(Box(90, 80, 310, 320), np.array(at, np.float32), 1.0)


@pytest.mark.parametrize("yaw_deg", [15.0, 30.0, 45.0])
def test_photo_that_is_turned_is_flat(yaw_deg: float) -> None:
    assert is_flat(patch(*seen(0.0, 0.0)), patch(*seen(yaw_deg, 0.0)))


@pytest.mark.parametrize("yaw_deg", [-35.0, -26.0, 26.0, 35.0])
def test_head_that_is_turned_is_not(yaw_deg: float) -> None:
    frontal, turned = patch(*seen(0.0, NOSE_DEPTH_PX)), patch(*seen(yaw_deg, NOSE_DEPTH_PX))
    assert not is_flat(frontal, turned)


def test_what_has_nothing_in_common_is_not_flat() -> None:
    grey = np.full((96, 96), 128, np.uint8)
    assert likeness(patch(*seen(0.0, 0.0)), grey) == 0.0


def test_face_at_the_edge_of_the_picture_has_a_patch() -> None:
    image, face = seen(0.0, 0.0)
    outside = Face(Box(-40, -40, 100, 100), face.landmarks - 150, 1.0)
    assert patch(image, outside).shape == (96, 96)
