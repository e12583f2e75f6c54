"""Liveness evidence: whether the looks of one visit show a living face. It stands beside the
evidence of who it is, judges exactly the same looks, and outvotes it.

The thresholds are those of the pack, measured per visit: a visit of which the last looks score as
much as ``open_from`` is alive, one that scores less than ``deny_below`` is not, and between the two
nobody knows. Whoever was found not to be alive stays so until the visit ends, whatever they show
after it: a phone that is put away for the living face of somebody who is recognised no better
opens no door. What could not be judged never makes anybody alive.
"""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass
from statistics import mean

from facedoor.vision.liveness import LivenessLook
from facedoor.vision.pack import Liveness

OPEN_LOOKS = 3
"""Scores that it takes to be alive: as many as it takes to be recognised, so that nobody waits."""

DENY_LOOKS = 8
"""Scores that it takes to be found not alive: the first five fall into one moment, and one of bad
light must not shut a resident out."""

WINDOW_LOOKS = 12
"""Looks that count: as many as a visit of two and a half seconds has, which is what the thresholds
were measured on. What somebody showed before that was in another light."""

RECENT_LOOKS = 5
"""Of the last ones, as many as identity looks back on, the mean has to be nearer to alive than to
not: else the living face of somebody alike could lend its scores to a photo that takes its place.
"""


class LivenessVerdict(enum.Enum):
    """What the looks so far come to."""

    LIVE = enum.auto()
    NOT_LIVE = enum.auto()
    """For good: nothing that this visit still shows changes it."""
    UNSURE = enum.auto()


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """From which score, 0 to 1, a visit is alive, and below which it is not."""

    deny_below: float
    open_from: float

    @property
    def middle(self) -> float:
        """Where a score says as much for the one as for the other."""
        return (self.deny_below + self.open_from) / 2

    @classmethod
    def of(cls, liveness: Liveness) -> LivenessPolicy:
        """As a pack's manifest has it."""
        return cls(liveness.deny_below, liveness.open_from)


class LivenessEvidence:
    """The looks of one visit. Pure: no clock, no network. A new visit gets a new one."""

    def __init__(self, policy: LivenessPolicy | None) -> None:
        """Without a ``policy``, that of a pack without liveness networks, nobody is ever sure."""
        self._policy = policy
        self._looks: deque[LivenessLook] = deque(maxlen=WINDOW_LOOKS)
        self._is_denied = False

    @property
    def score(self) -> float | None:
        """The mean score of the looks that count, or ``None`` if none has one."""
        scores = self._scores
        return mean(scores) if scores else None

    @property
    def verdict(self) -> LivenessVerdict:
        if self._is_denied:
            return LivenessVerdict.NOT_LIVE
        score = self.score
        if self._policy is None or score is None or len(self._scores) < OPEN_LOOKS:
            return LivenessVerdict.UNSURE
        is_mostly_judged = 2 * len(self._scores) > len(self._looks)
        is_alive_now = mean(self._scores[-RECENT_LOOKS:]) >= self._policy.middle
        if is_mostly_judged and is_alive_now and score >= self._policy.open_from:
            return LivenessVerdict.LIVE
        return LivenessVerdict.UNSURE

    @property
    def is_settled(self) -> bool:
        """Whether to wait for more looks is idle: there are enough, or they say nothing."""
        seen = len(self._looks)
        if self.verdict is LivenessVerdict.LIVE:
            return seen >= WINDOW_LOOKS
        return seen >= DENY_LOOKS or (seen >= OPEN_LOOKS and not self._scores)

    def add(self, look: LivenessLook) -> None:
        """Judge one more look."""
        self._looks.append(look)
        scores = self._scores
        if self._policy is not None and len(scores) >= DENY_LOOKS:
            self._is_denied |= mean(scores) < self._policy.deny_below

    @property
    def _scores(self) -> list[float]:
        # What is no number between 0 and 1 was not judged: NaN is neither.
        return [
            look.score for look in self._looks if look.score is not None and 0 <= look.score <= 1
        ]
