"""What a door at its default risk accepts of visits, by its own rule and by others.

Another rule has a threshold that pays for the false matches that it has beyond the door's own: the
risk is divided by how many times as many they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import lfw, visit_counts
from benchmarks.visit_rules import BASES, DOOR, LATEST, NEAREST_MEAN, ONE, TEMPLATES
from benchmarks.visits_compared import Visit
from facedoor.config.options import RecognitionConfig
from facedoor.identity.risk import Risk, threshold_at
from facedoor.vision.calibration import DistanceTable
from facedoor.vision.pack import Manifest

ENROLLED = (1, 10, 50, 100)
PRICED_AT = 1e-4
"""Where false matches are counted, of which there are few at smaller rates."""

OF_MEANS = 1e-3
"""Where false matches with means of photos are counted, of which there are few."""


@dataclass(frozen=True, slots=True)
class Door:
    """Visits accepted by photos: by the door's rule at its threshold, and by ``others``."""

    people: int
    threshold: float
    errors: int
    accepted: Mapping[int, float]
    others: Mapping[str, Other]


@dataclass(frozen=True, slots=True)
class Other:
    """Another rule at a threshold that pays for its false matches: ``accepted`` of all visits, and
    of those of folds 6 to 10 the ``gain`` over the door's rule, by photos."""

    threshold: float
    accepted: Mapping[int, float]
    gain: Mapping[int, tuple[float, float, float]]


def table_of(manifest: Manifest) -> DistanceTable:
    """That of the door's own distance."""
    return list(lfw.kinds(lfw.calibration_of(manifest)).values())[-1][0]


def doors(visits: Sequence[Visit], manifest: Manifest, by_quality: Sequence[str]) -> list[Door]:
    """By :data:`ENROLLED`; ``by_quality`` are rules that are shown beside the others."""
    rules = (DOOR, ONE, LATEST, NEAREST_MEAN, *by_quality)
    late = [visit for visit in visits if visit.is_late]
    asked = RecognitionConfig().false_match_rate
    prices = _prices(visits, manifest, rules)
    risks = {
        rule: Risk(manifest, RecognitionConfig(false_match_rate=asked / prices[rule]))
        for rule in rules
    }
    rows = []
    for people in ENROLLED:
        at = {rule: risk.limit(people).threshold for rule, risk in risks.items()}
        others = {}
        for rule, threshold in at.items():
            base = BASES.get(rule, DOOR)
            gain = visit_counts.gain(late, (rule, threshold), (base, at[base]))
            others[rule] = Other(threshold, visit_counts.accepted(visits, rule, threshold), gain)
        of_door = others.pop(DOOR)
        errors = visit_counts.errors(visits, DOOR, of_door.threshold)
        rows.append(Door(people, of_door.threshold, errors, of_door.accepted, others))
    return rows


def near_means(visits: Sequence[Visit], manifest: Manifest) -> dict[str, int]:
    """False matches of the door's rule with others' means, by how their photos are weighed."""
    threshold = threshold_at(table_of(manifest).risk, OF_MEANS)
    return {
        rule: sum(int((visit.means[rule] <= threshold).sum()) for visit in visits)
        for rule in (DOOR, *TEMPLATES)
    }


def _prices(visits: Sequence[Visit], manifest: Manifest, rules: Sequence[str]) -> dict[str, float]:
    """How many times the false matches of the door's rule each has."""
    threshold = threshold_at(table_of(manifest).risk, PRICED_AT)
    of_door = visit_counts.errors(visits, DOOR, threshold)
    near = near_means(visits, manifest)
    times = {
        rule: near[rule] / near[DOOR]
        if rule in TEMPLATES
        else visit_counts.errors(visits, rule, threshold) / of_door
        for rule in rules
    }
    return {rule: max(1.0, price) for rule, price in times.items()}
