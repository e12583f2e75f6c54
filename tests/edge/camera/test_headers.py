from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.headers import picture_format, picture_size

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WebP": ".webp", "BMP": ".bmp"}
MAGIC = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "WebP": b"RIFF\0\0\0\0WEBPVP8",
    "BMP": b"BM\0\0\0\0\0\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("kind", SUFFIXES)
@given(width=st.integers(1, 300), height=st.integers(1, 300), quality=st.sampled_from([50, 101]))
def test_size_is_what_was_encoded(kind, width, height, quality):
    # A quality above 100 makes WebP lossless, which has another header.
    parameters = [cv2.IMWRITE_WEBP_QUALITY, quality] if kind == "WebP" else []
    picture = np.zeros((height, width, 3), np.uint8)
    data = cv2.imencode(SUFFIXES[kind], picture, parameters)[1].tobytes()
    assert picture_format(data) == kind
    assert picture_size(data) == (width, height)


@pytest.mark.parametrize("kind", MAGIC)
@given(rest=st.binary(max_size=200))
def test_no_bytes_crash_it(kind, rest):
    size = picture_size(MAGIC[kind] + rest)
    assert size is None or min(size) > 0


@given(data=st.binary(max_size=60))
def test_unknown_bytes_have_no_size(data):
    if picture_format(data) is None:
        assert picture_size(data) is None


@pytest.mark.parametrize("kind", SUFFIXES)
def test_a_file_that_ends_in_its_header_has_no_size(kind):
    data = cv2.imencode(SUFFIXES[kind], np.zeros((30, 40, 3), np.uint8))[1].tobytes()
    whole = next(end for end in range(len(data)) if picture_size(data[:end]))
    assert all(picture_size(data[:end]) is None for end in range(whole))


def test_a_thumbnail_inside_a_jpeg_is_passed_over():
    small = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes()
    large = cv2.imencode(".jpg", np.zeros((300, 400, 3), np.uint8))[1].tobytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(small) + 2) + small
    assert picture_size(large[:2] + segment + large[2:]) == (400, 300)


def test_extended_webp_tells_its_canvas_and_a_bmp_from_the_top_a_positive_height():
    chunk = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\x01" + b"\x0f\x27\0"
    assert picture_size(chunk) == (131072, 10000)
    assert picture_size(MAGIC["BMP"] + struct.pack("<Iii", 40, 20, -10)) == (20, 10)


def test_an_avif_that_begins_with_bm_is_no_bmp():
    assert picture_format(b"BM\0\0ftypavif" + bytes(50)) is None


def test_endless_jpeg_segments_are_given_up():
    assert picture_size(b"\xff\xd8" + b"\xff\xe0\0\2" * 10**6) is None
