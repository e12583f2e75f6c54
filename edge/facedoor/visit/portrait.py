"""A face with some of its surroundings, cut out of a frame: what a picture of a visit is made of.

The frame path keeps one for each visit that is under way, of the best view so far. So to cut has to
cost next to nothing, half a millisecond on a desktop's core: it is encoded elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from facedoor.frames import Box, Image

WIDTH_FACES, HEIGHT_FACES = 2.2, 2.6
"""What is cut out, in widths of the face's box: hair, shoulders, and who stands beside."""

UPWARDS = 0.45
"""Where the middle of the face is in it, as a share of the height: more of the body is shown than
of what is above the head."""

MOST_PX = 640
"""A wider one is shrunk by a whole number, which is fast, so that none takes more than 1.5 MB,
whatever the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """``image`` is uint8 RGB (H, W, 3), at most :data:`MOST_PX` wide; the higher ``score``, the
    better it shows the face."""

    image: Image
    score: float


def cut_out(image: Image, box: Box) -> Image:
    """The face in ``box`` with its surroundings, as far as they are in ``image``: a copy."""
    height_px, width_px = image.shape[:2]
    x, y = box.centre
    wide, high = WIDTH_FACES * box.width_px, HEIGHT_FACES * box.width_px
    left, top = x - wide / 2, y - UPWARDS * high
    columns = slice(*_inside(left, left + wide, width_px))
    rows = slice(*_inside(top, top + high, height_px))
    step = -(-(columns.stop - columns.start) // MOST_PX)
    part = image[rows, columns]
    if step == 1:
        return part.copy()
    size = part.shape[1] // step, max(1, part.shape[0] // step)
    even = part[: size[1] * step, : size[0] * step]
    return cv2.resize(even, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _inside(start: float, stop: float, length_px: int) -> tuple[int, int]:
    first = min(max(0, round(start)), length_px - 1)
    return first, min(max(first + 1, round(stop)), length_px)
