"""HEIC, in which phones keep photos: read where ``pillow-heif`` is installed, which is optional.

OpenCV does not read it. Only files that somebody at the door names come here, never what was sent.
"""

from __future__ import annotations

import io

import numpy as np

from facedoor.errors import ImageError
from facedoor.frames import Image
from facedoor.languages import _

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Of files with HEVC pictures, ISO/IEC 23008-12; those of AVIF are others."""


def is_heic(data: bytes) -> bool:
    """By the first box of the file, ISO/IEC 14496-12, 4.3."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS and b"avif" not in data[8:32]


def decode_heic(data: bytes, name: str, max_pixels: int) -> Image:
    """The picture in ``data``: uint8 RGB (H, W, 3), upright; ``name`` stands for it in errors.

    Raises :class:`ImageError` where it cannot be read, damaged, or is larger.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise ImageError(
            _(
                "{name} is a HEIC photo, which is not read here: export it as JPEG, or pip "
                "install 'facedoor[heic]'"
            ).format(name=name)
        ) from error
    damaged = _("{name} is a damaged HEIC file: copy it again, or export it as JPEG").format(
        name=name
    )
    try:
        photo = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        width, height = photo.size
    except Exception as error:  # of many kinds, where bytes were changed
        raise ImageError(damaged) from error
    if width * height > max_pixels:
        raise ImageError(
            _(
                "{name} has {width} x {height} pixels, more than {most} megapixels: save it smaller"
            ).format(name=name, width=width, height=height, most=max_pixels // 10**6)
        )
    try:
        # It is turned already, as the file says.
        picture = np.asarray(photo.to_pillow().convert("RGB"), np.uint8)
    except Exception as error:
        raise ImageError(damaged) from error
    return np.ascontiguousarray(picture)
