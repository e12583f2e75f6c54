"""Whether a face has moved since it was first seen: whoever lives has.

A picture that is on the wall when the service starts, or appears as the light is switched on or
somebody steps aside, has not, whatever its face looks like. So a door that checks liveness does not
take such a face for alive. One who comes to the door moves by many widths; one who stands there
already sways, within a second or two by more than :data:`SWAYED`.

Somebody who passes in front changes what is seen, but shifts nothing; and what is moved by the
wind, by a hand, or with a camera that is knocked out of its place, counts as moved: to know that it
is a picture is what the liveness networks are for.
"""

from __future__ import annotations

from facedoor.frames import Box, Image
from facedoor.visit.patches import TRACEABLE_SHIFT, Patch, change, cut

MOVED = 0.4
"""By how much of its first width a face has to have changed its place or its size. The box of one
that is half hidden is shifted by less, and the detector's own jitter is 0.06 at most."""

SWAYED = 0.01
"""The same for what is seen in its first place, all of it still there: 1.5 mm for a face of 15 cm.
A poster in the noise of a sensor seems to shift by 0.002 at most."""

EXPLAINED = 0.97
"""So much of the change has to be a shift: not a hand before the face, not its shadow."""

FOR_S = 0.15
"""So long either has to be so: a camera that shakes swings back sooner."""

CONTINUOUS_S = 1.0
"""A face that was not seen for longer may have been another meanwhile: it begins anew."""


class Movement:
    """Of one face, from its first sighting on. Pure; times are the frames' ``time_s``."""

    def __init__(self) -> None:
        self.has_moved = False
        """Once true it stays so."""
        self._first: Box | None = None
        self._last: Box | None = None
        self._place: tuple[Box, Patch] | None = None
        self._shift = (0.0, 0.0)
        self._seen_s = 0.0
        self._away_s: float | None = None

    def see(self, image: Image, box: Box, time_s: float) -> None:
        """``image``, an RGB frame, shows the face at ``box``. A leap is no movement."""
        if self.has_moved:
            return
        is_same = self._last is not None and self._last.overlap(box) > 0
        if self._first is None or not is_same or time_s - self._seen_s > CONTINUOUS_S:
            self._first, self._place, self._away_s = box, None, None
        self._last, self._seen_s = box, time_s
        is_away = _is_elsewhere(self._first, box) or self._sways(image, box)
        if is_away is False:
            self._away_s = None
        elif is_away and self._away_s is None:
            self._away_s = time_s
        elif is_away and self._away_s is not None and time_s - self._away_s >= FOR_S:
            self.has_moved = True

    def _sways(self, image: Image, box: Box) -> bool | None:
        """Whether what was seen at one place has shifted a little, and not just to and fro;
        ``None`` where more has changed: it is compared with what is seen from now on."""
        if self._place is None:
            self._place = box, cut(image, box)
            return False
        place, before = self._place
        seen = change(before, cut(image, place))
        if seen.shift > TRACEABLE_SHIFT or seen.explained < EXPLAINED:
            self._place, self._shift = (box, cut(image, box)), (0.0, 0.0)
            return None
        (x, y), self._shift = self._shift, (seen.x, seen.y)
        return seen.shift > SWAYED and x * seen.x + y * seen.y >= 0


def _is_elsewhere(first: Box, now: Box) -> bool:
    (x, y), (first_x, first_y) = now.centre, first.centre
    most = MOVED * first.width_px
    shift = max(abs(x - first_x), abs(y - first_y))
    return shift > most or abs(now.width_px - first.width_px) > most
