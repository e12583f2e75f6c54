"""The two streams of a camera that has only one: its picture, and a small copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from facedoor.config.options import CameraConfig
    from facedoor.frames import Image


def two_streams(picture: Image, config: CameraConfig) -> tuple[Image, Image]:
    """``main``: the picture, shrunk only if it exceeds the configured size; ``lores``: smaller.

    Neither is ever enlarged; a picture that is small enough is returned as it is, even as both.
    """
    main = shrunk_to_fit(picture, config.width_px, config.height_px)
    return main, shrunk_to_fit(main, config.lores_width_px, main.shape[0])


def shrunk_to_fit(picture: Image, width_px: int, height_px: int) -> Image:
    """``picture`` within ``width_px`` x ``height_px``, its aspect kept; as it is if it fits."""
    height, width = picture.shape[:2]
    scale = min(width_px / width, height_px / height)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Other filters pick single pixels when shrinking, and so turn noise in the dark into texture.
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
