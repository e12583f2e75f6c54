"""Picture files that would keep a decoder busy: bounded before they are decoded.

A JPEG may say of each scan anew what all pixels are, in 20 bytes; a PNG may have any number of
compressed texts beside its pixels, and pixels beyond its size. The work of a decoder is then a
matter of the file's bytes, not of its pixels. What comes out of :func:`defused` takes a decoder no
longer than some :data:`MAX_SCANS` passes over the pixels, whatever the file was made to do:
``python tests/worst_pictures.py`` measures it.
"""

from __future__ import annotations

import re
import struct
import zlib

from facedoor.camera.headers import JPEG_ALONE, JPEG_FRAMES

MAX_SCANS = 32
"""Progressive JPEGs of cameras, phones and encoders have 6 to 15."""

_JPEG_HUFFMAN = frozenset({0xC0, 0xC1, 0xC2})
_START_OF_SCAN, _END = 0xDA, 0xD9
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
"""As decoders look for the next one, between segments and in the data of a scan."""

_PNG_START_BYTES = 8
_PNG_HEADER_BYTES = 33
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND"})
"""What the pixels depend on, and which way is up."""

_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_DEFLATED = 1032
"""So many bytes at most does zlib make of one."""

_STEP_BYTES = 1 << 20


def defused(data: bytes, kind: str) -> bytes:
    """``data``, a file of this type, as a decoder may have it: without what is no pixel.

    Raises ``ValueError``, which says what is wrong with it, for one that would take long.
    """
    if kind == "JPEG":
        _require_few_scans(data)
    if kind == "PNG":
        return _only_pixels(data)
    return data


def is_cut_off(data: bytes, kind: str) -> bool:
    """Whether a file of this type ends before it says that it does.

    Some decoders fill what is missing with grey.
    """
    if kind == "JPEG":
        at = 2
        while found := _JPEG_MARKER.search(data, at):
            marker, at = found[1][0], found.end()
            if marker == _END:
                return False
            if marker not in JPEG_ALONE:
                at += int.from_bytes(data[at : at + 2])
        return True
    if kind == "PNG":
        return b"IEND" not in data
    if kind == "WebP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return False


def _require_few_scans(data: bytes) -> None:
    scans, at = 0, 2
    while found := _JPEG_MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker == _END:
            break
        if marker in JPEG_ALONE:
            continue
        if marker in JPEG_FRAMES - _JPEG_HUFFMAN:
            raise ValueError("is a JPEG of a rare process, arithmetic, lossless or hierarchical")
        scans += marker == _START_OF_SCAN
        if scans > MAX_SCANS:
            raise ValueError(f"has more than {MAX_SCANS} scans")
        at += int.from_bytes(data[at : at + 2])


def _only_pixels(data: bytes) -> bytes:
    if len(data) < _PNG_HEADER_BYTES:
        return data  # no decoder gets further
    kept, pixels, at = [data[:_PNG_START_BYTES]], [], _PNG_START_BYTES
    while at + 8 <= len(data) and not kept[-1].startswith(b"IEND", 4):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length  # with its length, its type, and its checksum
        if kind == b"acTL":
            raise ValueError("is animated")
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IDAT":
            pixels.append(data[at + 8 : end - 4])
        at = end
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    row_bytes = 1 + (width * depth * _PNG_CHANNELS.get(colour, 4) + 7) // 8
    # Each of an interlaced picture's seven small ones has the filter bytes of its rows, too.
    _require_deflated_within(b"".join(pixels), (row_bytes + 1) * (height + 7) * (1 + interlaced))
    return b"".join(kept)


def _require_deflated_within(deflated: bytes, most_bytes: int) -> None:
    """Raise ``ValueError`` unless zlib makes ``most_bytes`` at most of it, or finds it damaged."""
    if len(deflated) * _MOST_DEFLATED <= most_bytes:
        return
    inflater = zlib.decompressobj()
    made_bytes = 0
    while deflated and not inflater.eof:
        try:
            made_bytes += len(inflater.decompress(deflated, _STEP_BYTES))
        except zlib.error:
            return
        if made_bytes > most_bytes:
            raise ValueError("has more pixels than its size says")
        deflated = inflater.unconsumed_tail
