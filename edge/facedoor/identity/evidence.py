"""What several frames of one track say together: granted, refused, or not yet.

One frame never opens the door: among thousands of frames a day a stranger's luckiest one would be
enough. The rule here is k of n: enough of the last few sightings have to speak for one person, and
none of them for anybody else.

The stronger rule is Wald's sequential test, which adds up how much likelier each distance is for
the same person than for a stranger. It needs a table of these likelihoods for the embedder in use,
which no pack carries yet; and the errors of two people who look alike do not average out over
frames, so adding them up as if they were independent would promise too much. Counting promises
less, and needs no table.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.frames import Reason

if TYPE_CHECKING:
    from facedoor.frames import Match

PATIENCE = 12
"""Sightings after which a track is refused. A cooperative visitor passes within a second or two;
every further try is one more chance for a stranger to be accepted by luck."""

_WINDOW = 5
"""Sightings that are looked back on, or two more than are needed if that is more: room for two that
say nothing, such as a blink."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one answer for a track.

    Granted: ``reason`` is ``RECOGNISED``, ``distance`` the median over the sightings that speak for
    ``person`` and ``frames`` their number. Refused: ``person`` is ``None``, ``distance`` the median
    over all sightings, each to the nearest person, and ``frames`` the number of all.
    """

    person: str | None
    reason: Reason
    distance: float
    frames: int


class Evidence:
    """The sightings of one track. Pure: no clock, no store. A new track gets a new one."""

    def __init__(self, threshold: float, runner_up_margin: float, frames_needed: int = 3) -> None:
        """``threshold`` is the largest distance that is one person; a sighting counts only if the
        next person is ``runner_up_margin`` farther away. Raises ``ValueError`` if ``frames_needed``
        is not between 2 and :data:`PATIENCE`."""
        if not 2 <= frames_needed <= PATIENCE:
            raise ValueError(f"frames_needed is {frames_needed}; it has to be 2 to {PATIENCE}")
        self._threshold = threshold
        self._margin = runner_up_margin
        self._frames_needed = frames_needed
        self._window = max(_WINDOW, frames_needed + 2)
        self._sightings: list[Match] = []
        self._closed = False

    def add(self, match: Match) -> Verdict | None:
        """Take in one sighting. Returns the verdict once, and ``None`` before and after it."""
        if self._closed:
            return None
        self._sightings.append(match)
        verdict = self._grant() or self._refusal()
        self._closed = verdict is not None
        return verdict

    def _grant(self) -> Verdict | None:
        recent = self._sightings[-self._window :]
        speaking = [match for match in recent if self._judged(match) is Reason.RECOGNISED]
        people = {match.person for match in speaking}
        if len(speaking) < self._frames_needed or len(people) > 1:
            return None
        distance = statistics.median(match.distance for match in speaking)
        return Verdict(people.pop(), Reason.RECOGNISED, distance, len(speaking))

    def _refusal(self) -> Verdict | None:
        seen = self._sightings
        nobody_enrolled = all(match.person is None for match in seen)
        if len(seen) < (self._frames_needed if nobody_enrolled else PATIENCE):
            return None
        judged = Counter(self._judged(match) for match in seen)
        mostly_ambiguous = judged[Reason.AMBIGUOUS] > judged[Reason.RECOGNISED]
        reason = Reason.AMBIGUOUS if mostly_ambiguous else Reason.UNKNOWN
        return Verdict(None, reason, statistics.median(m.distance for m in seen), len(seen))

    def _judged(self, match: Match) -> Reason:
        return judge(match, self._threshold, self._margin)


def judge(match: Match, threshold: float, runner_up_margin: float) -> Reason:
    """What one comparison with the gallery says, taken alone.

    ``RECOGNISED``: near one person; ``AMBIGUOUS``: near one, but nearly as near to another;
    ``UNKNOWN``: near nobody.
    """
    # Written so that a distance that is not a number is near nobody.
    if match.person is None or not match.distance <= threshold:
        return Reason.UNKNOWN
    if not match.runner_up_distance - match.distance >= runner_up_margin:
        return Reason.AMBIGUOUS
    return Reason.RECOGNISED
