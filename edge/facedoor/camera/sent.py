"""Pictures that are sent to a door: what it takes, and files that are sent as they are.

A machine that only gives commands need not have the libraries that open pictures: the door opens
them, and trusts none.
"""

from __future__ import annotations

from pathlib import Path

from facedoor.camera.headers import picture_format, picture_size
from facedoor.errors import ImageError, UsageError

SENT_FORMATS = frozenset({"JPEG", "PNG"})

MAX_SENT_PIXELS = 8_000_000
"""It is decoded beside a running door, and what a face needs is far less. Decoding takes 100 MB at
most."""


def is_sendable(data: bytes) -> bool:
    """Whether a door takes a file of this type and size in pixels."""
    width_px, height_px = picture_size(data) or (0, 0)
    return picture_format(data) in SENT_FORMATS and 0 < width_px * height_px <= MAX_SENT_PIXELS


def unopened_picture(path: Path, most_bytes: int) -> bytes:
    """The picture in a file, JPEG or PNG of ``most_bytes`` at most, as it is.

    Raises :class:`ImageError` for what is none, :class:`UsageError` for one that is too large.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(f"there is no file {path}: check the name") from error
    except OSError as error:
        raise ImageError(f"{path} cannot be read ({error.strerror}): check its rights") from error
    if picture_format(data) not in SENT_FORMATS:
        raise ImageError(f"{path} is neither JPEG nor PNG: convert it")
    if len(data) > most_bytes or not is_sendable(data):
        raise UsageError(
            f"{path} is too large for a command ({len(data) // 1000} of {most_bytes // 1000} kB, "
            f"of {MAX_SENT_PIXELS // 10**6} megapixels at most), and what makes it smaller is not "
            "installed: save it smaller, or pip install opencv-python-headless"
        )
    return data
