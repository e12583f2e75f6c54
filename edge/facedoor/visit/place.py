"""The place of visits that follow one another without a gap, such as a screen of ever new faces.

Each of them is a visit of its own, and each refusal counts for the lockout; but what is refused in
one place, for one reason, within a minute is told and written once.
"""

from __future__ import annotations

from facedoor.frames import Box
from facedoor.reasons import Reason

WITHOUT_GAP_S = 1.0
"""A face that begins this soon after another was seen, in its place, follows it."""

TOLD_FOR_S = 60.0
"""After so long the same is told once more: it goes on."""


class Place:
    """What was told of one place while there was always somebody."""

    def __init__(self) -> None:
        self._told_s: dict[Reason, float] = {}

    def tell(self, reason: Reason, time_s: float) -> bool:
        """A visitor is refused for this at ``time_s``; true if that was told a moment ago."""
        told_s = self._told_s.get(reason)
        if told_s is not None and time_s - told_s <= TOLD_FOR_S:
            return True
        self._told_s[reason] = time_s
        return False


def is_same(before: Box, seen_s: float, now: Box, time_s: float) -> bool:
    """Whether a face that begins at ``now`` follows one that was at ``before`` when it was last
    seen."""
    is_there = before.contains(now.centre) or now.contains(before.centre)
    return is_there and 0 <= time_s - seen_s <= WITHOUT_GAP_S
