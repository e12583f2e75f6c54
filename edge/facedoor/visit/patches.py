"""Patches: small grey pictures of one place in the frame, and how far it differs between two looks.

A place, unlike the box of a detected face, does not jitter: that of a face of 40 px in the dark
wanders by 6 % of its width, while the shift of what is seen there is known to 0.2 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Box, Image

Patch: TypeAlias = NDArray[np.float32]
"""Grey levels of shape (32, 32)."""

INTACT_LIKENESS = 0.8
"""Correlation of what nothing hides, also where it has shifted a little."""

TRACEABLE_SHIFT = 0.06
"""Of the width, two of the patch's pixels: how far a shift can be told by the slopes."""

QUARTERS = 4
_SIDE_PX = 32
_RIM_PX = 2
"""What lies nearer to the edge may come from beyond it."""


def cut(image: Image, box: Box) -> Patch:
    """What ``image`` shows in ``box``: float32 grey levels of shape (32, 32)."""
    height, width = image.shape[:2]
    left, top = (max(0, math.floor(edge)) for edge in (box.left, box.top))
    rows = slice(min(top, height - 1), max(top + 1, math.ceil(box.bottom)))
    columns = slice(min(left, width - 1), max(left + 1, math.ceil(box.right)))
    grey = cv2.cvtColor(np.ascontiguousarray(image[rows, columns]), cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Change:
    """What is between two looks at one place.

    ``x`` and ``y`` say how far what is seen has shifted, in widths of the place; that is right up
    to :data:`TRACEABLE_SHIFT`, and where ``explained``, the share of what is seen that light and
    shift together account for (a correlation), is high. ``likeness`` is the correlation as it is.
    """

    x: float
    y: float
    explained: float
    likeness: float

    @property
    def shift(self) -> float:
        return math.hypot(self.x, self.y)


def change(before: Patch, now: Patch) -> Change:
    """How ``now`` differs from ``before``.

    One step of Lucas and Kanade (1981), with gain and offset of the light as further unknowns:
    ``now`` is taken for ``gain * before + offset - gain * shift * slope``.
    """
    likeness = _likeness(before, now)
    down, right = np.gradient(before)
    terms = np.stack([right, down, before, np.ones_like(before)]).reshape(4, -1).astype(np.float64)
    try:
        factors = np.linalg.solve(terms @ terms.T, terms @ now.reshape(-1))
    except np.linalg.LinAlgError:  # there was nothing but one colour
        return Change(0.0, 0.0, float(np.ptp(now) == 0), likeness)
    x, y, gain, _ = factors.tolist()
    if gain <= 0:
        return Change(math.inf, math.inf, 0.0, likeness)
    x, y = -x / gain, -y / gain
    inner = slice(_RIM_PX, -_RIM_PX)
    explained = _likeness(_shifted(before, x, y)[inner, inner], now[inner, inner])
    return Change(x / _SIDE_PX, y / _SIDE_PX, explained, likeness)


def _shifted(patch: Patch, x: float, y: float) -> Patch:
    by = np.array([[1, 0, x], [0, 1, y]])
    size = patch.shape[1], patch.shape[0]
    return np.asarray(cv2.warpAffine(patch, by, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _likeness(before: Patch, now: Patch) -> float:
    """Their correlation; 0 where there is nothing to be seen."""
    first, second = before - before.mean(), now - now.mean()
    contrast = float(np.sqrt((first * first).mean() * (second * second).mean()))
    return float((first * second).mean()) / contrast if contrast > 0 else 0.0


def intact_quarters(before: Patch, now: Patch) -> int:
    """How many quarters of a face look as before."""
    half = _SIDE_PX // 2
    return sum(
        _likeness(before[y : y + half, x : x + half], now[y : y + half, x : x + half])
        >= INTACT_LIKENESS
        for y in (0, half)
        for x in (0, half)
    )
