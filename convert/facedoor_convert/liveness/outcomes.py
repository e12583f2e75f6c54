"""What the door makes of a visit, and the error rates of ISO/IEC 30107-3 that follow.

The passive check has three answers, so an error is what nothing mends any more:

* **APCER**, attack presentation classification error rate: the share of a species' visits that are
  found alive, so that the door opens if it knows the face;
* **BPCER**, bona fide presentation classification error rate: the share of living visitors who are
  found not alive, which is final for the visit.

In between the visitor is *asked* to turn the head, or refused where the door cannot ask. A visit of
which no look could be judged has no answer: it counts as non-response (**APNRR**, **BPNRR**), is
asked as well, and is left out of the other two rates.
"""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.identity.liveness import (
    DENY_LOOKS,
    OPEN_LOOKS,
    LivenessEvidence,
    LivenessVerdict,
)
from facedoor_convert.evaluation import intervals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from facedoor.identity.liveness import LivenessPolicy
    from facedoor.vision.liveness import LivenessLook
    from facedoor_convert.evaluation.intervals import Estimate


class Outcome(enum.Enum):
    """The answer to one visit."""

    OPENED = "opened"
    ASKED = "asked"
    NO_RESPONSE = "no response"
    DENIED = "denied"


_WORST_FOR_THE_DOOR = tuple(Outcome)
"""Of the answers to the attacks of one clip, this is the order of harm; of those to a living
person the other way round."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many presentations, visits or clips, ended how. A kind of presentation has one of its
    own: the living, and each species of attack."""

    opened: int = 0
    asked: int = 0
    no_response: int = 0
    denied: int = 0

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Counts:
        found = Counter(outcomes)
        return cls(*(found[outcome] for outcome in Outcome))

    @classmethod
    def summed(cls, parts: Iterable[Counts]) -> Counts:
        return cls(*map(sum, zip((0, 0, 0, 0), *map(dataclasses.astuple, parts), strict=True)))

    @property
    def presentations(self) -> int:
        return self.judged + self.no_response

    @property
    def judged(self) -> int:
        return self.opened + self.asked + self.denied

    @property
    def apcer(self) -> Estimate | None:
        """Of attacks; ``None`` where none was judged."""
        return intervals.share(self.opened, self.judged) if self.judged else None

    @property
    def bpcer(self) -> Estimate | None:
        """Of the living; ``None`` where none was judged."""
        return intervals.share(self.denied, self.judged) if self.judged else None

    @property
    def bpcer_unasked(self) -> Estimate | None:
        """The BPCER of a door that does not ask: whoever is not found alive is refused."""
        return intervals.share(self.denied + self.asked, self.judged) if self.judged else None

    @property
    def non_response(self) -> Estimate | None:
        """APNRR of attacks, BPNRR of the living; ``None`` where nothing was presented."""
        if not self.presentations:
            return None
        return intervals.share(self.no_response, self.presentations)


def score_of(looks: Sequence[LivenessLook]) -> float | None:
    """The visit's score by the door's own evidence, 0 to 1; ``None`` if no look was judged."""
    evidence = LivenessEvidence(None)
    for look in looks:
        evidence.add(look)
    return evidence.score


def most_alive(looks: Sequence[LivenessLook]) -> float | None:
    """The highest score at which the door could have opened in the course of the visit."""
    return max(_on_the_way(looks, OPEN_LOOKS), default=None)


def least_alive(looks: Sequence[LivenessLook]) -> float | None:
    """The lowest score at which the door could have denied in the course of the visit."""
    return min(_on_the_way(looks, DENY_LOOKS), default=None)


def _on_the_way(looks: Sequence[LivenessLook], enough: int) -> list[float]:
    """The scores of a visit after each look, from so many judged ones on."""
    evidence = LivenessEvidence(None)
    scores, judged = [], 0
    for look in looks:
        evidence.add(look)
        judged += look.score is not None
        if judged >= enough and evidence.score is not None:
            scores.append(evidence.score)
    return scores


def outcome_of(looks: Sequence[LivenessLook], policy: LivenessPolicy) -> Outcome:
    """What the door would have answered: the first verdict of its evidence is acted upon at once,
    by a face that it knows."""
    evidence = LivenessEvidence(policy)
    for look in looks:
        evidence.add(look)
        if evidence.verdict is LivenessVerdict.LIVE:
            return Outcome.OPENED
        if evidence.verdict is LivenessVerdict.NOT_LIVE:
            return Outcome.DENIED
    return Outcome.NO_RESPONSE if evidence.score is None else Outcome.ASKED


def worst(outcomes: Iterable[Outcome], is_live: bool) -> Outcome:
    """What counts of the visits of one clip: the answer that does most harm."""
    order = _WORST_FOR_THE_DOOR[::-1] if is_live else _WORST_FOR_THE_DOOR
    return min(outcomes, key=order.index)
