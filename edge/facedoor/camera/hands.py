"""Hands that hold something up, drawn on its canvas.

A canvas is RGBA, uint8, its colours multiplied by their opacity. Points and widths are in widths of
the photo that is held, its centre being the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Image

_Point = tuple[float, float]
_Colour = tuple[int, int, int]
_SKIN: _Colour = (203, 158, 132)
_SKIN_EDGE: _Colour = (158, 112, 90)
_NAIL: _Colour = (224, 186, 170)
_FRACTION_BITS = 4


@dataclass(frozen=True, slots=True)
class Canvas:
    """Room for something that is held: ``pixels``, and where in them the origin is."""

    pixels: Image
    unit_px: float
    origin: _Point

    @classmethod
    def around(cls, unit_px: float, half_width: float, top: float, bottom: float) -> Canvas:
        """Transparent, from ``-half_width`` to ``half_width`` and from ``-top`` to ``bottom``."""
        height, width = round((top + bottom) * unit_px), round(2 * half_width * unit_px)
        return cls(np.zeros((height, width, 4), np.uint8), unit_px, (half_width, top))

    def lay(self, plate: Image) -> None:
        """Lay ``plate``, RGBA as the canvas and not larger, with its middle over the origin."""
        height, width = plate.shape[:2]
        left = round(self.origin[0] * self.unit_px - width / 2)
        top = round(self.origin[1] * self.unit_px - height / 2)
        under = self.pixels[top : top + height, left : left + width]
        clear = 1 - plate[..., 3:].astype(np.float32) / 255
        under[:] = np.rint(under * clear + plate)

    def inside(self, half_width: float, half_height: float) -> NDArray[np.bool_]:
        """Which pixels are so near to the origin: (height, width)."""
        height, width = self.pixels.shape[:2]
        x = np.abs((np.arange(width) + 0.5) / self.unit_px - self.origin[0])
        y = np.abs((np.arange(height) + 0.5) / self.unit_px - self.origin[1])
        near: NDArray[np.bool_] = (y < half_height)[:, None] & (x < half_width)
        return near

    def stroke(self, start: _Point, end: _Point, width: float, colour: _Colour) -> None:
        """A thick line with round ends."""
        scale = self.unit_px * (1 << _FRACTION_BITS)
        (from_x, from_y), (to_x, to_y) = np.rint(np.add((start, end), self.origin) * scale).astype(
            int
        )
        thick = max(1, round(width * self.unit_px))
        at = (int(from_x), int(from_y)), (int(to_x), int(to_y))
        cv2.line(self.pixels, at[0], at[1], (*colour, 255), thick, cv2.LINE_AA, _FRACTION_BITS)


def draw_finger(canvas: Canvas, root: _Point, tip: _Point, width: float) -> None:
    """A finger or a thumb from ``root`` to ``tip``, with its nail."""
    canvas.stroke(root, tip, width, _SKIN_EDGE)
    canvas.stroke(root, tip, 0.86 * width, _SKIN)
    nail = tuple(t + 0.12 * (r - t) for r, t in zip(root, tip, strict=True))
    canvas.stroke((nail[0], nail[1]), tip, 0.42 * width, _NAIL)


def draw_arm(canvas: Canvas, hand: _Point, elbow: _Point, width: float, sleeve: _Colour) -> None:
    """A hand, and an arm in its sleeve, that come up from below."""
    wrist = tuple(h + 0.3 * (e - h) for h, e in zip(hand, elbow, strict=True))
    canvas.stroke(hand, (wrist[0], wrist[1]), 1.06 * width, _SKIN_EDGE)
    canvas.stroke(hand, (wrist[0], wrist[1]), width, _SKIN)
    canvas.stroke((wrist[0], wrist[1]), elbow, 1.15 * width, sleeve)
