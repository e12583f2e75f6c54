"""Whose turn it is: of the faces in view, which are followed in this frame, and which is embedded.

One face is embedded a frame and a handful are followed, however many there are: each costs the same
few milliseconds, and a door that falls behind judges the past. So they take turns. Who has waited
longest comes first, whatever the size, and waiting counts more for whoever looked like a resident
at the last look, less for whoever was answered already. So nobody who is undecided waits for longer
than it takes the others in view to have a few turns each; a screen that shows ever new faces, a
poster or a group of strangers keep nobody waiting.

Pure; times are the frames' ``time_s``.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass

MOST_FOLLOWED = 4
"""Faces that are followed in one frame: 20 ms where one takes 5."""


class Standing(enum.Enum):
    """What is known of a face in view; the value says how much its waiting counts."""

    PROMISING = 4.0
    """Undecided, and near to a resident at the last look."""
    UNDECIDED = 1.0
    DECIDED = 0.25
    """It is looked at now and then, to notice another face in its place."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A face that waits for its turn."""

    track: int
    standing: Standing
    since_s: float
    """When it had its last turn, or came into view."""
    width_px: float

    def urgency(self, time_s: float) -> tuple[float, float]:
        """The larger, the sooner; of two that came together, the nearer one."""
        return (time_s - self.since_s) * self.standing.value, self.width_px


def by_urgency(faces: Collection[Waiting], time_s: float) -> list[int]:
    """The tracks of ``faces``, the most urgent first."""
    ordered = sorted(faces, key=lambda face: face.urgency(time_s), reverse=True)
    return [face.track for face in ordered]


def followed(urgent: Sequence[int], seen_s: dict[int, float]) -> set[int]:
    """Which tracks to follow in a frame: the most ``urgent`` one, and those that were seen longest
    ago (``seen_s``, of all tracks), so that none is lost."""
    first = set(urgent[:1])
    rest = sorted((track for track in seen_s if track not in first), key=seen_s.__getitem__)
    return first | set(rest[: MOST_FOLLOWED - len(first)])
