"""The cohort's correction: it keeps people apart, and never brings them nearer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrations import cohort
from circle import at
from facedoor.identity.search import Correction, GalleryIndex, distances
from facedoor.identity.templates import Templates
from facedoor.vision.calibration import Cohort

ROUNDING = 2e-3
degrees = st.floats(0, 360)
shapes = {"nearest": st.integers(1, 3), "high": st.floats(0, 1), "weight": st.floats(0, 4)}
cohorts = st.builds(cohort, degrees, degrees, degrees, **shapes)


def test_a_face_as_alike_to_the_cohort_as_most_is_compared_as_without_one() -> None:
    correction = Correction(cohort(0, high=0.6))
    plain = distances(at(120), at(90)[0])
    assert correction.distances(at(90), at(120))[0] == pytest.approx(plain)


def test_a_face_like_all_or_nobody_of_the_cohort_has_to_be_nearer() -> None:
    correction = Correction(cohort(0, high=0.5, weight=0.5))
    # Both are at the centroid, or opposite: each adds 0.5 * (1 - 0.5) to the half of the square.
    for degrees in (0, 180):
        corrected = correction.distances(at(degrees), at(degrees))[0, 0]
        assert corrected == pytest.approx(1.0, abs=ROUNDING), degrees


def test_only_the_nearest_of_the_cohort_count() -> None:
    near, far = (Correction(cohort(0, *others, nearest=1)) for others in ((0,), (180, 90)))
    assert near.penalties(at(10)) == pytest.approx(far.penalties(at(10)), abs=ROUNDING)


@given(cohorts, degrees, degrees)
def test_no_cohort_ever_brings_two_people_nearer(crowd: Cohort, one: float, other: float) -> None:
    corrected = Correction(crowd).distances(at(one), at(other))[0, 0]
    assert corrected >= distances(at(other), at(one)[0])[0] - ROUNDING


@given(cohorts, st.lists(degrees, min_size=2, max_size=8), degrees)
def test_search_agrees_with_the_correction_of_every_pair(
    crowd: Cohort, angles: list[float], probe: float
) -> None:
    correction = Correction(crowd)
    names = tuple(f"person {n}" for n in range(len(angles)))
    index = GalleryIndex(Templates(names, at(*angles), np.arange(len(angles))), correction)
    every = correction.distances(at(probe), at(*angles))[0]
    match = index.match(at(probe)[0])
    assert match.distance == pytest.approx(every.min(), abs=ROUNDING)
    assert match.runner_up_distance == pytest.approx(np.sort(every)[1], abs=ROUNDING)
    assert match.plain_distance <= match.distance + ROUNDING
    for name, expected in zip(names, every, strict=True):
        assert index.match_with(name, at(probe)[0]).distance == pytest.approx(
            expected, abs=ROUNDING
        )


def test_without_a_cohort_there_is_no_second_distance() -> None:
    index = GalleryIndex(Templates(("Anna",), at(0), np.array([0])))
    assert index.match(at(30)[0]).plain_distance is None


def test_an_empty_gallery_opens_with_a_cohort() -> None:
    nobody = Templates((), np.zeros((0, 0), np.float32), np.array([], int))
    assert GalleryIndex(nobody, Correction(cohort(0))).match(at(0)[0]).person is None
