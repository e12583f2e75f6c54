"""Finding faces and their landmarks, with the networks of MediaPipe's BlazeFace family.

Two passes. **Search** looks at the whole frame, letterboxed: it sees small faces, but sometimes a
face where there is none, and its landmarks are coarse. **Confirm** looks again, with another
network, at a square around each candidate: what it does not see as well was no face, and its
landmarks are what the crop is aligned by. Once a face is tracked only the second pass is needed.

Both networks answer the same way: for each anchor a score (a logit) and 16 numbers, in pixels of
the network's input and relative to the anchor: centre x, centre y, width, height, then x and y of
six landmarks.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from facedoor.camera.pictures import rotated
from facedoor.frames import Box, Face, Image, Vector
from facedoor.vision.interpreter import Network

MIN_SCORE = 0.5
"""Least score of a candidate, and of a face: there the mean of both passes' scores."""

MIN_CONFIRMATION = 0.35
"""Least score of the second pass alone: faces that the first sees clearly may score this low."""

SAME_FACE_OVERLAP = 0.3
"""Detections that overlap at least this much (intersection over union) are one face."""

KNOWN_OVERLAP = 0.5
"""A face that overlaps a place at least this much is there; one that stands beside it is not."""

REGION = 3.0
"""Side of the square that the second pass looks at, in face sizes."""

_MIDDLE = 0.2
"""Half the side of what is the middle of a region, in sides of it: more than half a face."""

_SEARCH_STRIDES = (16, 32, 32, 32)
_CONFIRM_STRIDES = (4,)
_ANCHORS_PER_CELL = {16: 2, 32: 2, 4: 1}


def anchors(size_px: int, strides: tuple[int, ...]) -> Vector:
    """The anchors' centres, float32 of shape (n, 2), in pixels of a square input of ``size_px``.

    Layers that share a stride share their cells, so that a cell's anchors stand side by side.
    """
    centres = []
    for stride in dict.fromkeys(strides):
        cells = (np.arange(size_px // stride) + 0.5) * stride
        y, x = np.meshgrid(cells, cells, indexing="ij")
        per_cell = strides.count(stride) * _ANCHORS_PER_CELL[stride]
        centres.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), per_cell, axis=0))
    return np.concatenate(centres).astype(np.float32)


@dataclass(frozen=True, slots=True)
class View:
    """How a network's square input lies in the image: input = (image - origin) * scale."""

    left: float
    top: float
    scale: float


def letterbox(image: Image, size_px: int) -> tuple[Image, View]:
    """The whole ``image`` in a square of ``size_px``, aspect kept, the rest black."""
    height, width = image.shape[:2]
    side = max(height, width)
    return square_view(image, (width / 2, height / 2), side, size_px)


def square_view(
    image: Image, centre: tuple[float, float], side_px: float, size_px: int
) -> tuple[Image, View]:
    """The square of ``side_px`` about ``centre``, resized to ``size_px``; black beyond the image.

    Reduced with an area filter: a linear one would alias the noise of a dark frame.
    """
    side = max(1, round(side_px))
    left, top = round(centre[0] - side / 2), round(centre[1] - side / 2)
    height, width = image.shape[:2]
    rows = slice(max(0, top), max(0, min(height, top + side)))
    columns = slice(max(0, left), max(0, min(width, left + side)))
    inner = image[rows, columns]
    scale = size_px / side
    square = np.zeros((size_px, size_px, 3), np.uint8)
    if inner.size:
        # Resize only what the image has and put it in its place, so that a region that reaches
        # far beyond the image costs no more than one inside.
        last = size_px - 1
        x0 = min(last, round(max(0, -left) * scale))
        y0 = min(last, round(max(0, -top) * scale))
        x1 = min(size_px, x0 + max(1, round(inner.shape[1] * scale)))
        y1 = min(size_px, y0 + max(1, round(inner.shape[0] * scale)))
        filter_ = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        square[y0:y1, x0:x1] = cv2.resize(inner, (x1 - x0, y1 - y0), interpolation=filter_)
    return square, View(left, top, scale)


def decode(
    scores: Vector, regressors: Vector, centres: Vector, view: View, min_score: float
) -> list[Face]:
    """Faces with a score of at least ``min_score``, in the image's pixels, best first.

    ``scores`` are logits of shape (n,), ``regressors`` of shape (n, 16), ``centres`` of (n, 2).
    """
    keep = np.flatnonzero(scores >= _logit(min_score))
    points = regressors[keep].reshape(-1, 8, 2).astype(np.float32)
    sizes = points[:, 1].copy()
    points += centres[keep, np.newaxis]
    points = points / view.scale + np.array([view.left, view.top], np.float32)
    half = sizes / (2 * view.scale)
    corners = np.concatenate([points[:, 0] - half, points[:, 0] + half], axis=1)
    probabilities = 1 / (1 + np.exp(-scores[keep].astype(np.float64)))
    faces = [
        Face(Box(*map(float, corner)), landmarks, float(probability))
        for corner, landmarks, probability in zip(
            corners, points[:, 2:], probabilities, strict=True
        )
        if (corner[2:] > corner[:2]).all() and _is_spread(landmarks)
    ]
    return suppress(faces)


def _is_spread(landmarks: Vector) -> bool:
    """Whether eyes and mouth are in places of their own: else nothing can be aligned by them."""
    return bool(np.isfinite(landmarks).all() and np.ptp(landmarks[[0, 1, 3]], axis=0).any())


def suppress(faces: list[Face]) -> list[Face]:
    """One face for each group of overlapping detections: their mean, weighted by score.

    Averaging over a group, instead of keeping its best member, halves the jitter of the landmarks.
    """
    left = sorted(faces, key=lambda face: face.score, reverse=True)
    kept = []
    while left:
        best = left[0]
        group = [face for face in left if face.box.overlap(best.box) >= SAME_FACE_OVERLAP]
        left = [face for face in left[1:] if face.box.overlap(best.box) < SAME_FACE_OVERLAP]
        weights = np.array([face.score for face in group], np.float32)
        weights /= weights.sum()
        boxes = np.array([(f.box.left, f.box.top, f.box.right, f.box.bottom) for f in group])
        landmarks = np.tensordot(weights, np.stack([f.landmarks for f in group]), 1)
        kept.append(
            Face(Box(*map(float, weights @ boxes)), landmarks.astype(np.float32), best.score)
        )
    return kept


def is_among(box: Box, known: Sequence[Box]) -> bool:
    """Whether a face at ``box`` is one of those whose places are ``known``."""
    return any(box.overlap(place) >= KNOWN_OVERLAP for place in known)


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


class _Pass:
    """One of the two networks, with its anchors."""

    def __init__(self, network: Network, strides: tuple[int, ...], min_score: float) -> None:
        self._network = network
        self._min_score = min_score
        self.size_px = network.input_shape[1]
        self._anchors = anchors(self.size_px, strides)

    def look(self, square: Image, view: View, min_score: float | None = None) -> list[Face]:
        """The faces in a square, best first, with this score at least, or else the pass's own."""
        regressors, scores = self._answer(square)
        least = self._min_score if min_score is None else min_score
        return decode(scores, regressors, self._anchors, view, least)

    def score(self, square: Image) -> float:
        """The best score of a face in the middle of a square, 0 to 1."""
        _, scores = self._answer(square)
        from_middle = np.abs(self._anchors - self.size_px / 2).max(axis=1)
        best = float(scores[from_middle < _MIDDLE * self.size_px].max())
        return 1 / (1 + math.exp(-best))

    def _answer(self, square: Image) -> tuple[Vector, Vector]:
        """Regressors of shape (n, 16) and logits of shape (n,)."""
        tensor = square[np.newaxis].astype(np.float32) / np.float32(127.5) - np.float32(1)
        regressors, scores = sorted(
            self._network.run(tensor), key=lambda output: output.shape[-1], reverse=True
        )
        return regressors[0], scores[0, :, 0]


class Detector:
    """Finds faces. Not safe for use by several threads at once."""

    def __init__(self, search: Network, landmarks: Network) -> None:
        self._search = _Pass(search, _SEARCH_STRIDES, MIN_SCORE)
        self._confirm = _Pass(landmarks, _CONFIRM_STRIDES, MIN_CONFIRMATION)

    def find(
        self,
        image: Image,
        lores: Image | None = None,
        known: Sequence[Box] = (),
        most: int | None = None,
    ) -> list[Face]:
        """All faces of an RGB ``image`` but those at ``known`` places, largest first, in its
        pixels.

        ``lores`` is the same view, smaller, to search in; without it the image itself is searched.
        Of the candidates only the ``most`` likely are looked at, if that is given.
        """
        small = image if lores is None else lores
        candidates = self._search.look(*letterbox(small, self._search.size_px))
        return self._confirmed(image, small, candidates, known, most)

    def find_within(
        self,
        image: Image,
        lores: Image,
        centre: tuple[float, float],
        side_px: float,
        known: Sequence[Box] = (),
        most: int | None = None,
    ) -> list[Face]:
        """As :meth:`find`, of the square of ``side_px`` about ``centre`` alone, in pixels of
        ``lores``: in half the time, by the network that also confirms."""
        square = square_view(lores, centre, side_px, self._confirm.size_px)
        candidates = self._confirm.look(*square, MIN_SCORE)
        return self._confirmed(image, lores, candidates, known, most)

    def _confirmed(
        self,
        image: Image,
        small: Image,
        candidates: Sequence[Face],
        known: Sequence[Box],
        most: int | None,
    ) -> list[Face]:
        """The faces among ``candidates``, which were seen in ``small``, largest first."""
        x, y = image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]
        new = [
            candidate for candidate in candidates if not is_among(candidate.scaled(x, y).box, known)
        ]
        faces = []
        for candidate in new[:most]:
            seen_again = self.follow(image, candidate.scaled(x, y).box)
            if seen_again is None:
                continue
            score = (candidate.score + seen_again.score) / 2
            if score >= MIN_SCORE:
                faces.append(dataclasses.replace(seen_again, score=score))
        return sorted(suppress(faces), key=lambda face: face.box.width_px, reverse=True)

    def follow(self, image: Image, box: Box) -> Face | None:
        """The face at or near ``box``, where one was just seen; ``None`` when it is gone."""
        faces = self._confirm.look(*self._region(image, box))
        x, y = box.centre
        return min(
            faces, key=lambda f: np.hypot(f.box.centre[0] - x, f.box.centre[1] - y), default=None
        )

    def scores(self, image: Image, box: Box, turns: Sequence[int]) -> list[float]:
        """How much what is at ``box`` looks like a face: the score of the second pass, 0 to 1.

        For each of ``turns``, degrees clockwise by which its surroundings are turned before: 0, 90,
        180 or 270.
        """
        region, _ = self._region(image, box)
        return [self._confirm.score(rotated(region, turn)) for turn in turns]

    def _region(self, image: Image, box: Box) -> tuple[Image, View]:
        """What the second pass looks at: the surroundings of ``box``."""
        side = REGION * max(box.width_px, box.height_px)
        return square_view(image, box.centre, side, self._confirm.size_px)
