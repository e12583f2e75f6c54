"""Evidence over several frames of one track: granted, refused, or not decided yet.

One frame never opens the door: among thousands of frames a day a stranger's luckiest one would be
enough. The rule here is k of n: enough of the last few sightings have to speak for one person, and
none of them for anybody else.

Wald's sequential test would add up how much likelier each distance is for one person than for a
stranger, and grant as soon as the sum is large. But the errors of two people who look alike do not
average out over frames: adding them up as if they were independent would promise too much. So the
sum only ever takes away here: where the pack has a table of these likelihoods, the visit as a
whole, and not just its luckiest moments, has to speak for the person. Whoever is not let in by
counting is not let in by the table.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedoor.frames import Match
from facedoor.reasons import Reason

PATIENCE = 12
"""Sightings after which a track is refused. A cooperative visitor passes within a second or two;
every further try is one more chance for a stranger to be accepted by luck."""

CLEARLY_NEARER = 0.2
"""Least lead (:class:`facedoor.frames.Match`) of a look at one person over whoever is the next:
twice the standard deviation of that of a person's photos, which is the same for people who are
alike and for others (``python -m benchmarks.enrolment``). Twins are told apart by it or not at
all."""

_WINDOW = 5
"""Sightings that are looked back on, or two more than are needed if that is more: room for two that
say nothing, such as a blink."""


@dataclass(frozen=True, slots=True)
class TrackVerdict:
    """The one answer for a track.

    Granted: ``reason`` is ``RECOGNISED``, ``distance`` the median over the sightings that speak for
    ``person`` and ``frames`` their number. Refused: ``person`` is ``None``, ``distance`` the median
    over all sightings, each to the nearest person, and ``frames`` the number of all.
    ``plain_distance`` is the median of the distances before correction, where there is one.
    """

    person: str | None
    reason: Reason
    distance: float
    frames: int
    plain_distance: float | None = None


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """What a door asks of the sightings of a track.

    ``frames_needed`` of them have to agree, and one counts only if the next person is
    ``runner_up_margin`` farther away. ``likelihood`` is the pack's table (see
    :class:`facedoor.vision.calibration.DistanceTable`), empty if it has none. Raises ``ValueError``
    if ``frames_needed`` is not between 2 and :data:`PATIENCE`.
    """

    runner_up_margin: float
    frames_needed: int = 3
    likelihood: Sequence[tuple[float, float]] = ()

    def __post_init__(self) -> None:
        if not 2 <= self.frames_needed <= PATIENCE:
            raise ValueError(f"frames_needed is {self.frames_needed}; it has to be 2 to {PATIENCE}")


class Evidence:
    """The sightings of one track. Pure: no clock, no store. A new track gets a new one."""

    def __init__(
        self, threshold: float, policy: EvidencePolicy, stricter: Mapping[str, float] | None = None
    ) -> None:
        """``threshold`` is the largest distance that is one person; ``stricter`` has those of
        people who have their own, none of them looser."""
        self.threshold = threshold
        self._stricter = stricter or {}
        self._margin = policy.runner_up_margin
        self._frames_needed = policy.frames_needed
        self._window = max(_WINDOW, policy.frames_needed + 2)
        self._likelihood = np.array(policy.likelihood, float).reshape(-1, 2)
        self._sightings: list[Match] = []
        self._closed = False

    @property
    def nearest(self) -> str | None:
        """Whom most sightings came nearest to, near enough or not; of two, who came nearer."""
        by_distance = sorted(self._sightings, key=lambda match: match.distance)
        people = [match.person for match in by_distance if match.person is not None]
        return max(people, key=Counter(people).__getitem__, default=None)

    def threshold_of(self, person: str | None) -> float:
        """The largest distance that is ``person``."""
        own = self._stricter.get(person, self.threshold) if person else self.threshold
        return min(own, self.threshold)

    def add(self, match: Match) -> TrackVerdict | None:
        """Add one sighting. Returns the verdict once, and ``None`` before and after it, unless it
        is held back."""
        if self._closed:
            return None
        self._sightings.append(match)
        verdict = self._grant() or self._refusal()
        self._closed = verdict is not None
        return verdict

    def hold(self) -> None:
        """The verdict that was given is no answer yet: the next sighting may give another."""
        self._closed = False

    def _grant(self) -> TrackVerdict | None:
        # The table can hold a grant back until a later look. That look, too, has to show the
        # person: who was removed meanwhile is compared with nobody any more.
        if self.judged(self._sightings[-1]) is not Reason.RECOGNISED:
            return None
        recent = self._sightings[-self._window :]
        speaking = [match for match in recent if self.judged(match) is Reason.RECOGNISED]
        people = {match.person for match in speaking}
        if len(speaking) < self._frames_needed or len(people) > 1:
            return None
        person = people.pop()
        if len(self._likelihood) and not self._speaks_for(person):
            return None
        return _verdict(person, Reason.RECOGNISED, speaking)

    def _speaks_for(self, person: str | None) -> bool:
        """True if all sightings together are likelier of ``person`` than of a stranger."""
        # Where somebody else was nearer, the person was as far as the runner-up or farther.
        distances = [
            match.distance if match.person == person else match.runner_up_distance
            for match in self._sightings
        ]
        return bool(np.interp(distances, *self._likelihood.T).sum() > 0)

    def _refusal(self) -> TrackVerdict | None:
        seen = self._sightings
        nobody_enrolled = all(match.person is None for match in seen)
        if len(seen) < (self._frames_needed if nobody_enrolled else PATIENCE):
            return None
        judged = Counter(self.judged(match) for match in seen)
        mostly_ambiguous = judged[Reason.AMBIGUOUS] > judged[Reason.RECOGNISED]
        reason = Reason.AMBIGUOUS if mostly_ambiguous else Reason.UNKNOWN
        return _verdict(None, reason, seen)

    def judged(self, match: Match) -> Reason:
        """What one sighting says, taken alone."""
        return judge(match, self.threshold_of(match.person), self._margin)


def _verdict(person: str | None, reason: Reason, matches: Sequence[Match]) -> TrackVerdict:
    plain = [match.plain_distance for match in matches if match.plain_distance is not None]
    return TrackVerdict(
        person,
        reason,
        statistics.median(match.distance for match in matches),
        len(matches),
        statistics.median(plain) if plain else None,
    )


def judge(match: Match, threshold: float, runner_up_margin: float) -> Reason:
    """What one comparison with the gallery says, taken alone.

    ``RECOGNISED``: near one person; ``AMBIGUOUS``: near one, but nearly as near to another, be it
    in distance or, where two are alike, in what tells them apart; ``UNKNOWN``: near nobody.
    """
    # Written so that a distance of NaN is near nobody.
    if match.person is None or not match.distance <= threshold:
        return Reason.UNKNOWN
    if not match.runner_up_distance - match.distance >= runner_up_margin:
        return Reason.AMBIGUOUS
    if not match.lead >= CLEARLY_NEARER:
        return Reason.AMBIGUOUS
    return Reason.RECOGNISED
