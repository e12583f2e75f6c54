"""What the simulated camera sees: the hallway, a visitor in it, the light and the sensor's noise.

The same seed always gives the same bytes, whatever was drawn before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from facedoor.camera.hallway import draw_hallway
from facedoor.frames import Image

_NOISE_SIGMA = 2.0
_NOISE_SHIFT_PX = 64
_FRACTION_BITS = 4  # of the coordinates that OpenCV draws with

_Point = tuple[float, float]
_Colour = tuple[int, int, int]
_COATS: tuple[_Colour, ...] = ((50, 60, 82), (98, 56, 56), (56, 76, 66), (92, 78, 60))
_SHIRT: _Colour = (214, 214, 210)
_TROUSERS: _Colour = (46, 45, 52)

# Half outlines of the body in widths of the photo, from the photo's centre downwards. Each is
# closed by its mirror image, and its corners are rounded when it is painted.
_COAT: tuple[_Point, ...] = (
    *((0.0, 0.28), (0.24, 0.34), (0.64, 0.5), (0.72, 1.1)),
    *((0.72, 1.9), (0.56, 2.25), (0.0, 2.25)),
)
_COLLAR: tuple[_Point, ...] = ((0.0, 0.3), (0.2, 0.34), (0.08, 0.7), (0.0, 0.95))
_LEG: tuple[_Point, ...] = ((0.0, 2.0), (0.5, 2.0), (0.4, 4.05), (0.08, 4.05))
_FEET = 4.0


@dataclass(frozen=True, slots=True)
class Pose:
    """How a visitor's photo stands in the picture: its centre, width, turn and blur."""

    x_px: float
    y_px: float
    width_px: float
    turn_deg: float
    blur_px: float


class Scene:
    """A hallway as the camera at the door sees it."""

    def __init__(self, width_px: int, height_px: int, seed: int) -> None:
        self._seed = seed
        random = np.random.default_rng(seed)
        self._empty = draw_hallway(width_px, height_px, random)
        sheet = (height_px + _NOISE_SHIFT_PX, width_px + _NOISE_SHIFT_PX, 3)
        self._noise = np.rint(_NOISE_SIGMA * random.standard_normal(sheet, np.float32))
        self._noise = self._noise.astype(np.int16)

    def empty(self) -> Image:
        """The hallway with nobody in it, to be painted on."""
        return self._empty.copy()

    def exposed(self, picture: Image, light: float, number: int) -> Image:
        """``picture`` as the sensor gives it: ``light`` times as bright, and noisy."""
        if light != 1:
            picture = cv2.convertScaleAbs(picture, alpha=light).astype(np.uint8, copy=False)
        # One sheet of noise, moved at random: as good as new noise at a tenth of the cost.
        x, y = np.random.default_rng((self._seed, number)).integers(0, _NOISE_SHIFT_PX, 2)
        height, width = picture.shape[:2]
        noise = self._noise[y : y + height, x : x + width]
        return cv2.add(picture, noise, dtype=cv2.CV_8U).astype(np.uint8, copy=False)


class Figure:
    """A visitor: a photo with a soft edge, on a plainly drawn body."""

    def __init__(self, photo: Image, coat: int) -> None:
        """``photo`` is RGB; ``coat`` chooses a colour."""
        self._photo = np.dstack([photo, _soft_edge(photo.shape[1], photo.shape[0])])
        self._coat = _COATS[coat % len(_COATS)]

    def paint(self, picture: Image, pose: Pose) -> None:
        """Paint the figure into ``picture``; what lies outside of it is cut off."""
        _paint_shadow(picture, pose)
        for side in (-1, 1):
            _paint_outline(picture, pose, [(side * x, y) for x, y in _LEG], _TROUSERS)
        for half, colour in ((_COAT, self._coat), (_COLLAR, _SHIRT)):
            other_half = [(-x, y) for x, y in reversed(half)]
            _paint_outline(picture, pose, [*half, *other_half], colour)
        self._paint_photo(picture, pose)

    def _paint_photo(self, picture: Image, pose: Pose) -> None:
        height, width = self._photo.shape[:2]
        half = math.hypot(width, height) * pose.width_px / width / 2
        reach = math.ceil(half + 3 * pose.blur_px) + 1  # room for every turn and for the blur
        left, top = round(pose.x_px) - reach, round(pose.y_px) - reach
        patch = self._posed(pose, (pose.x_px - left, pose.y_px - top), 2 * reach + 1)
        rows = slice(max(0, top), max(0, top + len(patch)))
        columns = slice(max(0, left), max(0, left + len(patch)))
        seen = picture[rows, columns].astype(np.float32)
        patch = patch[rows.start - top :, columns.start - left :][: seen.shape[0], : seen.shape[1]]
        opacity = patch[..., 3:].astype(np.float32) / 255
        picture[rows, columns] = np.rint(seen + (patch[..., :3] - seen) * opacity)

    def _posed(self, pose: Pose, centre: _Point, side_px: int) -> Image:
        """The photo with its opacity, RGBA, as it stands in a square of ``side_px``."""
        photo = self._photo
        scale = pose.width_px / photo.shape[1]
        if scale < 1:  # an area filter first: the warp alone would skip pixels
            size = math.ceil(photo.shape[1] * scale), math.ceil(photo.shape[0] * scale)
            photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
            scale = pose.width_px / size[0]
        middle = (photo.shape[1] - 1) / 2, (photo.shape[0] - 1) / 2
        matrix = cv2.getRotationMatrix2D(middle, pose.turn_deg, scale)
        matrix[:, 2] += np.subtract(centre, middle)
        patch = cv2.warpAffine(photo, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR)
        if pose.blur_px > 0:
            patch = cv2.GaussianBlur(patch, (0, 0), pose.blur_px)
        return patch.astype(np.uint8, copy=False)


def _soft_edge(width: int, height: int) -> Image:
    """Opacity of a photo, 0 to 255: a rounded rectangle that fades out over a tenth of it."""
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    inside = 1 - np.cbrt(np.abs(x) ** 3 + np.abs(y) ** 3)
    edge: Image = np.rint(np.clip(inside / 0.1, 0, 1) * 255).astype(np.uint8)
    return edge


def _paint_outline(picture: Image, pose: Pose, outline: Sequence[_Point], colour: _Colour) -> None:
    points = np.array(outline)
    for _ in range(3):  # Chaikin's corner cutting: each corner becomes two, a quarter away
        following = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1)
        points = cut.reshape(-1, 2)
    points = points * pose.width_px + (pose.x_px, pose.y_px)
    fixed_point = np.rint(points * (1 << _FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(picture, [fixed_point], colour, cv2.LINE_AA, _FRACTION_BITS)


def _paint_shadow(picture: Image, pose: Pose) -> None:
    """Darken the floor around the feet."""
    x_px, y_px = pose.x_px, pose.y_px + _FEET * pose.width_px
    half_width, half_height = pose.width_px, 0.3 * pose.width_px
    rows = slice(max(0, round(y_px - half_height)), max(0, round(y_px + half_height)))
    columns = slice(max(0, round(x_px - half_width)), max(0, round(x_px + half_width)))
    floor = picture[rows, columns]
    y, x = np.mgrid[: floor.shape[0], : floor.shape[1]]
    away = np.hypot((x + columns.start - x_px) / half_width, (y + rows.start - y_px) / half_height)
    floor[:] = np.rint(floor * (1 - 0.55 * np.clip(1 - away, 0, 1))[..., None])
