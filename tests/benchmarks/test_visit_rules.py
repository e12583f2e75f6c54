"""The rules that visits are compared by: what the door does is among them, as it does it."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.visit_rules import (
    ANY,
    BEST,
    BY_QUALITY,
    CLEAREST,
    DOOR,
    LATEST,
    NEAREST_MEAN,
    REACH,
    scores,
)
from facedoor.frames import Match, Vector
from facedoor.identity.evidence import Evidence, EvidencePolicy
from facedoor.vision.calibration import DistanceTable, RiskPoint
from facedoor_convert.evaluation.comparisons import l2

TABLE = DistanceTable(
    (RiskPoint(1e-5, 0.7, 0.0, 1.0), RiskPoint(1e-3, 0.9, 0.0, 1.0)),
    ((0.5, 8.0), (1.0, 0.0), (1.4, -8.0)),
    1.0,
)
NORTH = np.array([[0, 1]], np.float32)


def at(degrees: list[float]) -> Vector:
    """Looks so far from the north."""
    angles = np.radians(degrees)
    return np.stack([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def by_rule(degrees: list[float], farther: list[float] | None = None) -> dict[str, float]:
    quality = np.array(farther or [0.0] * len(degrees), np.float32)
    found = scores(at(degrees), quality, NORTH, l2, TABLE)
    return {rule: float(of[0]) for rule, of in found.items()}


def score(degrees: list[float], rule: str, farther: list[float] | None = None) -> float:
    return by_rule(degrees, farther)[rule]


visits = st.lists(st.floats(0, 120), min_size=3, max_size=12)


@given(visits, st.floats(0.1, REACH))
def test_the_door_lets_in_from_the_threshold_on_that_its_rule_tells(
    degrees: list[float], threshold: float
) -> None:
    evidence = Evidence(threshold, EvidencePolicy(0.0, likelihood=TABLE.likelihood))
    told = [
        evidence.add(Match("Ann", float(distance), None, np.inf))
        for distance in l2(at(degrees), NORTH)[:, 0]
    ]
    is_let_in = any(verdict is not None and verdict.person == "Ann" for verdict in told)
    assert is_let_in == (score(degrees, DOOR) <= threshold)


@given(visits, st.randoms(use_true_random=False), st.floats(100, 180))
def test_what_takes_the_nearest_looks_asks_for_no_order_and_a_far_look_adds_nothing(
    degrees: list[float], random: Random, far: float
) -> None:
    shuffled = list(degrees)
    random.shuffle(shuffled)
    now, mixed, then = (by_rule(looks) for looks in (degrees, shuffled, [*degrees, far]))
    for rule in (ANY, NEAREST_MEAN, BEST):
        assert np.isclose(mixed[rule], now[rule], atol=1e-5)
        assert then[rule] >= min(now[rule], REACH) - 1e-5


def test_one_near_look_is_enough_for_the_nearest_alone() -> None:
    assert score([0, 100, 100, 100], BEST) < 0.01
    assert score([0, 100, 100, 100], DOOR) == score([0, 100, 100, 100], ANY) == np.inf


def test_looks_of_one_quality_count_alike_and_a_poor_one_counts_for_little() -> None:
    for rule in BY_QUALITY:
        assert score([5, 10, 50], rule) == score([5, 10, 50], LATEST)
        assert score([5, 10, 50], rule, [0, 0, 0.1]) < score([5, 10, 50], LATEST)
    poor = [0.0] * 5 + [0.1] * 3
    assert score([30] * 5 + [5] * 3, CLEAREST, poor) == score([30] * 5, CLEAREST)
