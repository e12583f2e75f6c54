"""The figures of one set of comparisons, each with its interval, and accuracy by LFW's protocol.

By the protocol of Labeled Faces in the Wild each fold is judged at the threshold of all others:
Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild" (2007).
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedoor_convert.evaluation import bootstrap, intervals
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.error_rates import pooled
from facedoor_convert.evaluation.intervals import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.evaluation.comparisons import Comparisons

RATES = (1e-2, 1e-3, 1e-4, 1e-5)
"""False match rates that figures are stated at."""

LEAST_PEOPLE, LEAST_STRANGERS = 20, 300
"""People, and comparisons of strangers, below which tables of rates say too little to be shown:
the bounds of a bootstrap over fewer people are too narrow, and fewer comparisons do not tell even
the largest of :data:`RATES`, by the rule of three."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The threshold and the FNMR at a false match rate.

    ``threshold`` is the largest distance that keeps the rate.
    """

    rate: float
    threshold: Estimate
    fnmr: Estimate

    @property
    def tar(self) -> Estimate:
        return self.fnmr.complement()


@dataclass(frozen=True, slots=True)
class ThresholdRates:
    """The error rates at a threshold."""

    threshold: float
    fmr: Estimate
    fnmr: Estimate


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures of one set of comparisons. ``points`` has ``None`` for a rate that the rule of three
    says cannot be told from so few comparisons of strangers."""

    people: int
    genuine_pairs: int
    impostor_pairs: int
    eer: float
    area_under_curve: float
    points: dict[float, OperatingPoint | None]
    risks: tuple[ThresholdRates, ...]

    @property
    def too_few(self) -> str | None:
        """Why tables of these figures would say too little, or ``None`` where they do not."""
        if self.people >= LEAST_PEOPLE and self.impostor_pairs >= LEAST_STRANGERS:
            return None
        return (
            f"Tables and curves of error rates are left out: they take {LEAST_PEOPLE} people and "
            f"{LEAST_STRANGERS} comparisons of strangers at least, and here are {self.people:,} "
            f"and {self.impostor_pairs:,}. The files beside the report have them."
        )

    @property
    def told(self) -> list[OperatingPoint]:
        """The points of those rates that the comparisons can tell."""
        return [point for point in self.points.values() if point]

    @property
    def untold(self) -> str | None:
        """Which rates have no figures, and why, or ``None`` where all have."""
        rates = [rate_name(rate) for rate, point in self.points.items() if not point]
        if not rates:
            return None
        return (
            f"No figures for {' and '.join(rates)}: {self.impostor_pairs:,} comparisons of "
            f"strangers tell rates down to {intervals.rule_of_three(self.impostor_pairs):.1g} "
            "(3 / n)."
        )

    def as_json(self) -> dict[str, object]:
        return {
            "pairs": self.genuine_pairs + self.impostor_pairs,
            "genuine_pairs": self.genuine_pairs,
            "impostor_pairs": self.impostor_pairs,
            "people": self.people,
            "auc": round(self.area_under_curve, 7),
            "eer": round(self.eer, 7),
            "tar_at_fmr": {
                rate_name(rate): point.tar.as_json() if point else None
                for rate, point in self.points.items()
            },
            "threshold_at_fmr": {rate_name(p.rate): p.threshold.as_json() for p in self.told},
            "at_threshold": [
                {
                    "threshold": risk.threshold,
                    "fmr": risk.fmr.as_json(),
                    "fnmr": risk.fnmr.as_json(),
                }
                for risk in self.risks
            ],
            "smallest_fmr": intervals.rule_of_three(self.impostor_pairs),
        }


def measure(
    comparisons: Comparisons, drawn: PersonBootstrap, thresholds: Sequence[float] = ()
) -> Performance:
    """The figures of ``comparisons``, with the bounds that ``drawn`` (of the same) gives them, and
    the risk of some ``thresholds``.

    Raises ``ValueError`` when there are no pairs of one kind.
    """
    distances = comparisons.distances()
    impostors = len(distances.impostor)
    points: dict[float, OperatingPoint | None] = {}
    for rate in RATES:
        points[rate] = None
        if intervals.supports(rate, impostors):
            threshold = distances.threshold_at_fmr(rate)
            chosen = drawn.thresholds_at_fmr(rate)
            fnmr, samples = distances.fnmr(threshold), drawn.fnmr_within(chosen)
            points[rate] = OperatingPoint(
                rate,
                bootstrap.estimate(threshold, chosen),
                bootstrap.rate_estimate(fnmr, samples, len(distances.genuine)),
            )
    risks = tuple(
        ThresholdRates(
            threshold,
            bootstrap.rate_estimate(distances.fmr(threshold), drawn.fmr(threshold), impostors),
            bootstrap.rate_estimate(
                distances.fnmr(threshold), drawn.fnmr(threshold), len(distances.genuine)
            ),
        )
        for threshold in thresholds
    )
    return Performance(
        people=len(comparisons.people()[0]),
        genuine_pairs=len(distances.genuine),
        impostor_pairs=impostors,
        eer=distances.equal_error_rate(),
        area_under_curve=distances.area_under_curve(),
        points=points,
        risks=risks,
    )


def rate_name(rate: float) -> str:
    """``1e-3``, as the fixed keys of ``evaluate --json`` have it."""
    mantissa, exponent = f"{rate:.6e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


@dataclass(frozen=True, slots=True)
class Fold:
    """The threshold that is best on all other folds, and the accuracy of this one at it."""

    threshold: float
    accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidation:
    """The result of the protocol for two folds or more.

    ``genuine`` and ``impostor`` are true for each pair, fold by fold, that was told rightly.
    """

    folds: tuple[Fold, ...]
    genuine: NDArray[np.bool_]
    impostor: NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        """The mean over folds."""
        return statistics.mean(fold.accuracy for fold in self.folds)

    @property
    def accuracy_sd(self) -> float:
        """The standard deviation over folds, with n - 1."""
        return statistics.stdev(fold.accuracy for fold in self.folds)


def cross_validate(folds: Sequence[Comparisons]) -> CrossValidation:
    """Cross-validate the threshold over ``folds``, each with pairs of both kinds."""
    distances = [fold.distances() for fold in folds]
    found, genuine, impostor = [], [], []
    for number, fold in enumerate(folds):
        threshold = pooled(distances[:number] + distances[number + 1 :]).best_threshold()
        found.append(Fold(threshold, distances[number].accuracy(threshold)))
        genuine.append(fold.genuine <= np.float32(threshold))
        impostor.append(~(fold.impostor <= np.float32(threshold)))
    return CrossValidation(tuple(found), np.concatenate(genuine), np.concatenate(impostor))
