"""The likelihood table: it falls, and says no more than the counts can."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.calibration.distance_table import likelihoods
from facedoor_convert.evaluation.error_rates import Distances

some = st.lists(st.floats(0, 2, width=32), min_size=1, max_size=60)


def test_a_known_ratio_is_found() -> None:
    draw = np.random.default_rng(1)
    genuine = draw.normal(0.7, 0.15, 200_000).clip(0, 2)
    impostor = draw.normal(1.3, 0.15, 200_000).clip(0, 2)
    table = likelihoods(Distances.of(genuine, impostor))
    distance, ratio = np.array(table).T
    # Of two normal distributions of one width: linear, zero in the middle between them.
    assert np.interp(1.0, distance, ratio) == pytest.approx(0, abs=0.3)
    slope = -(1.3 - 0.7) / 0.15**2
    assert np.interp(1.1, distance, ratio) == pytest.approx(0.1 * slope, abs=0.4)


@given(some, some)
def test_it_never_rises_and_is_finite(genuine: list[float], impostor: list[float]) -> None:
    table = likelihoods(Distances.of(genuine, impostor))
    assert all(a[0] < b[0] and a[1] >= b[1] for a, b in itertools.pairwise(table))
    assert all(math.isfinite(ratio) for _, ratio in table)


def test_what_was_never_seen_is_not_held_for_impossible() -> None:
    table = likelihoods(Distances.of([0.3] * 100, [1.3] * 100))
    assert max(ratio for _, ratio in table) < math.log(100 / 0.4)


def test_missed_faces_say_nothing() -> None:
    with_missed = Distances.of([0.4, 0.5, np.inf], [1.3, 1.4, np.inf])
    assert likelihoods(with_missed) == likelihoods(Distances.of([0.4, 0.5], [1.3, 1.4]))


def test_no_distance_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="distances of both kinds"):
        likelihoods(Distances.of([np.inf], [1.0]))
