"""The empty hallway of the simulated walk-up, drawn from numbers in one-point perspective.

Each surface is painted flat, as if seen straight on, and then laid into the picture by the
homography of its four corners. Colours are RGB.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Image

HORIZON = 0.44
"""Height of the vanishing point as a share of the picture's: a camera hangs at eye level."""

_Colour = tuple[int, int, int]
_PLASTER: _Colour = (219, 208, 189)
_WOODWORK: _Colour = (238, 234, 225)
_SHADOW: _Colour = (196, 187, 172)
_CEILING: _Colour = (233, 229, 220)
_LAMP: _Colour = (255, 252, 240)
_OAK: _Colour = (158, 117, 79)
_RUNNER: _Colour = (88, 60, 66)
_RUNNER_EDGE: _Colour = (186, 160, 118)
_DOOR: _Colour = (74, 92, 92)
_DOOR_GROOVE: _Colour = (56, 71, 72)
_DAYLIGHT: _Colour = (222, 236, 242)
_BRASS: _Colour = (206, 172, 98)
_FRAMES: tuple[_Colour, ...] = ((112, 132, 128), (172, 124, 92), (98, 108, 134))


def draw_hallway(width_px: int, height_px: int, random: np.random.Generator) -> Image:
    """A hallway with nobody in it: uint8 RGB (height_px, width_px, 3)."""
    # Drawn at twice the size and shrunk, which smooths every edge.
    width, height = 2 * width_px, 2 * height_px
    picture = _plain(width, height, _SHADOW)
    far = _corners(0.35 * width, 0.19 * height, 0.65 * width, 0.73 * height)
    near = _corners(-0.08 * width, -0.27 * height, 1.08 * width, 1.42 * height)
    wall, opposite = _wall(with_frames=True), _wall(with_frames=False)
    for texture, corners in (
        (_ceiling(), (far[0], far[1], near[1], near[0])),
        (wall, (near[0], far[0], far[3], near[3])),
        (opposite, (near[1], far[1], far[2], near[2])),
        (_floor(random), (far[3], far[2], near[2], near[3])),
        (_far_wall(), tuple(far)),
    ):
        _lay(picture, texture, np.array(corners, np.float32))
    light = _light(width_px, height_px, near * np.float32(0.5), far * np.float32(0.5))
    small = cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_AREA)
    lit: Image = np.rint(np.clip(small * light[..., None], 0, 255)).astype(np.uint8)
    return lit


def _corners(left: float, top: float, right: float, bottom: float) -> NDArray[np.float32]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _lay(picture: Image, texture: Image, corners: NDArray[np.float32]) -> None:
    """Lay ``texture`` over the quadrilateral ``corners``: top left, and on clockwise."""
    height, width = texture.shape[:2]
    matrix = cv2.getPerspectiveTransform(_corners(0, 0, width, height), corners)
    size = picture.shape[1], picture.shape[0]
    cv2.warpPerspective(
        texture, matrix, size, picture, cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )


def _plain(width: int, height: int, colour: _Colour) -> Image:
    return np.full((height, width, 3), colour, np.uint8)


def _fill(image: Image, left: float, top: float, right: float, bottom: float, c: _Colour) -> None:
    """Fill a rectangle given in shares of the image's width and height."""
    height, width = image.shape[:2]
    rows = slice(round(top * height), round(bottom * height))
    image[rows, round(left * width) : round(right * width)] = c


def _panel(image: Image, left: float, top: float, right: float, bottom: float) -> None:
    """A raised panel: a shadow line around, light inside."""
    _fill(image, left, top, right, bottom, _SHADOW)
    _fill(image, left + 0.006, top + 0.008, right - 0.006, bottom - 0.008, _WOODWORK)


def _wall(*, with_frames: bool) -> Image:
    """A side wall; x runs from near to far, y downwards."""
    wall = _plain(1600, 900, _PLASTER)
    _fill(wall, 0, 0, 1, 0.035, _WOODWORK)
    _fill(wall, 0, 0.62, 1, 1, _WOODWORK)
    _fill(wall, 0, 0.61, 1, 0.62, _SHADOW)
    _fill(wall, 0, 0.945, 1, 0.95, _SHADOW)
    panels = 8
    for left in np.arange(panels) / panels:
        _panel(wall, left + 0.018, 0.67, left + 1 / panels - 0.018, 0.9)
    if with_frames:
        for number, colour in enumerate(_FRAMES):
            left = 0.32 + 0.22 * number
            _fill(wall, left + 0.004, 0.212, left + 0.104, 0.5, _SHADOW)
            _fill(wall, left, 0.2, left + 0.1, 0.49, (70, 58, 50))
            _fill(wall, left + 0.007, 0.215, left + 0.093, 0.475, _WOODWORK)
            _fill(wall, left + 0.025, 0.265, left + 0.075, 0.425, colour)
    return wall


def _ceiling() -> Image:
    """x runs across, y from far to near."""
    ceiling = _plain(900, 1600, _CEILING)
    for top in (0.12, 0.42, 0.72):
        _fill(ceiling, 0.39, top, 0.61, top + 0.12, _SHADOW)
        _fill(ceiling, 0.4, top + 0.006, 0.6, top + 0.114, _LAMP)
    return ceiling


def _floor(random: np.random.Generator) -> Image:
    """Oak planks and a runner; x runs across, y from far to near."""
    floor = _plain(900, 1600, _OAK)
    planks = 15
    for number in range(planks):
        top = -float(random.uniform(0, 0.3))
        while top < 1:
            bottom = top + float(random.uniform(0.2, 0.4))
            shade = float(random.uniform(0.88, 1.1))
            red, green, blue = (round(c * shade) for c in _OAK)
            left, right = number / planks, (number + 1) / planks
            _fill(floor, left, max(0, top), right, min(1, bottom), (red, green, blue))
            _fill(floor, right - 0.003, max(0, top), right, min(1, bottom), (112, 82, 56))
            _fill(floor, left, max(0, bottom - 0.003), right, bottom, (112, 82, 56))
            top = bottom
    _fill(floor, 0.29, 0.04, 0.71, 1, _RUNNER)
    for left in (0.31, 0.68):
        _fill(floor, left, 0.05, left + 0.01, 1, _RUNNER_EDGE)
    _fill(floor, 0.31, 0.05, 0.69, 0.054, _RUNNER_EDGE)
    return floor


def _far_wall() -> Image:
    """The end of the hallway, with a door that has a window."""
    wall = _plain(800, 800, _PLASTER)
    _fill(wall, 0, 0.62, 1, 1, _WOODWORK)
    _fill(wall, 0, 0.61, 1, 0.62, _SHADOW)
    for left in (0.05, 0.77):
        _panel(wall, left, 0.67, left + 0.18, 0.9)
    _fill(wall, 0.26, 0.13, 0.74, 1, _SHADOW)
    _fill(wall, 0.27, 0.14, 0.73, 1, _WOODWORK)
    _fill(wall, 0.31, 0.19, 0.69, 1, _DOOR)
    _fill(wall, 0.37, 0.25, 0.63, 0.55, _DOOR_GROOVE)
    for left in (0.38, 0.505):
        for top in (0.26, 0.405):
            _fill(wall, left, top, left + 0.115, top + 0.135, _DAYLIGHT)
    for left in (0.37, 0.51):
        _fill(wall, left, 0.66, left + 0.12, 0.92, _DOOR_GROOVE)
        _fill(wall, left + 0.01, 0.67, left + 0.11, 0.91, _DOOR)
    _fill(wall, 0.64, 0.6, 0.67, 0.615, _BRASS)
    return wall


def _light(
    width: int, height: int, near: NDArray[np.float32], far: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Brightness of each pixel: darker in the corners of the room and towards the edges."""
    corners = np.zeros((height, width), np.float32)
    thick = max(1, height // 60)
    for start, end in zip(near, far, strict=True):
        cv2.line(corners, _whole(start), _whole(end), 1.0, thick, cv2.LINE_AA)
    cv2.polylines(corners, [np.rint(far).astype(np.int32)], True, 1.0, thick, cv2.LINE_AA)
    soft = cv2.GaussianBlur(corners, (0, 0), height / 40)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot((x / width - 0.5) * 1.5, y / height - HORIZON)
    falloff = 1.02 - 0.42 * away**2
    light: NDArray[np.float32] = (falloff * (1 - 0.45 * soft)).astype(np.float32)
    return light


def _whole(point: NDArray[np.float32]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
