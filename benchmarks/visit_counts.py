"""How many visits a rule accepts, and how many strangers, at a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.visits_compared import PHOTOS, Visit
from facedoor.frames import Vector

if TYPE_CHECKING:
    from benchmarks.visit_rules import Scores

RESAMPLES, SEED = 1000, 7


def threshold(visits: Sequence[Visit], rule: str, rate: float) -> float:
    """The largest at which no larger share of strangers is taken for somebody."""
    nearest = np.sort(np.concatenate([visit.strangers[rule] for visit in visits]))
    allowed = int(rate * sum(visit.compared for visit in visits))
    return float(np.nextafter(nearest[allowed], np.float32(0)))


def errors(visits: Sequence[Visit], rule: str, threshold: float) -> int:
    return sum(int((visit.strangers[rule] <= threshold).sum()) for visit in visits)


def accepted(visits: Sequence[Visit], rule: str, threshold: float) -> dict[int, float]:
    return {
        photos: float(
            _shares([v.own[photos] for v in visits if photos in v.own], rule, threshold).mean()
        )
        for photos in PHOTOS
    }


def gain(
    visits: Sequence[Visit], rule: tuple[str, float], base: tuple[str, float]
) -> dict[int, tuple[float, float, float]]:
    """What a rule accepts at its threshold beyond another at its own, by photos: the share of
    visits, and between which it lies with 95 % confidence."""
    found = {}
    for photos in PHOTOS:
        own = [visit.own[photos] for visit in visits if photos in visit.own]
        found[photos] = _bounds(_shares(own, *rule) - _shares(own, *base))
    return found


def _shares(own: Sequence[Scores], rule: str, threshold: float) -> Vector:
    """Of each visit the share of templates for which it is accepted."""
    return np.array([np.mean(scores[rule] <= threshold) for scores in own], np.float32)


def _bounds(differences: Vector) -> tuple[float, float, float]:
    """Their mean, and where it lies with 95 % confidence: each visit is another person's."""
    drawn = np.random.default_rng(SEED).integers(
        len(differences), size=(RESAMPLES, len(differences))
    )
    low, high = np.quantile(differences[drawn].mean(axis=1), [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)
