"""Risk: which threshold a rate asks for, and which rate a threshold stands for."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrations import CORRECTED, PLAIN, calibration, table
from facedoor.config.options import RecognitionConfig
from facedoor.errors import ConfigError
from facedoor.identity.risk import LOOSEST, Risk, fmr_at, threshold_at
from facedoor.vision import pack
from facedoor.vision.calibration import Calibration, DistanceTable, RiskPoint

MANIFEST = Path(__file__).parents[1] / "fixtures" / "manifest_v1.json"
SINGLE = 0.755


def risk(measured: Calibration | None, rate: float = 1e-5, threshold: float | None = None) -> Risk:
    manifest = pack.parse(MANIFEST.read_text(encoding="utf-8"), MANIFEST)
    return Risk(
        dataclasses.replace(manifest, calibration=measured),
        RecognitionConfig(false_match_rate=rate, threshold=threshold),
    )


def test_a_rate_of_the_table_gives_its_threshold_and_between_two_the_logarithm_counts() -> None:
    assert risk(calibration(corrected=False)).limit(1).threshold == pytest.approx(0.7)
    assert risk(calibration()).limit(1).threshold == pytest.approx(0.8)
    assert threshold_at(PLAIN.risk, 1e-4) == pytest.approx(0.8)


def test_ten_people_have_ten_times_the_chances_and_nobody_those_of_one() -> None:
    limit = risk(calibration(corrected=False)).limit(10)
    assert limit.threshold == pytest.approx(0.5)
    assert limit.false_match_rate == pytest.approx(1e-5)
    measured = risk(calibration())
    assert measured.limit(0).threshold == measured.limit(1).threshold


def test_people_whose_several_photos_are_nearer_to_strangers_count_for_more() -> None:
    crowded = dataclasses.replace(PLAIN, several_photos=2.0)
    limit = risk(dataclasses.replace(calibration(corrected=False), plain=crowded)).limit(5)
    assert limit.threshold == risk(calibration(corrected=False)).limit(10).threshold
    assert limit.false_match_rate == pytest.approx(1e-5)


def test_a_rate_below_what_was_measured_is_said_to_be_extrapolated_or_refused() -> None:
    limit = risk(calibration(corrected=False)).limit(50)
    assert limit.extrapolated
    assert not limit.is_known
    assert "extrapolated" in str(limit)
    with pytest.raises(ConfigError, match=r"false_match_rate is 1e-05.* from 1.0e-04 on for 1000"):
        risk(calibration()).limit(1000)


def test_a_configured_threshold_is_one_of_plain_distances_and_its_risk_is_told() -> None:
    measured = risk(calibration(), threshold=0.7)
    limit = measured.limit(3)
    assert limit.threshold == 0.7
    assert limit.false_match_rate == pytest.approx(3e-5)
    assert measured.correction is None
    assert measured.evidence_policy.likelihood == PLAIN.likelihood


def test_a_threshold_that_one_stranger_in_ten_is_within_is_none() -> None:
    """As FaceNet's is by a network whose distances are half as large."""
    near = table((1e-5, 0.32), (1e-3, 0.39), (0.1, 0.5))
    measured = dataclasses.replace(calibration(corrected=False), plain=near)
    assert risk(measured, threshold=0.49).limit(1).false_match_rate == pytest.approx(
        0.066, abs=0.001
    )
    for threshold in (0.5, 0.756):
        with pytest.raises(ConfigError, match=f"threshold is {threshold:g}, and by this pack one"):
            risk(measured, threshold=threshold).limit(1)


def test_a_pack_without_a_calibration_keeps_its_one_threshold_and_says_so() -> None:
    limit = risk(None).limit(5)
    assert limit.threshold == SINGLE
    assert limit.false_match_rate is None
    assert "unknown risk" in str(limit)


def test_the_likelihoods_are_those_of_the_distance_in_use() -> None:
    assert risk(calibration()).evidence_policy.likelihood == CORRECTED.likelihood
    assert risk(None).evidence_policy.likelihood == ()


def test_the_table_says_when_two_faces_are_one_or_unlike() -> None:
    measured = risk(calibration())
    assert measured.same_face_distance == threshold_at(PLAIN.risk, 1e-3)
    assert measured.unlike_distance == threshold_at(PLAIN.risk, 1e-2)


@pytest.mark.parametrize(("threshold", "base"), [(None, SINGLE), (0.325, 0.325)])
def test_without_a_table_the_one_threshold_says_so(threshold: float | None, base: float) -> None:
    alone = risk(None, threshold=threshold)
    assert base < alone.same_face_distance < alone.unlike_distance < 1.5 * base


rates = st.floats(-7, -3).map(lambda exponent: 10**exponent)


@given(rates, rates, st.integers(1, 50))
def test_less_risk_never_allows_a_larger_distance(one: float, other: float, people: int) -> None:
    low, high = sorted((one, other))
    least = max(low, 1e-7 * people * 1.001)
    measured = [risk(calibration(), rate).limit(people) for rate in (least, max(high, least))]
    assert measured[0].threshold <= measured[1].threshold


@given(rates)
def test_threshold_and_rate_are_each_other_s_inverse(rate: float) -> None:
    assert fmr_at(PLAIN.risk, threshold_at(PLAIN.risk, rate)) == pytest.approx(rate)


@st.composite
def tables(draw: st.DrawFn) -> DistanceTable:
    steps = draw(st.lists(st.floats(0.01, 0.4), min_size=5, max_size=5))
    points = [RiskPoint(10.0 ** (n - 7), sum(steps[: n + 1]), 0.0, 1.0) for n in range(len(steps))]
    return DistanceTable(tuple(points), ((0.5, 1.0),), 1.0)


@given(tables(), tables(), rates, st.integers(1, 20))
def test_no_cohort_makes_anybody_s_threshold_looser_than_ten_times_the_risk_without_it(
    plain: DistanceTable, corrected: DistanceTable, rate: float, people: int
) -> None:
    # The correction only adds to distances (test_cohort), so whoever passes has a plain distance
    # within the threshold: it is enough that the threshold is not looser.
    measured = dataclasses.replace(calibration(), plain=plain, corrected=corrected)
    rate = max(rate, 1.001e-7 * people)
    threshold = risk(measured, rate).limit(people).threshold
    allowed = threshold_at(plain.risk, LOOSEST * rate / people)
    assert threshold <= allowed or math.isclose(threshold, allowed)
    assert LOOSEST == 10


@pytest.mark.parametrize("name", ["facenet", "light", "facenet512"])
def test_a_committed_calibration_shows_no_single_person(name: str) -> None:
    file = Path(__file__).parents[3] / "models" / f"{name}.calibration.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert "6 people or more" in stored["cohort"]["source"]
    told = {"size", "nearest", "low", "high", "weight_below", "weight_above", "source"}
    assert set(stored["cohort"]) == told | {"centroids"}


def test_own_rate_is_a_stricter_threshold_and_never_a_looser_one() -> None:
    measured = risk(calibration(), 1e-3)
    door = measured.limit(1).threshold
    own = measured.stricter({"Ada": 1e-5, "Bob": 1e-1}, 1)
    assert own["Ada"] == risk(calibration(), 1e-5).limit(1).threshold < door
    assert own["Bob"] == door


def test_own_rate_below_the_table_gets_the_strictest(caplog: pytest.LogCaptureFixture) -> None:
    measured = risk(calibration())
    own = measured.stricter({"Ada": 1e-9}, 10)["Ada"]
    assert own == measured.stricter({"Ada": 1e-8}, 10)["Ada"] <= measured.limit(10).threshold
    assert "the pack cannot tell a false match rate of 1e-09" in caplog.text
    assert "Ada" not in caplog.text


def test_own_rate_lets_nobody_in_without_a_table_and_else_is_of_plain_distances() -> None:
    assert risk(None).stricter({"Ada": 1e-6}, 1) == {"Ada": 0.0}
    own = risk(calibration(), threshold=0.9).stricter({"Ada": 1e-5}, 1)["Ada"]
    assert own == pytest.approx(threshold_at(PLAIN.risk, 1e-5))
