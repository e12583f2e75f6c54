"""What a picture file says of itself in its first bytes: its type and its size.

Stricter than the decoders: what cannot be followed here has no size.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

_Size = tuple[int, int]

_MAX_JPEG_SEGMENTS = 1000
"""Segments before the frame header. Real files have a dozen; a bound keeps a crafted one short."""

_JPEG_MARKER = re.compile(rb"\xff+([^\xff])", re.DOTALL)
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame header, whatever the process."""

JPEG_ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
"""Markers that no segment follows."""

_JPEG_MARKERS_TOO_EARLY = frozenset({0x00, 0xD8, 0xD9, 0xDA})  # none, start, end, scan


def picture_format(data: bytes) -> str | None:
    """``JPEG``, ``PNG``, ``WebP`` or ``BMP`` by the file's magic bytes; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    # Two letters alone are weak: the reserved field must be zero, or an AVIF file could pass.
    if data.startswith(b"BM") and data[6:10] == bytes(4):
        return "BMP"
    return None


def picture_size(data: bytes) -> _Size | None:
    """Width and height in pixels, as stored; None where the header is damaged or of no known kind.

    Sources: ITU-T T.81 annex B (JPEG), W3C PNG 11.2.2, RFC 9649 (WebP), BITMAPINFOHEADER (BMP).
    """
    read = _READERS.get(picture_format(data) or "")
    try:
        size = read(data) if read else None
    except struct.error:  # the file ends inside its own header
        return None
    return size if size and min(size) > 0 else None


def _jpeg_size(data: bytes) -> _Size | None:
    at = 2
    for _ in range(_MAX_JPEG_SEGMENTS):
        found = _JPEG_MARKER.match(data, at)
        if not found:
            return None
        marker, at = found[1][0], found.end()
        if marker in _JPEG_MARKERS_TOO_EARLY:
            return None
        if marker in JPEG_ALONE:
            continue
        if marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            return width, height
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2:
            return None
        at += length
    return None


def _png_size(data: bytes) -> _Size | None:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    return (width, height) if (length, kind) == (13, b"IHDR") else None


def _webp_size(data: bytes) -> _Size | None:
    kind = data[12:16]
    if kind == b"VP8X":
        low = struct.unpack_from("<HBHB", data, 24)
        return low[0] + (low[1] << 16) + 1, low[2] + (low[3] << 16) + 1
    if kind == b"VP8 ":
        start, width, height = struct.unpack_from("<3sHH", data, 23)
        return (width & 0x3FFF, height & 0x3FFF) if start == b"\x9d\x01\x2a" else None
    if kind == b"VP8L":
        signature, bits = struct.unpack_from("<BI", data, 20)
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if signature == 0x2F else None
    return None


def _bmp_size(data: bytes) -> _Size | None:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    if header_bytes == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return width, height
    if header_bytes >= 40:
        width, height = struct.unpack_from("<ii", data, 18)
        return width, abs(height)  # a negative height: rows run from the top
    return None


_READERS: dict[str, Callable[[bytes], _Size | None]] = {
    "JPEG": _jpeg_size,
    "PNG": _png_size,
    "WebP": _webp_size,
    "BMP": _bmp_size,
}
