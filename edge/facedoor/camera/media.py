"""What shows a face without having one: a photo on paper or on a phone, held up to the camera.

A medium is a flat picture of itself and of the hands that hold it, seen as a stiff sheet that turns
in space (a bent one as narrow strips side by side). What tells it from a head is as in the world:
its edges, the black and the white of paper and of screens, a lamp in the glass, and moire where
the grids of screen and sensor are nearly the same. Lengths are in widths of the photo.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Self, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.camera import surfaces
from facedoor.camera.hands import Canvas, draw_arm, draw_finger
from facedoor.camera.relief import Landmarks
from facedoor.camera.scene import Pose, Window, reduced
from facedoor.frames import Image

Matrix: TypeAlias = NDArray[np.float64]
_Colour: TypeAlias = tuple[int, int, int]

FOCAL_SHARE = 0.77
"""Of the picture's width: how wide in it is what is as wide as it is far away. Camera Module 3."""

_HEAD_M = 0.3
"""How wide the photo of a head is that is twice as wide as the face."""

_PRINT_M, _PRINT_HELD_M = 0.2, 0.25
_PHONE_M, _PHONE_HELD_M = 0.07, 0.4
"""How wide the photo on it is, and how far before the body it is held."""

_STRIPS = 14
_BEND_RAD = 1.2
"""By how much the directions of a bent photo's edges differ."""

_BENT_HALF = 0.55
"""Half the width of what is bent; the hands beside it are not."""

_SLEEVE: _Colour = (50, 60, 82)

_SCREEN_PIXELS = 1080.0
_SENSOR_SHARE = 3.6
"""Pixels of the sensor, 4608 across, for each of the picture's 1280."""

_MOIRE = 0.08
"""What lens and sensor leave of the contrast of a screen's grid, the sensor's own being as fine."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A medium laid flat, with the hands that hold it."""

    canvas: Canvas
    photo_m: float
    held_m: float
    bend_rad: float = 0.0
    screen: Image | None = None
    """Where it is one: 255 for the pixels of the canvas that shine, uint8 (height, width)."""


class Medium:
    """A photo on something flat, in somebody's hands: no head, however it is turned."""

    def __init__(self, sheet: _Sheet, picture_width_px: int) -> None:
        self._sheet = sheet
        self._focal_px = FOCAL_SHARE * picture_width_px

    @classmethod
    def print(
        cls,
        photo: Image,
        landmarks: Landmarks | None = None,
        *,
        is_cut: bool = False,
        is_bent: bool = False,
        sleeve: _Colour = _SLEEVE,
        picture_width_px: int = 1280,
    ) -> Self:
        """On a sheet of paper, which may be cut out along the face (``landmarks``) or bent."""
        height, width = photo.shape[:2]
        if is_cut:
            face = landmarks or Landmarks.of_a_portrait(height / width)
            plate = surfaces.cut_paper(photo, face)
        else:
            plate = surfaces.paper(photo)
        half_width, half_height = plate.shape[1] / width / 2, plate.shape[0] / width / 2
        canvas = Canvas.around(width, half_width + 0.6, half_height + 0.2, half_height + 1.4)
        edge, hold = half_width * (0.55 if is_cut else 0.89), 0.8 * half_height
        for side in (-1, 1):
            hand, elbow = (side * (edge + 0.1), hold + 0.1), (side * (edge + 0.5), hold + 1.5)
            draw_arm(canvas, hand, elbow, 0.26, sleeve)
        canvas.lay(plate)
        for side in (-1, 1):
            draw_finger(canvas, (side * (edge + 0.14), hold + 0.12), (side * edge, hold), 0.11)
        bend = _BEND_RAD if is_bent else 0.0
        return cls(_Sheet(canvas, _PRINT_M, _PRINT_HELD_M, bend), picture_width_px)

    @classmethod
    def phone(
        cls,
        photo: Image,
        *,
        has_bezel: bool = True,
        sleeve: _Colour = _SLEEVE,
        picture_width_px: int = 1280,
    ) -> Self:
        """On the screen of a phone, held upright; without a bezel the screen is its photo alone."""
        width = photo.shape[1]
        plate = surfaces.phone(photo) if has_bezel else surfaces.screen(photo)
        low = plate.shape[0] / width / 2
        canvas = Canvas.around(width, 1.0, low + 0.1, low + 1.2)
        draw_arm(canvas, (0.12, low - 0.25), (0.3, low + 1.6), 0.8, sleeve)
        canvas.lay(plate)
        bare = canvas.pixels.copy()
        edge = plate.shape[1] / width / 2
        for number in range(4):
            y = low - 0.75 + 0.23 * number
            draw_finger(canvas, (-edge - 0.14, y + 0.06), (-edge + 0.02, y), 0.2)
        draw_finger(canvas, (edge + 0.16, low - 0.1), (edge - 0.02, low - 0.62), 0.23)
        shines = canvas.inside(0.5, surfaces.SCREEN_TALL / 2 if has_bezel else low)
        shines &= (canvas.pixels == bare).all(axis=2)
        screen = np.where(shines, 255, 0).astype(np.uint8)
        sheet = _Sheet(canvas, _PHONE_M, _PHONE_HELD_M, screen=screen)
        return cls(sheet, picture_width_px)

    @classmethod
    def poster(cls, photo: Image, picture_width_px: int = 1280) -> Self:
        """On a sheet that hangs, with nobody who holds it."""
        plate = surfaces.paper(photo)
        half = np.array(plate.shape[:2]) / photo.shape[1] / 2 + 0.05
        canvas = Canvas.around(photo.shape[1], half[1], half[0], half[0])
        canvas.lay(plate)
        return cls(_Sheet(canvas, _PRINT_M, _PRINT_HELD_M), picture_width_px)

    def body_width_px(self, pose: Pose) -> float:
        """As perspective has it: whoever holds the medium stands behind it."""
        distance_m = self._focal_px * self._sheet.photo_m / pose.width_px
        return self._focal_px * _HEAD_M / (distance_m + self._sheet.held_m)

    def outline(self, pose: Pose) -> Matrix:
        canvas = self._sheet.canvas
        height, width = np.divide(canvas.pixels.shape[:2], canvas.unit_px)
        flat = np.array([(x, y) for x in (0, width / 2, width) for y in (0, height)])
        return self._in_picture(flat - canvas.origin, pose)

    def posed(self, pose: Pose, window: Window) -> Image:
        """What of it is seen in the window: RGBA, premultiplied, uint8 (height, width, 4)."""
        canvas = self._sheet.canvas
        pixels = reduced(canvas.pixels, pose.width_px * canvas.pixels.shape[1] / canvas.unit_px)
        unit_px = canvas.unit_px * pixels.shape[1] / canvas.pixels.shape[1]
        place = window.left, window.top
        seen: Image = np.zeros((window.height, window.width, 4), np.uint8)
        strips = _STRIPS if self._sheet.bend_rad else 1
        bounds = np.rint(np.linspace(0, pixels.shape[1], strips + 1)).astype(int)
        for left, right in itertools.pairwise(bounds):
            corners = np.array([(x, y) for y in (0, len(pixels)) for x in (left, right)], float)
            ahead = self._in_picture(corners / unit_px - canvas.origin, pose)
            if self._sheet.bend_rad and np.linalg.det(ahead[1:3] - ahead[0]) <= 0:
                continue  # bent away: its back is to the camera, and behind the rest
            matrix = cv2.getPerspectiveTransform(
                (corners - (left + 0.5, 0.5)).astype(np.float32),
                (ahead - place).astype(np.float32),
            )
            strip = cv2.warpPerspective(pixels[:, left:right], matrix, seen.shape[1::-1])
            seen = cv2.add(seen, strip).astype(np.uint8, copy=False)
        if self._sheet.screen is not None:
            screen = reduced(self._sheet.screen, pixels.shape[1])
            shining = cv2.warpPerspective(screen, matrix, seen.shape[1::-1]).astype(np.uint8)
            self._ripple(seen, shining, np.asarray(matrix, float), unit_px)
        return seen

    def _in_picture(self, flat: Matrix, pose: Pose) -> Matrix:
        """Where points of the sheet, of shape (n, 2), are seen in the picture."""
        x, y = flat.T
        near = np.zeros_like(x)
        if bend := self._sheet.bend_rad:
            bent = np.clip(x, -_BENT_HALF, _BENT_HALF)
            near = (np.cos(bend * bent) - 1) / bend - np.abs(x - bent) * math.sin(bend * _BENT_HALF)
            x = np.sin(bend * bent) / bend + (x - bent) * math.cos(bend * _BENT_HALF)
        yaw, pitch = math.radians(pose.yaw_deg), math.radians(pose.pitch_deg)
        x, near = x * math.cos(yaw) + near * math.sin(yaw), near * math.cos(yaw) - x * math.sin(yaw)
        y, near = (
            y * math.cos(pitch) - near * math.sin(pitch),
            near * math.cos(pitch) + y * math.sin(pitch),
        )
        away = self._focal_px / pose.width_px
        nearer = away / np.maximum(away - near, 0.1)
        turn = math.radians(-pose.turn_deg)
        x, y = (
            x * math.cos(turn) - y * math.sin(turn),
            x * math.sin(turn) + y * math.cos(turn),
        )
        points: Matrix = np.stack([x * nearer, y * nearer], axis=1) * pose.width_px
        return np.add(points, (pose.x_px, pose.y_px))

    def _ripple(self, seen: Image, shining: Image, matrix: Matrix, unit_px: float) -> None:
        """Put moire over what is ``shining`` in ``seen``; ``matrix`` leads there from the canvas.

        The sensor takes the screen's grid for the nearest coarser one that has the same values at
        its own pixels, and each pixel of the picture is a mean over several of those.
        """
        left, top, width, height = cv2.boundingRect(shining)
        if width < 2:
            return
        rows, columns = slice(top, top + height), slice(left, left + width)
        part, share = seen[rows, columns], shining[rows, columns] * np.float32(_MOIRE / 255)
        x = np.arange(left, left + width, dtype=np.float32)
        y = np.arange(top, top + height, dtype=np.float32)[:, None]
        back = np.linalg.inv(matrix).astype(np.float32)
        across = back[0, 0] * x + back[0, 1] * y + back[0, 2]
        across /= back[2, 0] * x + back[2, 1] * y + back[2, 2]
        grid = across * np.float32(_SCREEN_PIXELS / unit_px)
        # How many of the screen's pixels one of the sensor's is from the next.
        step = np.gradient(grid, axis=1) / np.float32(_SENSOR_SHARE)
        order = round(float(np.median(step)))
        if order < 1:
            return  # each pixel of the screen is seen by several of the sensor
        share *= np.abs(np.sinc((step - order) * np.float32(_SENSOR_SHARE)))
        phase = np.float32(2 * np.pi) * (grid - np.float32(order * _SENSOR_SHARE) * x)
        cos, sin = share * np.cos(phase), share * np.sin(phase)
        for colour in range(3):  # red, green and blue stand side by side
            turn = 2 * math.pi * colour / 3
            ripple = 1 + cos * np.float32(math.cos(turn)) - sin * np.float32(math.sin(turn))
            part[..., colour] = np.clip(np.rint(part[..., colour] * ripple), 0, part[..., 3])
