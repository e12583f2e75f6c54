"""When the lamp at the door is on: while somebody moves in the dark, and never for long.

Whether it is dark, a camera can tell only while the lamp is off: with it on, the picture is bright
at midnight. So darkness is judged in frames without it alone, and only once the camera has got used
to that; what is lit stays lit until nobody has been there for :data:`HOLD_S`. A lamp that is
switched changes the whole picture, which looks like movement: until that has settled, none counts.
So nothing that the lamp does can switch it, and a scene in which nothing moves stays dark.

Something may move all night, such as a branch. So the lamp warms while it is on and cools twice as
quickly while it is off: it is never on for more than :data:`LONGEST_S` at a stretch, nor for more
than two thirds of the time in the long run. Whoever comes while it cools is not lit; that lasts
half a minute at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DARK_BELOW = 60.0
"""Mean grey level of a frame, 0 to 255. A camera that still can, exposes for about 115; faces are
too dark for the door below 40."""
LIGHT_FROM = 80.0
"""From here on it is no longer dark. Between the two it stays what it was."""

HOLD_S = 15.0
"""How long the lamp stays on after the last movement: longer than somebody who reads the bell's
plate stands still."""

LONGEST_S = 120.0
"""How long it is on at a stretch whatever moves."""

RESTED_S = 60.0
"""One that was on for so long may be on again when it has cooled down to this: 30 s later."""

COOLING = 2.0
"""How many seconds of light a second without it makes up for."""

SETTLE_S = 3.0
"""How long a camera takes to get used to other light, and the motion gate to the new picture: so
long at least ..."""
STEADY_S, STEADY_LEVELS = 1.5, 2.0
"""... and until the mean grey level has stayed within so many for so long ..."""
UNSETTLED_S = 12.0
"""... but no longer than this: somebody who walks about changes it too."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a frame shows: its mean grey level, whether anything moves, and whether somebody waits
    whose face is in view."""

    light: float
    moves: bool = False
    waits: bool = False
    is_shadowed: bool = False
    """Whether a face in it is too dark, however bright the rest is."""


class NightLight:
    """Of one lamp. Pure, save for what was seen so far; times are of one steady clock."""

    def __init__(self) -> None:
        self.is_on = False
        self._is_dark = False
        self._is_resting = False
        self._heat_s = 0.0
        self._known_s = -math.inf
        """Until when the heat is known."""
        self._switched_s = -math.inf
        self._is_settled = False
        self._level = math.nan
        self._steady_s = -math.inf
        """Since when the picture is about as bright as this."""
        self._somebody_s = -math.inf

    @property
    def next_s(self) -> float:
        """When the lamp goes off if nobody is seen any more; infinite: it is off."""
        return min(self._quiet_s, self._hot_s) if self.is_on else math.inf

    def see(self, now_s: float, seen: Seen) -> None:
        """Take in a frame."""
        self.tick(now_s)
        self._settle(now_s, seen.light)
        if not self.is_on and self._is_settled:
            self._is_dark = seen.light < (LIGHT_FROM if self._is_dark else DARK_BELOW)
        if seen.waits or (seen.moves and self._is_settled):
            self._somebody(now_s, self._is_dark or seen.is_shadowed)

    def ring(self, now_s: float) -> None:
        """Somebody rings the bell: in pitch darkness no camera sees anybody move."""
        self.tick(now_s)
        self._somebody(now_s, self._is_dark)

    def tick(self, now_s: float) -> None:
        """Time has come this far; a step back of the clock passes for none."""
        if math.isinf(self._known_s):
            self._known_s = self._switched_s = now_s  # a camera that starts has to settle too
        passed_s = max(0.0, now_s - self._known_s)
        self._known_s = now_s
        self._heat_s = max(0.0, self._heat_s + (passed_s if self.is_on else -COOLING * passed_s))
        if self.is_on and now_s >= min(self._quiet_s, self._hot_s):
            # What is left would be less than one visit: better dark for a while than a flash.
            self._is_resting = self._heat_s > LONGEST_S - HOLD_S
            self._switch(now_s)
        self._is_resting &= self._heat_s > RESTED_S

    def _somebody(self, now_s: float, is_dark: bool) -> None:
        self._somebody_s = now_s
        if is_dark and self._is_settled and not self.is_on and not self._is_resting:
            self._switch(now_s)

    def _switch(self, now_s: float) -> None:
        self.is_on, self._switched_s, self._is_settled = not self.is_on, now_s, False

    def _settle(self, now_s: float, light: float) -> None:
        """Find out whether the picture has settled since the lamp was switched."""
        if not abs(light - self._level) <= STEADY_LEVELS:
            self._level, self._steady_s = light, now_s
        since_s = now_s - self._switched_s
        is_steady = since_s >= SETTLE_S and now_s >= self._steady_s + STEADY_S
        self._is_settled |= is_steady or since_s >= UNSETTLED_S

    @property
    def _quiet_s(self) -> float:
        return max(self._switched_s, self._somebody_s) + HOLD_S

    @property
    def _hot_s(self) -> float:
        return self._known_s + LONGEST_S - self._heat_s
