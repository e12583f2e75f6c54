"""A frame as a small JPEG file, to be looked at and not to be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from facedoor.frames import Image

WIDTH_PX = 640
QUALITY = 80
"""Of JPEG, 0 to 100: about 60 kB for a frame of a hallway."""


def snapshot(image: Image) -> bytes:
    """``image``, uint8 RGB (H, W, 3), as a JPEG file at most :data:`WIDTH_PX` wide."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    height_px, width_px = image.shape[:2]
    if width_px > WIDTH_PX:
        size = (WIDTH_PX, max(1, round(height_px * WIDTH_PX / width_px)))
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes()
