"""The motion gate: keeps the costly detector asleep while the view does not change.

The small frame is averaged over blocks of eight pixels, which takes most of the sensor's noise
away, and compared with a background that follows slowly. The background is first scaled to the
frame's brightness, so that dusk, clouds and the camera's own exposure are no motion.

**This gate forgets who stands still**: within a few seconds a motionless person becomes background.
It only says when to begin to look. From then on the tracker holds the face that was found: the
frame path keeps looking for as long as it has a track, whatever the gate says.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Box, Image

BLOCK_PX = 8
"""Side of a block. Averaging its 64 pixels leaves an eighth of independent noise."""

LEAST_CHANGE = 3.0
"""Brightness levels, of 255, by which a block must differ however clean the sensor is."""

NOISE_FACTOR = 3.7
"""How many times the typical difference a block must show: 4.7 standard deviations, since the
median of the largest of three normal differences is 1.27 of them."""

LEAST_BLOCKS = 5
"""Changed blocks that are motion: a fifth of a face of 40 px, the smallest that can be found."""

BACKGROUND_S = 0.5
"""Time constant with which the background follows what is seen."""

NOISE_S = 3.0
"""Time constant with which the noise is learnt."""

RECENT_S = 0.3
"""So long what has moved belongs to the region of motion. Where somebody came from is a difference
to the background for another half a second."""

LEAST_NEIGHBOURS = 3
"""Of the nine blocks about a changed one so many have changed, itself among them, where something
moves: a single one is noise, and would make the region of motion as large as the view."""


class MotionGate:
    """Tells whether anything moves before the camera, or did within the last ``hold_s``."""

    def __init__(self, hold_s: float = 1.0) -> None:
        self._hold_s = hold_s
        self._background: NDArray[np.float32] | None = None
        self._noise = 0.0
        self._time_s = -math.inf
        self._open_until_s = -math.inf
        self._changed_s: NDArray[np.float64] | None = None
        """When each block was last part of something that moved."""
        self._scale = 1.0, 1.0

    @property
    def region(self) -> Box | None:
        """Around all that moves now or did a moment ago, in pixels of ``lores``; ``None`` where
        that is not known."""
        if self._changed_s is None:
            return None
        recent = self._changed_s >= self._time_s - RECENT_S
        rows, columns = np.flatnonzero(recent.any(axis=1)), np.flatnonzero(recent.any(axis=0))
        if not rows.size:
            return None
        x, y = self._scale
        return Box(*map(float, (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))).scaled(x, y)

    def moved(self, lores: Image, time_s: float) -> bool:
        """True if ``lores``, an RGB image taken at ``time_s``, is worth looking at.

        The first frame is: somebody may be standing there already. Times have to grow.
        """
        size = max(1, lores.shape[1] // BLOCK_PX), max(1, lores.shape[0] // BLOCK_PX)
        seen = cv2.resize(lores, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        if self._background is None or self._background.shape != seen.shape:
            self._background = seen
            self._open_until_s = time_s + self._hold_s
            self._changed_s = np.full(seen.shape[:2], -math.inf)
            self._scale = lores.shape[1] / size[0], lores.shape[0] / size[1]
        elif self._changes(self._background, seen, time_s):
            self._open_until_s = time_s + self._hold_s
        self._time_s = time_s
        return time_s <= self._open_until_s

    def _changes(
        self, background: NDArray[np.float32], seen: NDArray[np.float32], time_s: float
    ) -> bool:
        """Compare with the background, then let it and the noise follow up to ``time_s``."""
        step_s = time_s - self._time_s
        # The median: somebody who comes near makes the mean darker, not the wall behind.
        brighter = np.float32(np.median((seen[..., 1] + 1) / (background[..., 1] + 1)))
        background = background * brighter
        # The largest of the three channels: skin before a beige wall may differ in one alone.
        red, green, blue = cv2.split(cv2.absdiff(seen, background))
        difference = np.maximum(np.maximum(red, green), blue)
        typical = float(np.median(difference))
        threshold = max(LEAST_CHANGE, NOISE_FACTOR * self._noise)
        if typical > threshold:
            # More than half of the view has changed: a lamp was switched, or the camera moved.
            self._background = seen
        else:
            follow = 1 - math.exp(-step_s / BACKGROUND_S)
            self._background = background + np.float32(follow) * (seen - background)
        learn = 1 - math.exp(-step_s / NOISE_S)
        self._noise += learn * (min(typical, threshold) - self._noise)
        changed = difference > threshold
        self._note(changed, time_s)
        return int(np.count_nonzero(changed)) >= LEAST_BLOCKS

    def _note(self, changed: NDArray[np.bool_], time_s: float) -> None:
        """Remember where something moves."""
        if self._changed_s is None or not changed.any():
            return
        counted = cv2.boxFilter(
            *(changed.astype(np.float32), -1, (3, 3)),
            normalize=False,
            borderType=cv2.BORDER_CONSTANT,
        )
        self._changed_s[changed & (counted > LEAST_NEIGHBOURS - 0.5)] = time_s
