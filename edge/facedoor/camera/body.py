"""The body of a visitor in the simulated walk-up, plainly drawn."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from facedoor.frames import Image

_FRACTION_BITS = 4  # of the coordinates that OpenCV draws with

_Point = tuple[float, float]
_Colour = tuple[int, int, int]
_COATS: tuple[_Colour, ...] = ((50, 60, 82), (98, 56, 56), (56, 76, 66), (92, 78, 60))
_SHIRT: _Colour = (214, 214, 210)
_TROUSERS: _Colour = (46, 45, 52)
_SKIN: _Colour = (198, 154, 128)
_HAIR: _Colour = (64, 48, 40)

# Half outlines of the body in widths of the photo, from the photo's centre downwards. Each is
# closed by its mirror image, and its corners are rounded when it is painted.
_COAT: tuple[_Point, ...] = (
    *((0.0, 0.28), (0.24, 0.34), (0.64, 0.5), (0.72, 1.1)),
    *((0.72, 1.9), (0.56, 2.25), (0.0, 2.25)),
)
_COLLAR: tuple[_Point, ...] = ((0.0, 0.3), (0.2, 0.34), (0.08, 0.7), (0.0, 0.95))
_LEG: tuple[_Point, ...] = ((0.0, 2.0), (0.5, 2.0), (0.4, 4.05), (0.08, 4.05))
_NECK: tuple[_Point, ...] = ((0.0, 0.1), (0.14, 0.1), (0.15, 0.5), (0.0, 0.55))
_FEET = 4.0


def coat_colour(coat: int) -> _Colour:
    """The colour that ``coat`` chooses."""
    return _COATS[coat % len(_COATS)]


def paint_body(picture: Image, centre: _Point, width_px: float, coat: int) -> None:
    """Paint somebody into ``picture``, whose head is about ``centre`` and has no features.

    ``width_px`` is that of a photo of the head, twice as wide as the face.
    """
    _paint_shadow(picture, centre, width_px)
    for side in (-1, 1):
        leg = [(side * x, y) for x, y in _LEG]
        _paint_outline(picture, centre, width_px, leg, _TROUSERS)
    parts = ((_NECK, _SKIN), (_COAT, coat_colour(coat)), (_COLLAR, _SHIRT))
    for half, colour in parts:
        other_half = [(-x, y) for x, y in reversed(half)]
        _paint_outline(picture, centre, width_px, [*half, *other_half], colour)
    _paint_oval(picture, centre, width_px, (0.0, -0.03, 0.25, 0.32), _HAIR)
    _paint_oval(picture, centre, width_px, (0.0, 0.03, 0.22, 0.29), _SKIN)


def _paint_oval(
    picture: Image,
    centre: _Point,
    width_px: float,
    oval: tuple[float, float, float, float],
    colour: _Colour,
) -> None:
    """``oval``: its centre and its half width and height, in widths of the photo."""
    x, y, half_width, half_height = oval
    round_about = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    outline = [
        (x + 1.1 * half_width * float(np.cos(a)), y + 1.1 * half_height * float(np.sin(a)))
        for a in round_about
    ]
    _paint_outline(picture, centre, width_px, outline, colour)


def _paint_outline(
    picture: Image, centre: _Point, width_px: float, outline: Sequence[_Point], colour: _Colour
) -> None:
    points = np.array(outline)
    for _ in range(3):  # Chaikin's corner cutting: each corner becomes two, a quarter away
        following = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1)
        points = cut.reshape(-1, 2)
    points = points * width_px + centre
    fixed_point = np.rint(points * (1 << _FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(picture, [fixed_point], colour, cv2.LINE_AA, _FRACTION_BITS)


def _paint_shadow(picture: Image, centre: _Point, width_px: float) -> None:
    """Darken the floor around the feet."""
    x_px, y_px = centre[0], centre[1] + _FEET * width_px
    half_width, half_height = width_px, 0.3 * width_px
    rows = slice(max(0, round(y_px - half_height)), max(0, round(y_px + half_height)))
    columns = slice(max(0, round(x_px - half_width)), max(0, round(x_px + half_width)))
    floor = picture[rows, columns]
    y, x = np.mgrid[: floor.shape[0], : floor.shape[1]]
    away = np.hypot((x + columns.start - x_px) / half_width, (y + rows.start - y_px) / half_height)
    floor[:] = np.rint(floor * (1 - 0.55 * np.clip(1 - away, 0, 1))[..., None])
