"""Pictures that were made to keep a decoder busy."""

from __future__ import annotations

import struct
import zlib

PNG_START = b"\x89PNG\r\n\x1a\n"
ARITHMETIC = 0xCA
_PROGRESSIVE = 0xC2
_LONGEST_RUN = 0x7FFF
"""So many blocks can a scan say to be as they were, in 15 bits."""


def many_scans(width: int, height: int, scans: int, process: int = _PROGRESSIVE) -> bytes:
    """A JPEG, flat and grey, whose pixels are gone over ``scans`` times, for 20 bytes each."""
    components = b"\1\x11\0\2\x11\0\3\x11\0"
    blocks = -(-width // 8) * -(-height // 8)
    runs = ("0" + "1" * 14) * (blocks // _LONGEST_RUN + 1)
    said = int(runs.ljust(-(-len(runs) // 8) * 8, "1"), 2).to_bytes(-(-len(runs) // 8))
    said = said.replace(b"\xff", b"\xff\0")
    first = _segment(0xDA, b"\3\1\0\2\0\3\0\0\0\x0d") + bytes(8)
    begin = _segment(0xDA, b"\1\1\0\x01\x3f\x0d") + said
    refine = _segment(0xDA, b"\1\1\0\x01\x3f\xdc") + said
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, b"\0" + b"\1" * 64),
            _segment(process, struct.pack(">BHHB", 8, height, width, 3) + components),
            _segment(0xC4, b"\0" + _one_code(0)),
            _segment(0xC4, b"\x10" + _one_code(0xE0)),
            *[first, begin, *[refine] * scans][:scans],
            b"\xff\xd9",
        )
    )


def _one_code(symbol: int) -> bytes:
    """A Huffman table in which one bit, 0, is this symbol."""
    return b"\1" + bytes(15) + bytes([symbol])


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def png(
    width: int, height: int, pixels: bytes, *others: bytes, depth: int = 8, interlaced: int = 0
) -> bytes:
    """An RGB PNG with this in its IDAT, and with ``others``, chunks, before it."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlaced)
    chunks = (chunk(b"IHDR", header), *others, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return PNG_START + b"".join(chunks)


def flat_png(width: int, height: int, *others: bytes) -> bytes:
    """A black one."""
    return png(width, height, zlib.compress(bytes(height * (1 + 3 * width))), *others)


def chunk(kind: bytes, body: bytes) -> bytes:
    """One of a PNG, with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def long_texts(count: int, each_bytes: int) -> bytes:
    """Chunks of a PNG, each a compressed text of so many bytes."""
    return chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(each_bytes), 9)) * count
