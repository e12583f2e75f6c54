"""How well people are told apart who were not trained on, before and after, and what that proves.

All pairs of their images are compared. Because a handful of people decides such figures, the
change is believed only if it holds when the people are drawn anew, over and over (see
:mod:`facedoor_convert.bootstrap`), the same people for both networks.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor_convert import bootstrap, comparisons
from facedoor_convert.bootstrap import PersonBootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.comparisons import Comparisons
    from facedoor_convert.error_rates import Distances

_FMR = 1e-3
_RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """What the distances of one network are worth.

    ``auc`` is the chance that a pair of one person is nearer than a pair of strangers, ``eer`` the
    rate at which false matches and false non-matches are as frequent, ``tar`` the share of one
    person's pairs accepted where 1 of 1,000 pairs of strangers is.
    """

    auc: float
    eer: float
    tar: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Before and after, over the same pairs; each change as (least, greatest) of 95 in 100."""

    people: int
    genuine_pairs: int
    impostor_pairs: int
    before: Figures
    after: Figures
    auc_change: tuple[float, float]
    tar_change: tuple[float, float]

    @property
    def verdict(self) -> str:
        """``worse`` as soon as one figure surely fell, ``better`` if one only surely rose."""
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


def compare(before: Comparisons, after: Comparisons, seed: int) -> Comparison:
    """Compare two networks by what :func:`all_pairs` makes of the same images."""
    drawn = [PersonBootstrap(pairs, _RESAMPLES, seed) for pairs in (before, after)]
    aucs = [people.areas_under_curve() for people in drawn]
    fnmrs = [people.fnmr_within(people.thresholds_at_fmr(_FMR)) for people in drawn]
    first, second = _figures(before.distances()), _figures(after.distances())
    auc = bootstrap.estimate(second.auc - first.auc, aucs[1] - aucs[0])
    tar = bootstrap.estimate(second.tar - first.tar, fnmrs[0] - fnmrs[1])
    return Comparison(
        people=len(before.people()[0]),
        genuine_pairs=len(before.genuine),
        impostor_pairs=len(before.impostor),
        before=first,
        after=second,
        auc_change=(auc.low, auc.high),
        tar_change=(tar.low, tar.high),
    )


def _figures(distances: Distances) -> Figures:
    return Figures(
        auc=distances.area_under_curve(),
        eer=distances.equal_error_rate(),
        tar=1 - distances.fnmr(distances.threshold_at_fmr(_FMR)),
    )
