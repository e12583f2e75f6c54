"""A head with depth for the simulated walk-up: a photo laid over a generic face.

The face is a height field of our own making, in eye distances: an egg with sockets, a nose, lips
and a chin, as deep as an average head. A photo is laid over it by its landmarks and the head turned
in space; each point of the photo moves as far as its depth says, so that the nose runs ahead of the
eyes, and what comes to lie behind something nearer is hidden. At the outline the movement fades
out: what a photo does not show of a head is made up by stretching what is beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float64]
Point: TypeAlias = tuple[float, float]

NOSE_DEPTH = 0.58
"""How far the tip of the nose stands before the eyes, in eye distances: 37 of 64 mm in the
canonical face of MediaPipe's face mesh."""

_HALF_WIDTH = 1.3
_UP, _DOWN = 1.75, 1.95
_DEPTH = 1.5
"""The egg, in eye distances: from the middle between the eyes to the ears, the crown and the chin,
and from the axis of the neck to the eyes."""

_EYE_DEPTH = 1.2
"""How far the eyes stand before the axis: the egg there, less the sockets."""

_MOST_OF_ITS_OWN = math.radians(45)
"""How far a photo's face is taken to be turned at most."""

_NOSE_DOWN = 0.68
_MOUTH_DOWN = 1.12
_SIDE = 96
"""Cells of the height field along each side: the face is smooth, and the photo is not."""

_REACH = 2.4
"""How far the height field goes, in eye distances from the middle between the eyes."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where a face is in its photo, in widths of the photo: x to the right, y downwards.

    The eyes are named by the side of the picture on which they are.
    """

    left_eye: Point
    right_eye: Point
    nose: Point
    mouth: Point

    @classmethod
    def of_a_portrait(cls, height: float) -> Landmarks:
        """Of a face that nobody has measured: in the middle of the photo, and half as wide."""
        eye, middle = 0.115, 0.5 * height
        eyes_y = middle - 0.13
        return cls(
            (0.5 - eye, eyes_y),
            (0.5 + eye, eyes_y),
            (0.5, eyes_y + 2 * eye * _NOSE_DOWN),
            (0.5, eyes_y + 2 * eye * _MOUTH_DOWN),
        )


class Relief:
    """The depth of a face, laid under a photo."""

    def __init__(self, landmarks: Landmarks) -> None:
        left, right = np.array(landmarks.left_eye), np.array(landmarks.right_eye)
        middle, mouth = (left + right) / 2, np.array(landmarks.mouth)
        along = right - left
        nose = float(np.dot(np.array(landmarks.nose) - left, along) / np.dot(along, along))
        yaw = math.atan((nose - 0.5) / NOSE_DEPTH)
        yaw = float(np.clip(yaw, -_MOST_OF_ITS_OWN, _MOST_OF_ITS_OWN))
        along /= math.cos(yaw)  # eyes that look aside are nearer to each other in the picture
        across = np.array([-along[1], along[0]])
        # The face is as high as its photo shows it: one that looks up or down is shorter.
        height = float(np.dot(mouth - middle, across) / np.dot(across, across)) / _MOUTH_DOWN
        self._to_photo = np.stack([along, across * max(height, 0.5)], axis=1)
        self._middle = middle - _EYE_DEPTH * math.sin(yaw) * along
        cells = np.linspace(-_REACH, _REACH, _SIDE)
        self._x, self._y = np.meshgrid(cells, cells)
        depth = _depths(self._x, self._y)
        turned, nearness = _turned(self._x, depth, yaw)
        # The face as this photo shows it, turned already.
        seen = _seen_from(turned, self._x, rightwards=yaw > 0)
        self._depth = _looked_up(nearness, seen)
        self._firmness = _firmness(self._x, self._y)

    @property
    def in_photo(self) -> Field:
        """From the cells of :meth:`moved` to the photo, in its widths: 2x3."""
        cell = 2 * _REACH / (_SIDE - 1)
        matrix = self._to_photo * cell
        corner = self._middle - self._to_photo @ np.array([_REACH, _REACH])
        return np.column_stack([matrix, corner])

    def moved(self, yaw_deg: float, pitch_deg: float) -> NDArray[np.float32]:
        """Where in the photo to look, for each cell of the turned head, from where the cell is.

        Positive yaw turns the head to the image's right, positive pitch upwards. Float32 of shape
        (n, n, 2), x and y in widths of the photo; zero at the edge.
        """
        yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
        turned, nearness = _turned(self._x, self._depth, yaw)
        from_x = _seen_from(self._pulled(self._x, turned), self._x, rightwards=yaw > 0)
        depth = _looked_up(nearness, from_x)
        nodded = self._y * math.cos(pitch) - depth * math.sin(pitch)
        from_y = _seen_from(self._pulled(self._y, nodded).T, self._y.T, rightwards=pitch < 0).T
        from_x = _looked_up(from_x.T, from_y.T).T
        away = np.stack([from_x - self._x, from_y - self._y], axis=-1)
        moved: NDArray[np.float32] = (away @ self._to_photo.T).astype(np.float32)
        return moved

    def _pulled(self, before: Field, after: Field) -> Field:
        return before + self._firmness * (after - before)


def _turned(x: Field, depth: Field, angle: float) -> tuple[Field, Field]:
    """Where the points of a height field come to lie, and how near, after a turn about its axis."""
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos + depth * sin, depth * cos - x * sin


def _depths(x: Field, y: Field) -> Field:
    """The height field, in eye distances before the axis of the neck."""
    # Flatter than an egg: the exponents let forehead, cheeks and jaw stand nearly upright.
    out = np.abs(x / _HALF_WIDTH) ** 2.2 + np.abs(y / np.where(y < 0, _UP, _DOWN)) ** 2.6
    depth = _DEPTH * np.sqrt(np.clip(1 - out, 0, None))
    for side in (-0.5, 0.5):
        depth -= _bump(x, y, (side, 0.0), 0.2, 0.16, 0.12)
    # The nose: a ridge that rises from between the eyes to the tip, and ends soon below it.
    rise = np.clip((y + 0.05) / (_NOSE_DOWN + 0.05), 0, 1.0) ** 1.3
    ends = np.exp(-0.5 * (np.clip(y - _NOSE_DOWN, 0, None) / 0.12) ** 2)
    depth += 0.5 * rise * ends * np.exp(-0.5 * (x / (0.13 + 0.07 * rise)) ** 2)
    depth += _bump(x, y, (0.0, _MOUTH_DOWN), 0.3, 0.16, 0.1)
    depth += _bump(x, y, (0.0, 1.6), 0.35, 0.22, 0.25)
    return np.where(out < 1, depth, 0.0)


def _bump(x: Field, y: Field, at: Point, wide: float, high: float, deep: float) -> Field:
    away = ((x - at[0]) / wide) ** 2 + ((y - at[1]) / high) ** 2
    bump: Field = deep * np.exp(-0.5 * away)
    return bump


def _firmness(x: Field, y: Field) -> Field:
    """How far a point moves with the head: 1 in the face, 0 beyond hair, neck and ears."""
    out = np.hypot(x / (1.5 * _HALF_WIDTH), y / np.where(y < 0, 1.35 * _UP, 1.15 * _DOWN))
    share = np.clip((1 - out) / 0.5, 0, 1)
    firmness: Field = share * share * (3 - 2 * share)
    return firmness


def _seen_from(after: Field, before: Field, *, rightwards: bool) -> Field:
    """For each place of a row the one that is seen there, after each moved from before to after.

    In a head that turns to the right what is further left is nearer, and hides what it runs past.
    """
    if not rightwards:
        return -_seen_from(-after[:, ::-1], -before[:, ::-1], rightwards=True)[:, ::-1]
    hidden = np.maximum.accumulate(after, axis=1)
    rows = [
        np.interp(place, ahead, origin)
        for place, ahead, origin in zip(before, hidden, before, strict=True)
    ]
    return np.array(rows)


def _looked_up(values: Field, places: Field) -> Field:
    """``values`` of each row at other ``places`` of it."""
    cells = np.linspace(-_REACH, _REACH, _SIDE)
    return np.array([np.interp(at, cells, row) for row, at in zip(values, places, strict=True)])
