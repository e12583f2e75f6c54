"""Two embedders as one measure: whoever lacks the second's word is never nearer for it."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrations import calibration, cohort, table
from circle import at
from facedoor.config.options import RecognitionConfig
from facedoor.identity.joint import Joint, Second
from facedoor.identity.risk import Risk
from facedoor.identity.search import Correction, GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.vision import pack
from facedoor.vision.calibration import (
    AT_RIGHT_ANGLES,
    Calibration,
    DistanceTable,
    JointCalibration,
)
from facedoor_convert.calibration.joint_measure import JointMeasure

ROUNDING = 2e-3
FAR = 9.0
TESTS = Path(__file__).parents[2]
MANIFEST = TESTS / "edge" / "fixtures" / "manifest_v1.json"
MEASURED = TESTS.parent / "models" / "mobilefacenet.joint.json"
degrees = st.floats(0, 360)
squares = st.floats(0, 4, width=32)
joints = st.builds(Joint, st.floats(0.25, 4), st.floats(0.5, 2))


def joint_of(joint: Joint, first: float, second: float = AT_RIGHT_ANGLES) -> float:
    one, other = np.array([first], np.float32), np.array([second], np.float32)
    return float(joint.squares(one, other)[0])


def ends(first: float, second: float) -> np.ndarray:
    return np.concatenate([at(first), at(second)], axis=1)


@given(joints, squares, squares)
def test_without_the_seconds_word_nobody_is_nearer(
    joint: Joint, first: float, second: float
) -> None:
    assert joint_of(joint, first) >= joint_of(joint, first, second)


@given(joints, squares, squares, squares)
def test_who_is_farther_by_one_of_the_two_is_not_nearer(
    joint: Joint, first: float, second: float, farther: float
) -> None:
    near = joint_of(joint, first, second)
    assert joint_of(joint, max(first, farther), second) >= near
    assert joint_of(joint, first, max(second, farther)) >= near


@given(joints, squares, squares)
def test_whom_the_first_calls_far_the_second_brings_no_nearer(
    joint: Joint, first: float, second: float
) -> None:
    beyond = joint.asks_within**2 + 0.01 + first
    assert joint_of(joint, beyond, second) == joint_of(joint, beyond)


@given(st.floats(0.25, 4), *[degrees] * 4)
def test_joint_distance_is_that_of_the_embeddings_end_to_end(
    weight: float, first: float, second: float, other_first: float, other_second: float
) -> None:
    acute = abs((second - other_second + 180) % 360 - 180) <= 90
    measure = JointMeasure(Joint(weight, FAR), 2)
    found = measure.distances(ends(first, second), ends(other_first, other_second))[0, 0]
    root = np.sqrt(weight)
    one = np.concatenate([at(first), root * at(second)], axis=1)
    other = np.concatenate([at(other_first), root * at(other_second)], axis=1)
    expected = np.linalg.norm(one - other) / np.sqrt(1 + weight)
    assert found == pytest.approx(expected, abs=ROUNDING) if acute else found < expected


@given(degrees, degrees, degrees, degrees)
def test_a_cohort_keeps_apart_here_too(
    first: float, second: float, other_first: float, other_second: float
) -> None:
    joint, crowd = Joint(1.0, FAR), Correction(cohort(0, 90, 200))
    pair = ends(first, second), ends(other_first, other_second)
    plain = JointMeasure(joint, 2).distances(*pair)[0, 0]
    assert JointMeasure(joint, 2, crowd).distances(*pair)[0, 0] >= plain - ROUNDING


def test_each_half_counts_by_its_direction_and_zeros_for_no_word() -> None:
    measure = JointMeasure(Joint(1.0, FAR), 2)
    whole, dimmed = ends(10, 20), ends(10, 20) * np.array([3, 3, 0.1, 0.1], np.float32)
    assert measure.distances(whole, dimmed)[0, 0] == pytest.approx(0, abs=ROUNDING)
    nothing = np.concatenate([at(10), np.zeros((1, 2), np.float32)], axis=1)
    assert measure.distances(whole, nothing)[0, 0] == pytest.approx(1, abs=ROUNDING)


def indexed(
    joint: Joint, first: list[float], second: list[float | None], crowd: Correction
) -> GalleryIndex:
    """An index of people by their angles; ``None``: no template of the second embedder."""
    names = tuple(f"person {n}" for n in range(len(first)))
    known = [n for n, angle in enumerate(second) if angle is not None]
    by_second = Templates(
        tuple(names[n] for n in known),
        at(*(second[n] for n in known)),
        np.arange(len(known)),
    )
    own = Templates(names, at(*first), np.arange(len(first)))
    return GalleryIndex(own, crowd, Second(joint, by_second))


@given(
    joints,
    st.lists(st.tuples(degrees, st.none() | degrees), min_size=2, max_size=6),
    degrees,
    degrees,
)
def test_the_search_measures_as_the_table_was_measured(
    joint: Joint, people: list[tuple[float, float | None]], first: float, second: float
) -> None:
    crowd = Correction(cohort(0, 90, 200))
    angles, others = map(list, zip(*people, strict=True))
    match = indexed(joint, angles, others, crowd).match(at(first)[0], lambda: at(second)[0])
    template = np.stack(
        [
            np.concatenate([at(a)[0], np.zeros(2, np.float32) if b is None else at(b)[0]])
            for a, b in people
        ]
    )
    every = JointMeasure(joint, 2, crowd).distances(ends(first, second), template)[0]
    assert match.distance == pytest.approx(every.min(), abs=ROUNDING)
    assert match.runner_up_distance == pytest.approx(np.sort(every)[1], abs=ROUNDING)


def test_the_second_is_asked_once_and_only_where_its_word_can_matter() -> None:
    crowd, asked = Correction(cohort(0, high=1.0)), []

    def ask() -> np.ndarray:
        asked.append(1)
        return at(0)[0]

    index = indexed(Joint(1.0, 0.6), [0, 5, 90, 200], [0, 3, 40, None], crowd)
    for angle, times in ((2, 1), (45, 0), (90, 1), (200, 0)):
        asked.clear()
        index.match(at(angle)[0], ask)
        assert len(asked) == times, angle


@pytest.mark.parametrize("word", [[np.nan, 0], [0, 0], [3, 0], [[1, 0]]])
def test_a_second_that_gives_no_direction_is_an_error_and_no_distance(word: list[float]) -> None:
    index = indexed(Joint(1.0, 2.0), [0, 90], [0, 90], Correction(cohort(0, high=1.0)))
    with pytest.raises(ValueError, match="one finite vector of unit length"):
        index.match(at(0)[0], lambda: np.array(word, np.float32))


def test_nobody_without_a_template_of_the_second_is_near_by_the_first_alone() -> None:
    index = indexed(Joint(1.0, 2.0), [0], [None], Correction(cohort(0, high=1.0)))
    assert index.match(at(0)[0], lambda: at(0)[0]).distance == pytest.approx(1.0, abs=ROUNDING)


JUMPS = table((1e-9, 0.5), (1e-6, 0.8), (3e-4, 0.95), (1e-3, 1.25), (0.1, 1.35))
"""As a table of joint distances is: between two points are those whom the second is asked about,
and beyond them those whom it is not."""


def of_two(corrected: DistanceTable = JUMPS, weight: float = 2.0) -> JointCalibration:
    measured = Calibration("0" * 64, "nobody", 99, 99, "none", JUMPS, corrected, cohort(0, 90))
    return JointCalibration("1" * 64, weight, 1.0, measured)


@functools.cache
def committed() -> JointCalibration:
    return pack.parse_joint(MEASURED.read_text(encoding="utf-8"), MEASURED)


@functools.cache
def first_pack() -> pack.Manifest:
    return pack.parse(MANIFEST.read_text(encoding="utf-8"), MANIFEST)


def risk_of(joint: JointCalibration, rate: float) -> Risk:
    return Risk(first_pack(), RecognitionConfig(false_match_rate=rate), joint)


rates = st.floats(-6, -1).map(lambda exponent: 10**exponent)


@given(st.none() | st.floats(0.9, 50), rates, rates, st.integers(1, 50))
def test_no_rate_lets_in_by_the_same_picture_whoever_lacks_the_second(
    weight: float | None, rate: float, own: float, people: int
) -> None:
    joint = committed() if weight is None else of_two(weight=weight)
    risk = risk_of(joint, rate)
    everybody = indexed(Joint.of(joint), [0], [None], Correction(cohort(0, high=1.0)))
    nearest = everybody.match(at(0)[0], lambda: at(0)[0]).distance
    limit = risk.limit(people)
    assert limit.threshold < nearest
    assert risk.stricter({"Ada": own}, people)["Ada"] < nearest


@given(rates, st.integers(1, 50))
def test_across_the_jump_no_threshold_is_promised_that_was_not_measured(
    rate: float, people: int
) -> None:
    for joint, last in ((of_two(), 0.95), (committed(), 1.0365)):
        limit = risk_of(joint, rate).limit(people)
        assert limit.threshold <= last
        assert limit.false_match_rate is not None
        assert limit.false_match_rate <= rate * 1.000001
        if limit.threshold < last:
            assert limit.false_match_rate == pytest.approx(rate)


def test_the_risk_that_is_told_is_that_of_the_largest_threshold() -> None:
    limit = risk_of(of_two(), 0.1).limit(3)
    assert limit.threshold == 0.95
    assert limit.false_match_rate == pytest.approx(3 * 3e-4)


def test_a_table_by_which_whoever_lacks_the_second_is_near_is_none() -> None:
    near = calibration(corrected=False)
    with pytest.raises(ValueError, match="without a template of the second"):
        JointCalibration("1" * 64, 0.1, 1.0, near)
