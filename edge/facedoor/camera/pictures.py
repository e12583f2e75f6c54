"""Picture files, read without trusting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facedoor.camera.headers import picture_format, picture_size
from facedoor.camera.quiet import silence_opencv
from facedoor.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

    from facedoor.frames import Image

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000
"""Largest picture that is decoded: above what phones take, and 120 MB as RGB."""

MAX_SENT_PIXELS = 8_000_000
"""The same for a picture that was sent: it is decoded beside a running door, and what a face needs
is far less. Decoding takes 100 MB at most."""

silence_opencv()


def read_picture(path: Path) -> Image:
    """The picture in the file ``path``: uint8 RGB (H, W, 3), upright as its EXIF data says.

    Raises :class:`ImageError`, naming the file, when it is missing, unreadable, of another type
    than JPEG, PNG, WebP or BMP, damaged, empty, or too large.
    """
    try:
        if not path.exists():
            raise ImageError(f"there is no file {path}: check the name")
        if not path.is_file():
            raise ImageError(f"{path} is not a file: name a picture")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"{path} cannot be read ({error.strerror}): check its rights") from error
    return decode_picture(data, str(path))


def decode_sent_picture(data: bytes, name: str) -> Image:
    """As :func:`decode_picture`, but JPEG and PNG only, of at most :data:`MAX_SENT_PIXELS`."""
    if picture_format(data) not in {"JPEG", "PNG"}:
        raise ImageError(f"{name} is neither JPEG nor PNG: convert it")
    return decode_picture(data, name, MAX_SENT_PIXELS)


def decode_picture(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> Image:
    """The picture in ``data``; ``name`` stands for it in errors. As :func:`read_picture`."""
    if not data:
        raise ImageError(f"{name} is empty: copy the picture again")
    if len(data) > MAX_BYTES:
        raise ImageError(f"{name} is larger than {MAX_BYTES >> 20} MiB: save it smaller")
    kind = picture_format(data)
    if kind is None:
        raise ImageError(f"{name} is not a picture of a known type: use JPEG, PNG, WebP or BMP")
    damaged = f"{name} is a damaged {kind} file: copy it again, or take the picture anew"
    size = picture_size(data)
    if size is None:
        raise ImageError(damaged)
    width, height = size
    if width * height > max_pixels:
        raise ImageError(
            f"{name} has {width} x {height} pixels, more than {max_pixels // 10**6} megapixels: "
            "save it smaller"
        )
    try:
        # This flag makes grey and transparent pictures BGR too, and turns them upright.
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise ImageError(damaged)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
