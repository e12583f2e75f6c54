"""Pictures: read from files that nobody vouches for, and made as small as their use needs.

What a file says of itself (:mod:`facedoor.camera.headers`) and what else it would have a decoder do
(:mod:`facedoor.camera.bombs`) is read before anything is decoded: a file of a few hundred bytes can
ask a decoder for gigabytes, and one of a few thousand for minutes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.camera.bombs import defused, is_cut_off
from facedoor.camera.headers import picture_format, picture_size
from facedoor.camera.heic import decode_heic, is_heic
from facedoor.camera.orientation import turned_upright, webp_orientation
from facedoor.camera.sent import MAX_SENT_PIXELS, SENT_FORMATS, is_sendable
from facedoor.config.options import CameraConfig
from facedoor.errors import ImageError, UsageError
from facedoor.frames import Image
from facedoor.languages import _

_FFMPEG_QUIET = "-8"  # AV_LOG_QUIET
_OPENCV_SILENT = 0  # LOG_LEVEL_SILENT

MAX_BYTES = 32 * 2**20
MAX_PIXELS = 52_000_000
"""Largest picture that is decoded: phones take 48 and 50 megapixels; 156 MB as RGB."""

_SIZES_PX = (1280, 1024, 800, 640, 480)
"""Longer sides to try. A face that fills a third of the smallest still has 160 px."""

_LARGEST_OF_12_BITS = 4095

_SENT_QUALITY = 85
"""Of JPEG, 0 to 100."""

_ROTATIONS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}

SNAPSHOT_WIDTH_PX = 640
_SNAPSHOT_QUALITY = 80
"""About 60 kB for a frame of a hallway."""

VISIT_WIDTH_PX = 480
_VISIT_QUALITY = 85
"""About 30 kB for a face and its surroundings, from which an enrolment still is possible."""

ENROLMENT_WIDTH_PX = 320
"""A face and its surroundings, with the face about 145 px wide: as much as a network is given."""
_ENROLMENT_QUALITY = 95


def _silence_opencv() -> None:
    """Switch both logs off for this process. FFmpeg looks only once, at the first video."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    # OpenCV 5 moved the function; both majors are in use.
    set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    set_level(_OPENCV_SILENT)


_silence_opencv()


def read_picture(path: Path) -> Image:
    """The picture in the file ``path``: uint8 RGB (H, W, 3), upright as its EXIF data says.

    Raises :class:`ImageError`, naming the file, when it is missing, unreadable, of another type
    than JPEG, PNG, WebP, BMP or, with ``pillow-heif``, HEIC, damaged, empty, or too large.
    """
    try:
        if not path.exists():
            raise ImageError(_("there is no file {path}: check the name").format(path=path))
        if not path.is_file():
            raise ImageError(_("{path} is not a file: name a picture").format(path=path))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(
            _("{path} cannot be read ({strerror}): check its rights").format(
                path=path, strerror=error.strerror
            )
        ) from error
    if is_heic(data) and len(data) <= MAX_BYTES:
        return decode_heic(data, str(path), MAX_PIXELS)
    return decode_picture(data, str(path))


def decode_sent_picture(data: bytes, name: str) -> Image:
    """As :func:`decode_picture`, but JPEG and PNG only, of at most :data:`MAX_SENT_PIXELS`."""
    if picture_format(data) not in SENT_FORMATS:
        raise ImageError(_("{name} is neither JPEG nor PNG: convert it").format(name=name))
    return decode_picture(data, name, MAX_SENT_PIXELS)


def decode_picture(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> Image:
    """The picture in ``data``; ``name`` stands for it in errors. As :func:`read_picture`."""
    if not data:
        raise ImageError(_("{name} is empty: copy the picture again").format(name=name))
    if len(data) > MAX_BYTES:
        raise ImageError(
            _("{name} is larger than {most} MiB: save it smaller").format(
                name=name, most=MAX_BYTES >> 20
            )
        )
    kind = picture_format(data)
    if kind is None:
        raise ImageError(
            _("{name} is not a picture of a known type: use JPEG, PNG, WebP or BMP").format(
                name=name
            )
        )
    damaged = _("{name} is a damaged {kind} file: copy it again, or take the picture anew").format(
        name=name, kind=kind
    )
    size = picture_size(data)
    if size is None:
        raise ImageError(damaged)
    width, height = size
    if width * height > max_pixels:
        raise ImageError(
            _(
                "{name} has {width} x {height} pixels, more than {most} megapixels: save it smaller"
            ).format(name=name, width=width, height=height, most=max_pixels // 10**6)
        )
    try:
        harmless = defused(data, kind)
    except ValueError as error:
        raise ImageError(
            _("{name} {error}: save it again as a plain {kind}").format(
                name=name, error=error, kind=kind
            )
        ) from error
    picture = None if is_cut_off(data, kind) else _decoded(harmless, kind)
    if picture is None:
        raise ImageError(damaged)
    picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    return turned_upright(picture, webp_orientation(data)) if kind == "WebP" else picture


def _decoded(data: bytes, kind: str) -> NDArray[Any] | None:
    """BGR of eight bits, upright but for WebP; ``None`` where the decoder gives up."""
    # This flag makes grey and transparent pictures BGR too, and turns them upright: those of WebP
    # only since 4.12, so there it is done here.
    flags = cv2.IMREAD_COLOR | (cv2.IMREAD_IGNORE_ORIENTATION if kind == "WebP" else 0)
    flags |= cv2.IMREAD_ANYDEPTH if kind == "PNG" else 0
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    if picture is not None and picture.dtype == np.uint16:
        # Scientific cameras keep their 12 bits in the lower part of PNG's 16.
        deep = picture.astype(np.uint16, copy=False)
        return (deep >> (8 if int(deep.max()) > _LARGEST_OF_12_BITS else 4)).astype(np.uint8)
    return picture


def two_streams(picture: Image, config: CameraConfig) -> tuple[Image, Image]:
    """``main``: the picture, shrunk only if it exceeds the configured size; ``lores``: smaller.

    Neither is ever enlarged; a picture that is small enough is returned as it is, even as both.
    Both are turned as configured, after that.
    """
    main = shrunk_to_fit(picture, config.width_px, config.height_px)
    lores = shrunk_to_fit(main, config.lores_width_px, main.shape[0])
    turned = rotated(main, config.rotate)
    return turned, turned if lores is main else rotated(lores, config.rotate)


def rotated(picture: Image, degrees: int) -> Image:
    """``picture`` turned clockwise by 0, 90, 180 or 270 degrees; as it is for 0."""
    if degrees == 0:
        return picture
    return cv2.rotate(picture, _ROTATIONS[degrees]).astype(np.uint8, copy=False)


def shrunk_to_fit(picture: Image, width_px: int, height_px: int) -> Image:
    """``picture`` within ``width_px`` x ``height_px``, its aspect kept; as it is if it fits."""
    height, width = picture.shape[:2]
    scale = min(width_px / width, height_px / height)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Other filters pick single pixels when shrinking, and so turn noise in the dark into texture.
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def fitted_picture(path: Path, most_bytes: int) -> bytes:
    """The picture in a file as JPEG or PNG of ``most_bytes`` at most, made smaller if need be.

    Raises :class:`ImageError` for what is no picture, :class:`UsageError` when it does not fit.
    """
    picture = read_picture(path)
    data = path.read_bytes()
    if is_sendable(data) and len(data) <= most_bytes:
        return data
    for longest_px in _SIZES_PX:
        data = _jpeg(shrunk_to_fit(picture, longest_px, longest_px), _SENT_QUALITY)
        if len(data) <= most_bytes:
            return data
    raise UsageError(
        _("{path} does not fit into a command beside the others: send fewer at once").format(
            path=path
        )
    )


def snapshot(image: Image, width_px: int = SNAPSHOT_WIDTH_PX) -> bytes:
    """``image``, uint8 RGB (H, W, 3), as a JPEG file at most ``width_px`` wide."""
    return _jpeg(shrunk_to_fit(image, width_px, image.shape[0]), _SNAPSHOT_QUALITY)


def visit_picture(portrait: Image) -> bytes:
    """``portrait``, uint8 RGB (H, W, 3), as a JPEG file at most :data:`VISIT_WIDTH_PX` wide."""
    return _jpeg(shrunk_to_fit(portrait, VISIT_WIDTH_PX, portrait.shape[0]), _VISIT_QUALITY)


def enrolment_picture(portrait: Image) -> bytes:
    """As :func:`visit_picture`, at most :data:`ENROLMENT_WIDTH_PX` wide, of finer quality."""
    width_px = ENROLMENT_WIDTH_PX
    return _jpeg(shrunk_to_fit(portrait, width_px, portrait.shape[0]), _ENROLMENT_QUALITY)


def _jpeg(picture: Image, quality: int) -> bytes:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
