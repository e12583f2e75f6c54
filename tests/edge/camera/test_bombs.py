"""Pictures that were made to keep a decoder busy: what of them a decoder never sees."""

from __future__ import annotations

import contextlib
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.bombs import MAX_SCANS, defused
from facedoor.camera.pictures import decode_picture, decode_sent_picture
from facedoor.errors import ImageError
from pictures_kit import ARITHMETIC, chunk, flat_png, long_texts, many_scans, png

NOISE = np.random.default_rng(0).integers(0, 255, (61, 43, 3), np.uint8)


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "imdecode")


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (many_scans(4000, 2000, MAX_SCANS + 1), f"more than {MAX_SCANS} scans"),
        (many_scans(40, 20, 10_000), f"more than {MAX_SCANS} scans"),
        (many_scans(40, 20, 3, ARITHMETIC), "a rare process, arithmetic, lossless or hierarchical"),
        (flat_png(4, 4, chunk(b"acTL", bytes(8))), "is animated"),
        (png(4, 4, zlib.compress(bytes(10**6))), "more pixels than its size says"),
    ],
)
def test_file_that_would_keep_a_decoder_busy_is_refused_before(data: bytes, complaint: str) -> None:
    for decode in (decode_picture, decode_sent_picture):
        with pytest.raises(ImageError, match=rf"^image 1 .*{complaint}: save it again as a plain"):
            decode(data, "image 1")


def test_as_many_scans_as_encoders_make_are_decoded() -> None:
    assert decode_sent_picture(many_scans(40, 20, MAX_SCANS), "image 1").shape == (20, 40, 3)
    data = cv2.imencode(".jpg", NOISE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert decode_sent_picture(data, "image 1").shape == NOISE.shape


def test_scans_of_thumbnails_and_of_what_follows_the_picture_do_not_count() -> None:
    small = many_scans(8, 8, 20)
    large = many_scans(40, 20, 20)
    segment = b"\xff\xe1" + (len(small) + 2).to_bytes(2) + small
    motion = b"\xff\xda" * 1000
    assert decode_picture(large[:2] + segment + large[2:] + motion, "photo").shape == (20, 40, 3)


def test_padding_before_a_marker_hides_no_scan() -> None:
    data = many_scans(40, 20, MAX_SCANS + 1).replace(b"\xff\xda", b"\xff" * 9 + b"\xda")
    with pytest.raises(ValueError, match="scans"):
        defused(data, "JPEG")


def test_decoder_sees_of_a_png_its_pixels_and_which_way_is_up_only() -> None:
    kept = chunk(b"eXIf", b"II*\0\x08\0\0\0" + bytes(6))
    plain = flat_png(4, 4, kept)
    assert defused(flat_png(4, 4, long_texts(50, 10**6), kept), "PNG") == plain
    assert defused(plain + b"more", "PNG") == plain


@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    depth=st.sampled_from([8, 16]),
    interlaced=st.sampled_from([0, 1]),
)
def test_png_of_any_size_and_kind_has_no_more_pixels_than_it_says(
    width: int, height: int, depth: int, interlaced: int
) -> None:
    # Adam7: the steps of its seven small pictures.
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    steps = [*steps, (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    pixels = 0
    for x, y, across, down in steps:
        wide, high = -(-(width - x) // across), -(-(height - y) // down)
        if wide > 0 and high > 0:
            pixels += high * (1 + wide * 3 * depth // 8)
    data = png(width, height, zlib.compress(bytes(pixels)), depth=depth, interlaced=interlaced)
    assert decode_picture(data, "photo").shape == (height, width, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "BMP"])
@given(whole=st.integers(0, 200), rest=st.binary(max_size=300))
def test_no_bytes_crash_it(kind: str, whole: int, rest: bytes) -> None:
    begun = {"JPEG": many_scans(40, 20, 5), "PNG": flat_png(4, 4)}.get(kind, b"")[:whole]
    with contextlib.suppress(ValueError):
        assert len(defused(begun + rest, kind)) <= len(begun + rest)


def test_run_of_fill_bytes_is_passed_over_in_one_go() -> None:
    data = many_scans(40, 20, 2)
    defused(data[:-2] + b"\xff" * 10**6 + b"\0" + data[-2:], "JPEG")
