"""Pictures made small enough to be sent in a command."""

from __future__ import annotations

from pathlib import Path

import cv2

from facedoor.camera.headers import picture_format, picture_size
from facedoor.camera.pictures import MAX_SENT_PIXELS, read_picture
from facedoor.errors import UsageError
from facedoor.frames import Image

_SIZES_PX = (1280, 1024, 800, 640, 480)
"""Longer sides to try. A face that fills a third of the smallest still has 160 px."""

_QUALITY = 85


def fitted_picture(path: Path, most_bytes: int) -> bytes:
    """The picture in a file as JPEG or PNG of ``most_bytes`` at most, made smaller if need be.

    Raises :class:`ImageError` for what is no picture, :class:`UsageError` when it does not fit.
    """
    picture = read_picture(path)
    data = path.read_bytes()
    width_px, height_px = picture_size(data) or (0, 0)
    is_taken = picture_format(data) in {"JPEG", "PNG"} and width_px * height_px <= MAX_SENT_PIXELS
    if is_taken and len(data) <= most_bytes:
        return data
    for longest_px in _SIZES_PX:
        data = _encoded(picture, longest_px)
        if len(data) <= most_bytes:
            return data
    raise UsageError(f"{path} does not fit into a command beside the others: send fewer at once")


def _encoded(picture: Image, longest_px: int) -> bytes:
    scale = min(1.0, longest_px / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    smaller = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(smaller, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
