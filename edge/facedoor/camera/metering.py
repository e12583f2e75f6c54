"""How much more or less a camera should expose than it does by itself, for the face in view.

A camera exposes for the whole picture. Somebody who stands before a bright window or the sky is
black then, and a near face by the light of a lamp, in a dark hallway, is white. So the picture is
exposed for the face, by steps, within bounds, and as before once nobody is there any more.

The steps are small against the band in which a face is good, and slower than a camera follows: so
whatever the light, it comes to rest.
"""

from __future__ import annotations

import math

DARK, BRIGHT = 70.0, 190.0
"""Grey levels of a face, 0 to 255, between which nothing is changed. The door refuses faces below
40 and above 225, and what is just good enough is not good."""

STEP_EV, MOST_EV = 0.5, 2.0
"""In steps of exposure, of which one doubles the light: up to four times, or a quarter."""

EVERY_S = 0.6
"""Time for the camera to follow: a Camera Module 3 takes some six frames."""

GONE_S = 3.0
"""A face that was lost for a moment comes back."""


class FaceMetering:
    """Of one camera. Pure, save for what was seen; times are the frames' ``time_s``."""

    def __init__(self) -> None:
        self.ev = 0.0
        self._next_s = -math.inf
        self._seen_s = -math.inf

    def see(self, time_s: float, brightness: float | None) -> bool:
        """A frame shows a face of this mean grey level, or none; true if :attr:`ev` is another
        one now."""
        before = self.ev
        if brightness is None:
            if time_s >= self._seen_s + GONE_S:
                self.ev = 0.0
        else:
            self._seen_s = time_s
            if time_s >= self._next_s:
                step = STEP_EV * ((brightness < DARK) - (brightness > BRIGHT))
                self.ev = min(MOST_EV, max(-MOST_EV, self.ev + step))
        if self.ev == before:
            return False
        self._next_s = time_s + EVERY_S
        return True
