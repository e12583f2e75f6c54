"""What several photos of a person are worth to a stranger."""

from __future__ import annotations

import numpy as np
import pytest

from calibrations import risk
from facedoor_convert.calibration.distance_table import LEAST_ERRORS, SUPPOSED, several_photos
from facedoor_convert.evaluation.comparisons import l2
from made_up_people import made_up

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
