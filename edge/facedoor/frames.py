"""The plain values that travel through the house, from the camera to the bus.

Nothing here has behaviour beyond simple geometry, and nothing here imports another room. Images
are ``uint8`` arrays of shape (height, width, 3) in **RGB** order everywhere; a camera that delivers
BGR converts before it makes a :class:`Frame`. Coordinates are pixels of ``Frame.main``, with the
origin at the top left corner and y downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facedoor.reasons import Reason
from facedoor.views import View

Image: TypeAlias = NDArray[np.uint8]
Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a camera, in two sizes.

    ``main`` is what faces are cut from; ``lores`` is the same view, smaller, for motion and for
    finding faces (it may be the same array). ``time_s`` is the capture time in seconds on the
    source's own steady clock; only differences mean anything.
    """

    main: Image
    lores: Image
    time_s: float
    number: int


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, in pixels: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width_px(self) -> float:
        return self.right - self.left

    @property
    def height_px(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def contains(self, point: tuple[float, float]) -> bool:
        return self.left <= point[0] < self.right and self.top <= point[1] < self.bottom

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        total = self.width_px * self.height_px + other.width_px * other.height_px - shared
        return shared / total

    def scaled(self, x: float, y: float) -> Box:
        return Box(self.left * x, self.top * y, self.right * x, self.bottom * y)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that the detector found.

    ``landmarks`` is float32 of shape (6, 2), in pixels: the eye at the image's left, the eye at its
    right, the tip of the nose, the middle of the mouth, the ear at the left, the ear at the right.
    ``score`` is the detector's confidence, 0 to 1.
    """

    box: Box
    landmarks: Vector
    score: float

    def scaled(self, x: float, y: float) -> Face:
        """The same face in an image that is ``x`` times as wide and ``y`` times as high."""
        landmarks = self.landmarks * np.array([x, y], np.float32)
        return Face(self.box.scaled(x, y), landmarks, self.score)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a still picture of one person, or one view of a face, gives.

    Either ``embedding`` (float32 of shape (D,), length 1) and no ``refusal``, or the reason why
    there is none. ``face`` is the face that was read, where one was found, ``view`` how it was to
    be seen, where that was measured. ``second`` is the embedding by a second embedder, where it was
    asked.
    """

    embedding: Vector | None
    refusal: Reason | None
    face: Face | None = None
    view: View | None = None
    second: Vector | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest person in the gallery to one embedding, and the nearest other person.

    Distances are those that thresholds are about: L2 between unit vectors, 0 to 2, to which the
    pack's cohort, if it has one, adds something for faces that resemble many, and joint ones where
    there is a second pack; ``plain_distance`` is then the L2 distance behind ``distance``, by the
    first embedder, else ``None``. ``person`` is the nearest whether or
    not that is near enough; whoever reads it compares ``distance`` with a threshold. An empty
    gallery gives ``person=None`` and infinite distances.

    ``lead`` is how far the embedding lies on the person's side of the plane half way between the
    two, negative beyond it: 1 at most, and infinite where there is nobody else. Unlike the
    difference of two distances it means the same for two who are alike as for any others.
    """

    person: str | None
    distance: float
    runner_up: str | None
    runner_up_distance: float
    plain_distance: float | None = None
    lead: float = math.inf
