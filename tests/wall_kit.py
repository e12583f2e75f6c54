"""A wall with pictures on it and heads before it, painted to a fraction of a pixel."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Box, Face, Image

WALL = np.full((150, 300, 3), 150, np.float32)
NOISE = np.random.default_rng(0).normal(0, 1, (190, 340, 3)).astype(np.float32)
Place = Callable[[float], tuple[float, float]]
"""Left and top edge at a time, in pixels and parts of pixels."""


def portrait(seed: int, size_px: int = 80) -> Image:
    """Smooth blobs with the contrast of a face."""
    coarse = np.random.default_rng(seed).uniform(40, 220, (9, 9, 3)).astype(np.float32)
    picture = cv2.resize(coarse, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


def frame_of(
    items: list[tuple[Image, float, float]], noise: float, light: float, seed: int
) -> Image:
    """A frame with pictures at places, left and top in pixels and parts of pixels."""
    canvas: NDArray[np.float32] = WALL
    for picture, left, top in items:
        size = (canvas.shape[1], canvas.shape[0])
        shift = np.array([[1, 0, left], [0, 1, top]], np.float32)
        there = cv2.warpAffine(np.ones(picture.shape[:2], np.float32), shift, size)[..., None]
        seen = cv2.warpAffine(picture.astype(np.float32), shift, size)
        canvas = (canvas * (1 - there) + seen).astype(np.float32)
    down, right = np.random.default_rng(seed).integers(0, 40, 2)
    grain = NOISE[down : down + canvas.shape[0], right : right + canvas.shape[1]]
    return np.clip(canvas * light + noise * grain, 0, 255).astype(np.uint8)


def face_at(left: float, top: float, size_px: float = 80) -> Face:
    return Face(Box(left, top, left + size_px, top + size_px), np.zeros((6, 2), np.float32), 0.9)


def still(left: float, top: float) -> Place:
    return lambda time_s: (left, top)


def swaying(left: float, top: float, by_px: float) -> Place:
    """A slow sway and a breath: what a standing head does."""
    return lambda time_s: (
        left + by_px * math.sin(1.9 * time_s),
        top + 0.6 * by_px * math.sin(1.3 * time_s + 1),
    )
