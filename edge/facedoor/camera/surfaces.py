"""What paper and a phone look like, laid flat: plates, to be held up by hands.

A plate is RGBA, uint8, its colours multiplied by their opacity.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.camera.relief import Landmarks
from facedoor.frames import Image

_Colour: TypeAlias = tuple[int, int, int]

SCREEN_TALL = 19.5 / 9
"""Height of a phone's screen over its width."""

BEZEL = 0.035
"""How wide the rim around it is, in widths of the screen."""

_INK: _Colour = (34, 31, 32)
_PAPER: _Colour = (241, 239, 232)
_PAPER_BORDER = 0.045

_DARK: _Colour = (10, 11, 14)
_BACKLIGHT: _Colour = (238, 247, 255)
_BRIGHTER = 4.0
"""How much brighter a screen's white is than a white thing in the hallway: 200 cd/m2, as a phone
shines indoors, beside the 50 of a wall in 200 lux."""

_GAMMA = np.float32(2.2)
_CASE: _Colour = (24, 25, 28)
_RIM: _Colour = (96, 98, 102)
_LAMP: _Colour = (255, 250, 238)
_ROUNDING = 0.13


def paper(photo: Image) -> Image:
    """A photo printed on a sheet with a white border."""
    border = round(_PAPER_BORDER * photo.shape[1])
    return _shaded(_opaque(_framed(_printed(photo), border, _PAPER)))


def cut_paper(photo: Image, landmarks: Landmarks) -> Image:
    """A face that was printed and cut out roughly along the outline of its head."""
    width = photo.shape[1]
    eyes = (np.array(landmarks.left_eye) + landmarks.right_eye) / 2 * width
    apart = math.dist(landmarks.left_eye, landmarks.right_eye) * width
    half_width, half_height = 1.35 * apart, 1.85 * apart
    left, top = eyes[0] - half_width, eyes[1] + 0.25 * apart - half_height
    shift = np.array([(1, 0, -left), (0, 1, -top)])
    size = round(2 * half_width), round(2 * half_height)
    face = cv2.warpAffine(_printed(photo), shift, size, borderMode=cv2.BORDER_REPLICATE)
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    inside = half_width * (1 - np.hypot(x / half_width - 1, y / half_height - 1))
    return _shaded(_with_opacity(face.astype(np.uint8), np.clip(inside, 0, 1)))


def phone(photo: Image) -> Image:
    """A phone that shows a photo as wide as its screen; what is too high for it is cut off."""
    height, width = round(SCREEN_TALL * photo.shape[1]), photo.shape[1]
    screen: Image = np.full((height, width, 3), _DARK, np.uint8)
    above = (height - photo.shape[0]) // 2
    lit = _lit(photo)[max(0, -above) :][:height]
    screen[max(0, above) :][: len(lit)] = lit
    return _with_a_lamp(_cased(screen))


def screen(photo: Image) -> Image:
    """A screen that is all photo, up to its edge."""
    return _with_a_lamp(_opaque(_lit(photo)))


def _printed(photo: Image) -> Image:
    return _toned(photo, _INK, _PAPER, saturation=0.85)


def _lit(photo: Image) -> Image:
    """The photo as light, so much brighter than the room that it takes the sensor to its end."""
    shown = _toned(photo, _DARK, _BACKLIGHT, saturation=1.08)
    light = _BRIGHTER * (shown / np.float32(255)) ** _GAMMA
    lit: Image = np.rint(255 * (1 - np.exp(-light)) ** (1 / _GAMMA)).astype(np.uint8)
    return lit


def _toned(photo: Image, black: _Colour, white: _Colour, saturation: float) -> Image:
    """``photo`` in the range of tones, and with the strength of colour, that a medium has."""
    grey = photo.mean(axis=2, keepdims=True)
    colours = np.clip(grey + saturation * (photo - grey), 0, 255) / 255
    toned: Image = np.rint(black + colours * np.subtract(white, black)).astype(np.uint8)
    return toned


def _framed(image: Image, border: int, colour: _Colour) -> Image:
    height, width = image.shape[:2]
    framed: Image = np.full((height + 2 * border, width + 2 * border, 3), colour, np.uint8)
    framed[border : border + height, border : border + width] = image
    return framed


def _opaque(image: Image) -> Image:
    return _with_opacity(image, np.ones(image.shape[:2], np.float32))


def _with_opacity(image: Image, opacity: NDArray[np.float32]) -> Image:
    plate = np.dstack([image * opacity[..., None], 255 * opacity])
    return np.rint(plate).astype(np.uint8)


def _shaded(plate: Image) -> Image:
    """Light falls on paper from above."""
    light = np.linspace(1.03, 0.9, len(plate), dtype=np.float32)[:, None, None]
    plate = plate.copy()
    plate[..., :3] = np.clip(np.rint(plate[..., :3] * light), 0, plate[..., 3:])
    return plate


def _cased(screen: Image) -> Image:
    """A phone around its screen: a bezel with round corners and a bright edge."""
    plate = _framed(screen, round(BEZEL * screen.shape[1]), _CASE)
    height, width = plate.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rounding, rim_px = _ROUNDING * width, 0.01 * width
    beyond_x = np.abs(x - (width - 1) / 2) - (width / 2 - rounding)
    beyond_y = np.abs(y - (height - 1) / 2) - (height / 2 - rounding)
    out = np.hypot(np.clip(beyond_x, 0, None), np.clip(beyond_y, 0, None)) - rounding
    rim = np.clip(1 - np.abs(out + rim_px) / rim_px, 0, 1)[..., None]
    plate = np.rint(plate + rim * (np.array(_RIM) - plate)).astype(np.uint8)
    return _with_opacity(plate, np.clip(-out, 0, 1).astype(np.float32))


def _with_a_lamp(plate: Image) -> Image:
    """The hallway's light in the glass: a veil over all of it, and a lamp as a slanted band."""
    height, width = plate.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32) / np.float32(width)
    band = np.exp(-(((x + 0.5 * y - 0.55) / 0.22) ** 4))
    strength = (0.05 + 0.09 * band)[..., None] * (plate[..., 3:] / 255)
    plate = plate.copy()
    plate[..., :3] = np.rint(plate[..., :3] + strength * (np.array(_LAMP) - plate[..., :3]))
    return plate
