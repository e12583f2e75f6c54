"""Masks, scarves and sunglasses, drawn onto photos of bare faces in many colours and shapes.

Where eyes, nose, mouth and ears are, the detector says; everything else is drawn by lot from a
given generator, so that the same seed gives the same pictures. They are flat, and lit only roughly
like the photo: what was learned from them has to be shown on real ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from facedoor.camera.pictures import decode_picture
from facedoor.frames import Face, Image, Vector

Points = NDArray[np.float64]
Colour = NDArray[np.float64]

_SUBPIXEL_BITS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    """The face's own axes: x from its middle along the line of the eyes, y downwards, both in eye
    distances."""

    middle: Points
    across: Points
    down: Points
    eyes_px: float
    nose: tuple[float, float]
    mouth: tuple[float, float]
    ears: tuple[Vector, Vector]

    @classmethod
    def of(cls, face: Face) -> _Head:
        left, right, nose, mouth = face.landmarks[:4].astype(np.float64)
        middle, apart = (left + right) / 2, max(float(np.hypot(*(right - left))), 1.0)
        across = (right - left) / apart
        down = np.array([-across[1], across[0]])

        def own(point: Points) -> tuple[float, float]:
            offset = (point - middle) / apart
            return float(offset @ across), float(offset @ down)

        ears = face.landmarks[4], face.landmarks[5]
        return cls(middle, across, down, apart, own(nose), own(mouth), ears)

    def at(self, x: float, y: float) -> Points:
        return self.middle + self.eyes_px * (x * self.across + y * self.down)

    def outline(self, *points: tuple[float, float]) -> Points:
        return np.array([self.at(x, y) for x, y in points])


def mask(rng: Generator, image: Image, face: Face) -> Image:
    """``image``, uint8 RGB (H, W, 3), in which ``face`` has nose, mouth and chin covered."""
    head = _Head.of(face)
    nose_x, nose_y = head.nose
    x, mouth_y = head.mouth
    top = rng.uniform(0.22, max(0.3, nose_y - 0.02))
    chin = mouth_y + rng.uniform(0.45, 0.95)
    side, cheek = rng.uniform(0.75, 1.15), rng.uniform(0.25, 0.75)
    kind = rng.choice(["surgical", "cup", "scarf", "cloth"])
    if kind == "surgical":
        right = [
            *((0.45, top + 0.12), (side, cheek), (side * 0.95, mouth_y + 0.1)),
            (0.55, chin - 0.12),
        ]
        outline = _both_sides(head, x, (nose_x, top), right, (x, chin))
    elif kind == "cup":
        angles = np.linspace(-0.35 * np.pi, 1.35 * np.pi, 14)
        middle, half = (mouth_y + top) / 2 + 0.12, (chin - top) / 2
        around = [
            (x + 0.8 * np.cos(a) * rng.uniform(0.9, 1.05), middle + half * np.sin(a))
            for a in angles
        ]
        outline = head.outline((nose_x, top), *around)
    elif kind == "scarf":
        right = [(1.3, cheek - 0.1), (1.2, chin + 0.6)]
        bottom = (x, chin + rng.uniform(0.2, 1.0))
        outline = _both_sides(head, x, (nose_x, top + 0.05), right, bottom)
    else:
        right = [(0.5, top + 0.22), (side, cheek), (0.85, mouth_y), (0.6, chin - 0.2)]
        outline = _both_sides(head, x, (nose_x, top), right, (x, chin))
    colour = _cloth_colour(rng)
    covered = _painted(rng, image, [outline], colour)
    if kind != "scarf" and rng.random() < 0.6:
        for sign, ear in zip((-1, 1), head.ears, strict=True):
            _line(covered, head.at(x + sign * side, cheek), ear, colour * 0.9, head, 0.03)
    return covered


def sunglasses(rng: Generator, image: Image, face: Face) -> Image:
    """``image``, uint8 RGB (H, W, 3), in which ``face`` has both eyes behind dark glasses."""
    head = _Head.of(face)
    wide, high = rng.uniform(0.34, 0.47), rng.uniform(0.2, 0.38)
    y = rng.uniform(-0.03, 0.12)
    kind = rng.choice(["round", "pilot", "wedge", "visor"], p=[0.3, 0.3, 0.25, 0.15])
    if kind == "visor":
        edge = [(-1.0, y - high), (1.0, y - high), (0.9, y + high), (0.0, y + high / 2)]
        glasses = [head.outline(*edge, (-0.9, y + high))]
    else:
        glasses = [head.outline(*_glass(kind, eye, y, wide, high)) for eye in (-0.5, 0.5)]
    covered = _painted(rng, image, glasses, _glass_colour(rng), rng.uniform(0.85, 1.0))
    frame, thick = rng.uniform(0, 60, 3), rng.uniform(0.02, 0.07)
    bridge = y - high * 0.3
    _line(covered, head.at(-0.12, bridge), head.at(0.12, bridge), frame, head, thick)
    if rng.random() < 0.7:
        for sign in (-1, 1):
            hinge = head.at(sign * (0.5 + wide), y - high * 0.4)
            _line(covered, hinge, head.at(sign * 1.15, y - 0.05), frame, head, thick)
    if rng.random() < 0.4:
        for glass in glasses:
            glint = glass.mean(axis=0)
            end = glint + head.eyes_px * rng.uniform(-0.15, 0.15, 2)
            _line(covered, glint, end, np.array([230.0, 230, 240]), head, thick)
    return covered


def varied(rng: Generator, image: Image) -> Image:
    """``image`` as another camera sees it: smaller, darker or lighter, tinted, grey, compressed."""
    if rng.random() < 0.5:
        scale = rng.uniform(0.42, 1.0)
        image = _as_image(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    if rng.random() < 0.5:
        image = _as_image(image * rng.uniform(0.45, 1.25))
    if rng.random() < 0.12:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = _as_image(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))
    if rng.random() < 0.2:
        image = _as_image(image * rng.uniform(0.8, 1.2, 3))
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(50, 90))]
        image = decode_picture(cv2.imencode(".jpg", image, quality)[1].tobytes(), "a photo")
    return image


def _both_sides(
    head: _Head,
    x: float,
    top: tuple[float, float],
    right: list[tuple[float, float]],
    bottom: tuple[float, float],
) -> Points:
    """An outline from the top down one side of ``x`` and up the other."""
    left = [(x - dx, y) for dx, y in reversed(right)]
    return head.outline(top, *((x + dx, y) for dx, y in right), bottom, *left)


def _glass(kind: str, x: float, y: float, wide: float, high: float) -> list[tuple[float, float]]:
    if kind == "round":
        angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        return [(x + wide * np.cos(a), y + high * np.sin(a)) for a in angles]
    if kind == "pilot":
        return [
            *((x - wide, y - high), (x + wide, y - high), (x + wide * 0.9, y + high * 0.6)),
            *((x + wide * 0.5, y + high), (x - wide * 0.5, y + high)),
            (x - wide * 0.9, y + high * 0.6),
        ]
    top, bottom = y - high * 0.8, y + high * 0.8
    return [(x - wide, top), (x + wide, top), (x + wide * 0.8, bottom), (x - wide * 0.7, y + high)]


def _cloth_colour(rng: Generator) -> Colour:
    kind = rng.choice(["white", "black", "surgical", "any"], p=[0.2, 0.2, 0.2, 0.4])
    if kind == "white":
        return np.full(3, rng.uniform(200, 255))
    if kind == "black":
        return np.full(3, rng.uniform(5, 60))
    if kind == "surgical":
        return np.array([rng.uniform(90, 190), rng.uniform(170, 220), rng.uniform(200, 245)])
    return rng.uniform(0, 255, 3)


def _glass_colour(rng: Generator) -> Colour:
    kind = rng.choice(["black", "tinted", "mirror"], p=[0.65, 0.25, 0.1])
    if kind == "black":
        return np.full(3, rng.uniform(5, 50))
    return rng.uniform(0, 120, 3) if kind == "tinted" else rng.uniform(60, 220, 3)


def _painted(
    rng: Generator, image: Image, outlines: list[Points], colour: Colour, opacity: float = 1.0
) -> Image:
    """``image`` with cloth or glass of ``colour`` within the ``outlines``, edges blurred."""
    height, width = image.shape[:2]
    cover = np.zeros((height, width), np.float32)
    for outline in outlines:
        corners = np.round(outline * 2**_SUBPIXEL_BITS).astype(np.int32)
        cv2.fillPoly(cover, [corners], 1.0, cv2.LINE_8, _SUBPIXEL_BITS)
    cover = opacity * cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.5, 1.6))
    grey = image.astype(np.float32).mean(axis=2)
    light = cv2.GaussianBlur(grey, (0, 0), 25)[..., np.newaxis]
    cloth = _cloth(rng, height, width, colour)
    cloth *= 1 + rng.uniform(0, 0.6) * (light / max(1.0, float(light.mean())) - 1)
    if rng.random() < 0.7:
        cloth *= rng.uniform(0.45, 1.0)
    share = cover[..., np.newaxis]
    return _as_image(image * (1 - share) + cloth * share)


def _cloth(rng: Generator, height: int, width: int, colour: Colour) -> NDArray[np.float64]:
    """A whole picture of a material of ``colour``, with its pattern and folds."""
    cloth = np.ones((height, width, 3)) * colour
    y, x = np.mgrid[:height, :width]
    kind = rng.choice(["plain", "pleats", "dots", "checks", "shades", "rough"])
    if kind == "pleats":
        waves = np.sin(2 * np.pi * y / rng.uniform(6, 16))
        cloth *= 1 + rng.uniform(0.05, 0.2) * waves[..., np.newaxis]
    elif kind == "dots":
        ink = tuple(map(float, rng.uniform(0, 255, 3)))
        for _ in range(rng.integers(10, 80)):
            middle = int(rng.integers(width)), int(rng.integers(height))
            cv2.circle(cloth, middle, int(rng.integers(1, max(2, width // 12))), ink, -1)
    elif kind == "checks":
        size = int(rng.integers(4, 20))
        cloth[(x // size + y // size) % 2 == 1] = rng.uniform(0, 255, 3)
    elif kind == "shades":
        few = rng.uniform(-60, 60, (4, 4, 3)).astype(np.float32)
        cloth += cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC)
    elif kind == "rough":
        noise = rng.normal(0, 40, (height, width, 3)).astype(np.float32)
        cloth += cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.6, 2))
    across = np.linspace(-1, 1, width)[:, np.newaxis]
    down = np.linspace(-1, 1, height)[:, np.newaxis, np.newaxis]
    cloth *= 1 - rng.uniform(0, 0.35) * across**2 + rng.uniform(-0.2, 0.2) * across
    cloth *= 1 + rng.uniform(-0.2, 0.2) * down
    return cloth


def _line(
    image: Image, begin: Points, end: Points | Vector, colour: Colour, head: _Head, thick: float
) -> None:
    ends = [(int(point[0]), int(point[1])) for point in (begin, end)]
    width_px = max(1, int(head.eyes_px * thick))
    ink = tuple(int(min(255, max(0, level))) for level in colour)
    cv2.line(image, ends[0], ends[1], ink, width_px, cv2.LINE_AA)


def _as_image(levels: NDArray[np.generic]) -> Image:
    return np.ascontiguousarray(np.clip(levels, 0, 255).astype(np.uint8))
