"""Which way up a WebP picture is, by its EXIF data: OpenCV before 4.12 does not look.

Sources: RFC 9649 (the chunks of WebP), Exif 2.3 (4.6.2 the directory, 4.6.4 Orientation).
"""

from __future__ import annotations

import struct

import cv2
import numpy as np

from facedoor.frames import Image

_ORIENTATION = 0x0112
_MIRRORED = frozenset({2, 4, 5, 7})
_TURNS = {3: cv2.ROTATE_180, 4: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE}
_TURNS |= {7: cv2.ROTATE_90_CLOCKWISE, 5: cv2.ROTATE_90_COUNTERCLOCKWISE}
_TURNS |= {8: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned_upright(picture: Image, orientation: int) -> Image:
    """``picture``, uint8 (H, W, 3), as an EXIF ``orientation`` of 1 to 8 says."""
    if orientation in _MIRRORED:
        picture = np.ascontiguousarray(picture[:, ::-1])
    turn = _TURNS.get(orientation)
    return picture if turn is None else cv2.rotate(picture, turn).astype(np.uint8, copy=False)


def webp_orientation(data: bytes) -> int:
    """The orientation, 1 to 8, that a WebP file states; 1 where it states none that can be read."""
    try:
        return _stated(_exif(data))
    except struct.error:
        return 1


def _exif(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            return data[at + 8 : at + 8 + size].removeprefix(b"Exif\0\0")
        at += 8 + size + size % 2
    return b""


def _stated(exif: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, at)
    for entry in range(entries):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * entry)
        if tag == _ORIENTATION:
            return value if 1 <= value <= 8 else 1
    return 1
