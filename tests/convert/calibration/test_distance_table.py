"""The likelihood table, and what several photos of a person are worth to a stranger."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrations import made_up, risk
from facedoor_convert.calibration.distance_table import (
    LEAST_ERRORS,
    SUPPOSED,
    likelihoods,
    several_photos,
)
from facedoor_convert.evaluation.comparisons import l2
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


TABLE = risk((1e-3, 0.5), (1e-2, 0.7), (0.1, 0.9), (0.3, 1.1))


def test_a_mean_of_photos_is_no_farther_from_strangers_than_one_photo() -> None:
    assert 1 <= several_photos(made_up(300, photos=5), l2, TABLE) < SUPPOSED


def test_the_factor_is_the_ratio_of_false_matches_counted_one_by_one() -> None:
    known = made_up(60, photos=2)
    templates = np.array(list(known.values())).reshape(60, 2, -1)
    means = templates.sum(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    near = {"mean": 0, "one": 0}
    threshold = 1.1
    for person in range(60):
        for other in range(60):
            if other != person:
                stranger = templates[other, 0]
                near["mean"] += np.linalg.norm(means[person] - stranger) <= threshold
                near["one"] += sum(
                    np.linalg.norm(templates[person] - stranger, axis=1) <= threshold
                )
    expected = 2 * near["mean"] / near["one"]
    only_that = risk((0.1, 0.01), (0.3, threshold))
    assert near["one"] >= LEAST_ERRORS
    assert several_photos(known, l2, only_that) == pytest.approx(max(1, expected), abs=0.006)


def test_photos_that_do_not_differ_are_worth_one() -> None:
    twice = {
        photo.replace("/0", f"/{copy}"): vector
        for photo, vector in made_up(100, photos=1).items()
        for copy in range(5)
    }
    assert several_photos(twice, l2, TABLE) == pytest.approx(1.0, abs=0.01)


def test_too_few_people_with_several_photos_are_not_measured() -> None:
    known = made_up(100, photos=1) | made_up(19, photos=5, name="q")
    assert several_photos(known, l2, TABLE) == SUPPOSED


def test_missed_faces_do_not_count() -> None:
    known = made_up(100, photos=2)
    missed = dict.fromkeys((photo + ".missed" for photo in known), None)
    assert several_photos(known | missed, l2, TABLE) == several_photos(known, l2, TABLE)
