"""How well people who were held out of the training are told apart, before and after it.

All pairs of their images are compared. A handful of people decides such figures, so a change counts
only if it holds when the people are drawn anew many times, the same people for both networks
(:mod:`facedoor_convert.evaluation.bootstrap`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor_convert.evaluation import bootstrap, comparisons
from facedoor_convert.evaluation.bootstrap import PersonBootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Comparisons
    from facedoor_convert.evaluation.error_rates import Distances

_FMR = 1e-3
_RESAMPLES = 200
_FEWEST_PEOPLE = 5
"""Of fewer, every draw is much like the others: two networks that are equally good seemed surely
different in 9 of 10 trials with made-up embeddings of two people, in 2 of 10 of three, and in 1 of
10 of five."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The error rates of one network.

    ``auc`` is the chance that a pair of one person is nearer than a pair of strangers, ``eer`` the
    rate at which false matches and false non-matches are as frequent, ``tar`` the share of one
    person's pairs accepted where 1 of 1,000 pairs of strangers is.
    """

    auc: float
    eer: float
    tar: float


@dataclass(frozen=True, slots=True)
class HeldOutComparison:
    """Before and after, over the same pairs; each change as (least, greatest) of 95 in 100.

    The changes are ``None`` where the people are too few to tell.
    """

    people: int
    genuine_pairs: int
    impostor_pairs: int
    before: Figures
    after: Figures
    auc_change: tuple[float, float] | None
    tar_change: tuple[float, float] | None

    @property
    def verdict(self) -> str:
        """``worse`` as soon as one figure surely fell, ``better`` if one only surely rose."""
        if self.auc_change is None or self.tar_change is None:
            return "too few people to tell"
        changes = (self.auc_change, self.tar_change)
        if any(high < 0 for _, high in changes):
            return "worse"
        if any(low > 0 for low, _ in changes):
            return "better"
        return "no clear difference"

    def as_json(self) -> dict[str, object]:
        return {**dataclasses.asdict(self), "verdict": self.verdict}


def all_pairs(embeddings: Vector, labels: NDArray[np.int64]) -> Comparisons:
    """Every image with every other, by unit vectors (n, d); ``labels``, int (n,), say who it is."""
    images = zip(labels.tolist(), embeddings, strict=True)
    return comparisons.all_against_all(
        {f"{label}/{number}": vector for number, (label, vector) in enumerate(images)}
    )


def compare(before: Comparisons, after: Comparisons, seed: int) -> HeldOutComparison:
    """Compare two networks by what :func:`all_pairs` makes of the same images."""
    people = len(before.people()[0])
    first, second = _figures(before.distances()), _figures(after.distances())
    auc_change = tar_change = None
    if people >= _FEWEST_PEOPLE:
        drawn = [PersonBootstrap(pairs, _RESAMPLES, seed) for pairs in (before, after)]
        aucs = [draws.areas_under_curve() for draws in drawn]
        fnmrs = [draws.fnmr_within(draws.thresholds_at_fmr(_FMR)) for draws in drawn]
        auc = bootstrap.estimate(second.auc - first.auc, aucs[1] - aucs[0])
        tar = bootstrap.estimate(second.tar - first.tar, fnmrs[0] - fnmrs[1])
        auc_change, tar_change = (auc.low, auc.high), (tar.low, tar.high)
    return HeldOutComparison(
        people=people,
        genuine_pairs=len(before.genuine),
        impostor_pairs=len(before.impostor),
        before=first,
        after=second,
        auc_change=auc_change,
        tar_change=tar_change,
    )


def _figures(distances: Distances) -> Figures:
    return Figures(
        auc=distances.area_under_curve(),
        eer=distances.equal_error_rate(),
        tar=1 - distances.fnmr(distances.threshold_at_fmr(_FMR)),
    )
