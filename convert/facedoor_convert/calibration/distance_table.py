"""Which distance stands for which false match rate, and how far down the data can tell.

A rate is measured while the rule of three lets it be (3 / rate comparisons of strangers at least).
Smaller ones are extrapolated: the logarithm of the rate goes on falling with the distance as it did
over the last decade that was measured, which is the generalised Pareto distribution of Pickands
(1975) with shape zero. The line begins at the upper bound of the last rate that was measured: begun
at the rate itself it promised up to 2.6 times too much by plain distances where that could be
checked, by a part of the people on all others (docs/calibration.md).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from facedoor.errors import UsageError
from facedoor.vision.calibration import RiskPoint
from facedoor_convert.evaluation import bootstrap, intervals

if TYPE_CHECKING:
    from facedoor_convert.evaluation.bootstrap import PersonBootstrap
    from facedoor_convert.evaluation.error_rates import Distances

RATES = tuple(float(f"{mantissa}e-{decade}") for decade in range(1, 10) for mantissa in (3, 1))[1:]
"""False match rates of the table, descending: 0.1, 0.03, 0.01 ... 1e-9."""

EXTRAPOLATION = (
    "the logarithm of the rate falls with the distance in a straight line, from the upper bound of "
    "the last rate measured on, as it did over the last decade measured (a generalised Pareto tail "
    "of shape zero)"
)


def table(distances: Distances, drawn: PersonBootstrap) -> tuple[RiskPoint, ...]:
    """The risk of ``distances``, ascending, with bounds from ``drawn``, people drawn anew.

    Raises :class:`UsageError` when there are too few comparisons for a decade of rates.
    """
    impostors = len(distances.impostor)
    measured = [
        _measured(rate, distances, drawn) for rate in RATES if intervals.supports(rate, impostors)
    ]
    decades = [point for point in measured if point.fmr >= measured[-1].fmr * 9.99]
    if not decades:
        raise UsageError(
            f"{impostors} comparisons of strangers are too few for a table of risks: "
            "take photos of more people"
        )
    start, last = decades[-1], measured[-1]
    per_decade = (start.threshold - last.threshold) / math.log10(start.fmr / last.fmr)
    points = measured
    for rate in RATES[len(measured) :]:
        threshold = last.threshold - per_decade * math.log10(last.fmr_high / rate)
        if threshold <= 0:
            break
        points.append(RiskPoint(rate, round(threshold, 4), 0.0, last.fmr_high, extrapolated=True))
    return tuple(reversed(points))


def _measured(rate: float, distances: Distances, drawn: PersonBootstrap) -> RiskPoint:
    # Rounded down, so that what is written keeps the rate that was measured.
    threshold = math.floor(distances.threshold_at_fmr(rate) * 1e4) / 1e4
    bounds = bootstrap.estimate(rate, drawn.fmr(threshold))
    return RiskPoint(rate, threshold, _significant(bounds.low), _significant(bounds.high))


def _significant(rate: float) -> float:
    return float(f"{rate:.3g}")
