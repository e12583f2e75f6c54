"""Pictures that are sent to a door: what it takes, and files that are sent as they are.

A machine that only gives commands need not have the libraries that open pictures: the door opens
them, and trusts none.
"""

from __future__ import annotations

from pathlib import Path

from facedoor.camera.headers import picture_format, picture_size
from facedoor.errors import ImageError, UsageError
from facedoor.languages import _

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
        raise ImageError(_("there is no file {path}: check the name").format(path=path)) from error
    except OSError as error:
        raise ImageError(
            _("{path} cannot be read ({strerror}): check its rights").format(
                path=path, strerror=error.strerror
            )
        ) from error
    if picture_format(data) not in SENT_FORMATS:
        raise ImageError(_("{path} is neither JPEG nor PNG: convert it").format(path=path))
    if len(data) > most_bytes or not is_sendable(data):
        raise UsageError(
            _(
                "{path} is too large for a command ({size} of {largest} kB, of "
                "{most} megapixels at most), and what makes it smaller is not "
                "installed: save it smaller, or pip install opencv-python-headless"
            ).format(
                path=path,
                size=len(data) // 1000,
                largest=most_bytes // 1000,
                most=MAX_SENT_PIXELS // 10**6,
            )
        )
    return data
