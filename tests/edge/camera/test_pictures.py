"""Pictures: what is read and what is refused, and how they are made smaller."""

from __future__ import annotations

import struct
import zlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera import pictures
from facedoor.camera.pictures import decode_picture, decode_sent_picture, read_picture, two_streams
from facedoor.config.options import CameraConfig
from facedoor.errors import ImageError
from facedoor.frames import Image

GREEN_LEFT = np.zeros((40, 80, 3), np.uint8)
GREEN_LEFT[:, :40] = (20, 200, 60)
GREEN_LEFT[:, 40:] = (210, 30, 120)


def encoded(suffix: str, rgb=GREEN_LEFT) -> bytes:
    return cv2.imencode(suffix, rgb[..., ::-1])[1].tobytes()


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be ``width`` x ``height``."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_photo_of_a_phone_is_read_where_that_is_installed_or_said_to_be_exported() -> None:
    # Green above, red at the left, blue at the right.
    photo = Path(__file__).parents[1] / "fixtures" / "colours.heic"
    if find_spec("pillow_heif"):
        picture = read_picture(photo)
        assert (picture.shape, picture.dtype) == ((64, 96, 3), np.uint8)
        assert [int(picture[at].argmax()) for at in ((4, 50), (40, 10), (40, 90))] == [1, 0, 2]
    else:
        with pytest.raises(ImageError, match=r"colours\.heic is a HEIC photo.* export it as JPEG"):
            read_picture(photo)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_pictures_come_out_in_rgb(tmp_path, suffix):
    path = tmp_path / f"face{suffix}"
    path.write_bytes(encoded(suffix))
    picture = read_picture(path)
    assert picture.dtype == np.uint8
    assert np.abs(picture[20, 20].astype(int) - (20, 200, 60)).max() < 12
    assert np.abs(picture[20, 60].astype(int) - (210, 30, 120)).max() < 12


def test_the_content_counts_not_the_files_name(tmp_path):
    path = tmp_path / "face.png"
    path.write_bytes(encoded(".jpg"))
    assert read_picture(path).shape == (40, 80, 3)


@pytest.mark.parametrize(("orientation", "green_side"), [(3, "right"), (6, "top"), (8, "bottom")])
def test_exif_orientation_is_honoured(orientation, green_side):
    tag = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + tag + bytes(4)
    data = encoded(".jpg")
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    green = decode_picture(data[:2] + segment + data[2:], "photo")[..., 1] > 120
    half = {
        "right": green[:, green.shape[1] // 2 + 4 :],
        "top": green[: green.shape[0] // 2 - 4],
        "bottom": green[green.shape[0] // 2 + 4 :],
    }
    assert green.shape == ((40, 80) if orientation == 3 else (80, 40))
    assert half[green_side].all()


def test_a_grey_transparent_or_deep_picture_becomes_rgb_of_eight_bit():
    grey, deep = np.full((10, 12), 77, np.uint8), np.full((10, 12, 3), 40_000, np.uint16)
    transparent = np.full((10, 12, 4), (30, 20, 10, 0), np.uint8)
    for pixels, rgb in ((grey, 77), (transparent, (10, 20, 30)), (deep, 40_000 // 256)):
        picture = decode_picture(cv2.imencode(".png", pixels)[1].tobytes(), "a picture")
        assert picture.dtype == np.uint8
        assert (picture == np.full((10, 12, 3), rgb)).all(), rgb


def test_what_cannot_be_used_is_refused_by_name():
    for data, complaint in [
        (b"", "is empty"),
        (b"%PDF-1.7 and so on", "not a picture of a known type"),
        (b"GIF89a" + bytes(100), "not a picture of a known type"),
        (encoded(".jpg")[:300], "damaged JPEG"),
        (encoded(".jpg")[:10], "damaged JPEG"),
        (encoded(".png")[:60], "damaged PNG"),
        (encoded(".webp")[:-30], "damaged WebP"),
        (encoded(".bmp")[:400], "damaged BMP"),
        (encoded(".jpg") + bytes(pictures.MAX_BYTES), "larger than 32 MiB"),
        (png_of(50_000, 50_000), "50000 x 50000 pixels, more than 52 megapixels"),
        (png_of(52_001, 1000), "megapixels"),
        (png_of(0, 10), "damaged PNG"),
    ]:
        with pytest.raises(ImageError, match=rf"^somebody\.jpg .*{complaint}"):
            decode_picture(data, "somebody.jpg")


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.delattr(cv2, "imdecode")
    with pytest.raises(ImageError, match="megapixels"):
        decode_picture(png_of(30_000, 30_000), "bomb")


def test_a_missing_file_is_named_and_a_folder_is_not_a_picture(tmp_path):
    with pytest.raises(ImageError, match=r"no file .*nobody\.jpg"):
        read_picture(tmp_path / "nobody.jpg")
    with pytest.raises(ImageError, match="not a file"):
        read_picture(tmp_path)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    path = tmp_path / "huge.bmp"
    with path.open("wb") as file:
        file.truncate(2**40)  # a sparse terabyte
    with pytest.raises(ImageError, match="MiB"):
        read_picture(path)


def test_sent_pictures_are_jpeg_or_png_and_would_not_take_much_memory():
    for suffix in (".jpg", ".png"):
        assert decode_sent_picture(encoded(suffix), "image 1").shape == GREEN_LEFT.shape, suffix
    for suffix in (".webp", ".bmp"):
        with pytest.raises(ImageError, match="image 1 is neither JPEG nor PNG"):
            decode_sent_picture(encoded(suffix), "image 1")
    with pytest.raises(ImageError, match="more than 8 megapixels"):
        decode_sent_picture(png_of(4000, 3000), "image 1")


def test_a_large_picture_is_shrunk_and_a_small_one_is_both_streams_untouched():
    main, lores = two_streams(np.zeros((1440, 1920, 3), np.uint8), CameraConfig())
    assert main.shape == (960, 1280, 3)
    assert lores.shape == (480, 640, 3)
    picture = np.zeros((250, 250, 3), np.uint8)
    main, lores = two_streams(picture, CameraConfig())
    assert main is picture
    assert lores is picture


def test_shrinking_averages_instead_of_picking_pixels():
    stripes = np.zeros((960, 1280, 3), np.uint8)
    stripes[:, ::2] = 200
    assert (two_streams(stripes, CameraConfig())[1] == 100).all()


@given(width=st.integers(1, 3000), height=st.integers(1, 3000))
def test_streams_fit_keep_the_aspect_and_never_grow(width, height):
    picture = np.zeros((height, width, 3), np.uint8)
    config = CameraConfig()
    main, lores = two_streams(picture, config)
    assert main.shape[1] <= min(width, config.width_px)
    assert main.shape[0] <= min(height, config.height_px)
    assert lores.shape[1] <= min(main.shape[1], config.lores_width_px)
    scale = main.shape[1] / width
    assert abs(main.shape[0] - height * scale) <= 1 + height / width


def test_large_frame_becomes_smaller_and_keeps_its_shape() -> None:
    for size, becomes in [
        ((960, 1280), (480, pictures.SNAPSHOT_WIDTH_PX)),
        ((200, 300), (200, 300)),
        ((1, 4000), (1, pictures.SNAPSHOT_WIDTH_PX)),
    ]:
        picture = decode_picture(pictures.snapshot(np.full((*size, 3), 90, np.uint8)), "snapshot")
        assert picture.shape == (*becomes, 3), size


def test_red_stays_red() -> None:
    red = np.zeros((40, 60, 3), np.uint8)
    red[..., 0] = 200
    mean = decode_picture(pictures.snapshot(red), "snapshot").mean(axis=(0, 1))
    assert mean == pytest.approx([200, 0, 0], abs=4)


def webp_that_says(orientation: int, picture: Image) -> bytes:
    """A WebP file with this orientation in its EXIF data."""
    plain = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 100])[1].tobytes()
    height, width = picture.shape[:2]
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    exif = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    chunks = b"".join(
        [
            b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + size,
            plain[12:],
            b"EXIF" + struct.pack("<I", len(exif)) + exif,
        ]
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


@pytest.mark.parametrize("orientation", range(1, 9))
def test_webp_is_turned_as_a_jpeg_is(orientation: int) -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:20, :30] = (0, 0, 255)
    picture[20:, :30] = (0, 255, 0)
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    jpeg = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    seen = decode_picture(webp_that_says(orientation, picture), "a.webp")
    expected = decode_picture(jpeg, "a.jpg")
    assert seen.shape == expected.shape
    assert np.abs(seen.astype(int) - expected).mean() < 12


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_that_is_cut_off_is_damaged(suffix: str) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (80, 80, 3), np.uint8)
    data = cv2.imencode(suffix, picture)[1].tobytes()
    decode_picture(data, "whole")
    for share in (0.5, 0.9, 0.995):
        with pytest.raises(ImageError, match="cut is a damaged"):
            decode_picture(data[: int(len(data) * share)], "cut")


def test_a_png_of_twelve_bits_is_not_dark() -> None:
    ramp = np.tile(np.linspace(0, 4095, 64).astype(np.uint16)[None, :, None], (64, 1, 3))
    for picture in (ramp, ramp * 16):
        seen = decode_picture(cv2.imencode(".png", picture)[1].tobytes(), "ramp")
        assert seen.dtype == np.uint8
        assert seen.max() >= 254


def test_photos_of_fifty_megapixels_are_taken() -> None:
    flat = np.full((6144, 8192, 3), 90, np.uint8)
    assert decode_picture(cv2.imencode(".jpg", flat)[1].tobytes(), "a phone's").shape == flat.shape
