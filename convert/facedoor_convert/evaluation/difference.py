"""Is one pack better than another? Both are drawn alike: the same people, the same photos.

Two intervals that overlap say little: what makes a person hard is hard for both packs. So the
difference is taken within each resample of people, and its own interval is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor_convert.evaluation import bootstrap, performance
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.intervals import Estimate

if TYPE_CHECKING:
    from facedoor_convert.evaluation.evaluate import Evaluation, Listed


@dataclass(frozen=True, slots=True)
class Difference:
    """What the first pack has more than the second, in shares; negative where it has less."""

    accuracy: Estimate | None
    """On listed pairs, where there are some."""
    tar_at_fmr: dict[float, Estimate | None]
    """All against all; ``None`` for a rate that the set is too small to tell."""

    def as_json(self) -> dict[str, object]:
        return {
            "accuracy": self.accuracy.as_json() if self.accuracy else None,
            "tar_at_fmr": {
                performance.rate_name(rate): gain.as_json() if gain else None
                for rate, gain in self.tar_at_fmr.items()
            },
        }


def difference(first: Evaluation, second: Evaluation) -> Difference:
    """Compare two evaluations of the same photos and pairs."""
    drawn = [PersonBootstrap(evaluation.everybody) for evaluation in (first, second)]
    gains: dict[float, Estimate | None] = {}
    for rate, point in first.figures.points.items():
        other = second.figures.points[rate]
        gains[rate] = None
        if point and other:
            one, two = (d.fnmr_within(d.thresholds_at_fmr(rate)) for d in drawn)
            gains[rate] = bootstrap.estimate(other.fnmr.value - point.fnmr.value, two - one)
    accuracy = None
    if first.listed and second.listed:
        accuracy = bootstrap.estimate(
            first.listed.accuracy.value - second.listed.accuracy.value,
            _accuracies(first.listed) - _accuracies(second.listed),
        )
    return Difference(accuracy, gains)


def _accuracies(listed: Listed) -> bootstrap.Samples:
    verdicts = listed.verdicts
    return PersonBootstrap(listed.comparisons).share(verdicts.genuine, verdicts.impostor)
