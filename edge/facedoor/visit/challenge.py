"""A challenge: the visitor is asked to turn the head to a side that nobody could foresee.

A face on paper or on a screen seems turned by 15 degrees at most, unless it is held very aslant; a
head turns by 30 and more. A video of somebody who turns their head does so too, but at its own
time and to its own side, so the side is drawn anew for each prompt, and the moment as well.

What passes is one turn, seen from a frontal look on and without a gap, in which the person was
recognised while they were turned: else somebody could hold up a photo, be recognised by it, and
then turn their own head. Whoever was not watched closely enough has not passed. How far pictures
and replayed videos come: ``python -m benchmarks.challenge``.

Pure: no clock, no pixels. That all looks are of one face is for whoever gives them: a track that
became another face's needs a new challenge.
"""

from __future__ import annotations

import enum
import math
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from facedoor.reasons import Reason
from facedoor.wire.prompts import Side

FRONTAL_DEG = 12.0
"""A look less far from straight on is frontal: a prompt waits for one, a turn begins with it."""

TURNED_DEG = 25.0
"""So far to the side that was asked for the head has to go."""

ASTRAY_DEG = 15.0
"""Whoever turns so far to the other side first has not followed the prompt."""

RECOGNISED_FROM_DEG = 20.0
"""A look at which the person is recognised counts from here on: beyond what a picture of them
reaches."""

WITHIN_S = 3.0
"""How long a prompt waits for the turn. Heads take 0.3 to 1.2 s from frontal to 25 degrees."""

FRONTAL_WITHIN_S = 4.0
"""How long a prompt that is due waits for a frontal look."""

LEAST_LOOKS, WATCHED_S = 10, 1.1
"""So many looks there have to be in this time before a turn counts: fewer do not show what happens
between them. Ten a second, of which one may be lost."""

MOST_APART_S = 0.3
"""Nor does a longer pause between two looks, in which a face could be exchanged."""

DELAY_MS = (200, 1000)
"""Least and longest time before a prompt."""


class ChallengeState(enum.Enum):
    """How far a challenge has come. The last three are final."""

    WAITING = enum.auto()
    """For its time, or for a frontal look."""
    PROMPTED = enum.auto()
    PASSED = enum.auto()
    FAILED = enum.auto()
    """Turned to the other side."""
    TIMED_OUT = enum.auto()
    """Did not turn in time, or was not seen closely enough while turning."""

    @property
    def is_over(self) -> bool:
        return self not in {ChallengeState.WAITING, ChallengeState.PROMPTED}

    @property
    def refusal(self) -> Reason | None:
        """Why the visitor is refused, if they are."""
        return _REFUSALS.get(self)


_REFUSALS = {
    ChallengeState.FAILED: Reason.CHALLENGE_FAILED,
    ChallengeState.TIMED_OUT: Reason.CHALLENGE_TIMEOUT,
}


def _drawn_side() -> Side:
    return secrets.choice(tuple(Side))


def _drawn_delay_s() -> float:
    least_ms, longest_ms = DELAY_MS
    return (least_ms + secrets.randbelow(longest_ms - least_ms + 1)) / 1000


@dataclass(frozen=True, slots=True)
class Draw:
    """Where sides and delays come from; by default nobody can foresee them."""

    side: Callable[[], Side] = _drawn_side
    delay_s: Callable[[], float] = _drawn_delay_s


@dataclass(slots=True)
class _Turn:
    """A turn that is being watched, since the last frontal look."""

    is_far: bool = False
    is_recognised: bool = False


class Challenge:
    """So many prompts to one visitor, one after the other. Times are the frames' ``time_s``."""

    def __init__(self, prompts: int, time_s: float, draw: Draw | None = None) -> None:
        """``prompts`` have to be followed, from ``time_s`` on."""
        self.state = ChallengeState.WAITING
        self.side: Side | None = None
        """Where the visitor is asked to turn to now."""
        self._draw = draw or Draw()
        self._left = prompts
        self._last_s = time_s
        self._turn: _Turn | None = None
        self._looks_s: deque[float] = deque(maxlen=LEAST_LOOKS)
        self._begin(time_s)

    def wants_recognition(self, yaw_deg: float) -> bool:
        """Whether a look at ``yaw_deg`` would count if the person were recognised in it."""
        return self.side is not None and _towards(self.side, yaw_deg) >= RECOGNISED_FROM_DEG

    def look(self, time_s: float, yaw_deg: float, recognised: bool = False) -> ChallengeState:
        """A look at the face at ``time_s``, later than the last.

        ``yaw_deg`` is as :func:`facedoor.vision.pose.yaw_deg` says it, positive to the image's
        right. ``recognised``: it was compared, and is the person whom the visit was for before.
        """
        if self.tick(time_s).is_over or time_s <= self._last_s or not math.isfinite(yaw_deg):
            return self.state
        apart_s, self._last_s = time_s - self._last_s, time_s
        self._looks_s.append(time_s)
        if self.side is not None:
            self._follow(self.side, time_s, apart_s, yaw_deg, recognised)
        elif time_s >= self._due_s and abs(yaw_deg) < FRONTAL_DEG:
            self.state, self.side = ChallengeState.PROMPTED, self._draw.side()
            self._ends_s = time_s + WITHIN_S
            self._turn = _Turn()
        return self.state

    def tick(self, time_s: float) -> ChallengeState:
        """It is ``time_s``, whether or not the face is to be seen."""
        if not self.state.is_over and time_s > self._ends_s:
            self._end(ChallengeState.TIMED_OUT)
        return self.state

    def _begin(self, time_s: float) -> None:
        self.state, self.side = ChallengeState.WAITING, None
        self._due_s = time_s + self._draw.delay_s()
        self._ends_s = self._due_s + FRONTAL_WITHIN_S

    def _follow(
        self, side: Side, time_s: float, apart_s: float, yaw_deg: float, recognised: bool
    ) -> None:
        towards_deg = _towards(side, yaw_deg)
        if towards_deg <= -ASTRAY_DEG:
            self._end(ChallengeState.FAILED)
        elif abs(yaw_deg) < FRONTAL_DEG:
            self._turn = _Turn()
        elif apart_s > MOST_APART_S:
            self._turn = None  # until the next frontal look
        elif (turn := self._turn) is not None:
            turn.is_far |= towards_deg >= TURNED_DEG
            turn.is_recognised |= recognised and towards_deg >= RECOGNISED_FROM_DEG
            if turn.is_far and turn.is_recognised and self._is_watched(time_s):
                self._pass(time_s)

    def _is_watched(self, time_s: float) -> bool:
        looks_s = self._looks_s
        return len(looks_s) == LEAST_LOOKS and time_s - looks_s[0] <= WATCHED_S

    def _pass(self, time_s: float) -> None:
        self._left -= 1
        if self._left > 0:
            self._begin(time_s)
        else:
            self._end(ChallengeState.PASSED)

    def _end(self, state: ChallengeState) -> None:
        self.state, self.side = state, None


def _towards(side: Side, yaw_deg: float) -> float:
    """How far a look is turned to ``side``, in degrees; negative to the other one."""
    # Nothing is mirrored on the way from the camera: the visitor's left is the image's right.
    return yaw_deg if side is Side.LEFT else -yaw_deg
