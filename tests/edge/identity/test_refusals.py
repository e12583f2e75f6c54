"""How many looks a risk costs residents: what is expected, what would help, and whom it hits."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrations import CORRECTED, PLAIN, calibration, refusals
from facedoor.config.options import RecognitionConfig
from facedoor.identity.refusals import HELPS, TOO_MANY, Outlook, outlook, rate
from facedoor.identity.risk import Risk
from facedoor.vision import pack
from facedoor.vision.calibration import Calibration

MANIFEST = Path(__file__).parents[1] / "fixtures" / "manifest_v1.json"
REFUSED = (
    refusals(1, (0.5, 1.0), (0.65, 0.6), (0.8, 0.2), (1.0, 0.0)),
    refusals(3, (0.5, 0.9), (0.65, 0.4), (0.8, 0.1), (1.0, 0.0)),
    refusals(5, (0.5, 0.8), (0.65, 0.3), (0.8, 0.05), (1.0, 0.0)),
)
TOLD = dataclasses.replace(
    calibration(),
    corrected=dataclasses.replace(CORRECTED, refusals=REFUSED),
    plain=dataclasses.replace(PLAIN, refusals=REFUSED),
)


MADE = pack.parse(MANIFEST.read_text(encoding="utf-8"), MANIFEST)


def manifest(measured: Calibration | None = TOLD) -> pack.Manifest:
    return dataclasses.replace(MADE, calibration=measured, schema=pack.SCHEMA)


def risk(measured: Calibration | None = TOLD, at: float = 1e-5) -> Risk:
    return Risk(manifest(measured), RecognitionConfig(false_match_rate=at))


def told(photos: dict[str, int], **settings: float) -> Outlook:
    found = outlook(manifest(), RecognitionConfig(**settings), photos)
    assert found is not None
    return found


def people(number: int, photos: int) -> dict[str, int]:
    return {f"p{n}": photos for n in range(number)}


def test_expected_refusals_are_those_of_the_table_at_the_door_s_threshold() -> None:
    measured = risk()
    assert measured.expected_refusals(1, 1) == pytest.approx(0.2)
    assert measured.expected_refusals(10, 1) == pytest.approx(0.6)
    assert measured.expected_refusals(10, 5) == pytest.approx(0.3)
    assert measured.expected_refusals(0, 1) == measured.expected_refusals(1, 1)


def test_of_numbers_of_photos_that_were_not_measured_the_next_smaller_one_counts() -> None:
    shares = [risk().expected_refusals(10, photos) for photos in range(1, 9)]
    assert shares == [pytest.approx(share) for share in (0.6, 0.6, 0.4, 0.4, *[0.3] * 4)]


def test_a_pack_that_does_not_say_it_has_nothing_to_expect() -> None:
    for measured in (None, calibration(), calibration(corrected=False)):
        assert risk(measured).expected_refusals(3, 1) is None
        assert outlook(manifest(measured), RecognitionConfig(), people(3, 1)) is None
    assert outlook(manifest(), RecognitionConfig(), {}) is None


rates = st.floats(-5, -3).map(lambda exponent: 10**exponent)
households = st.integers(1, 100)
numbers_of_photos = st.integers(1, 20)


@st.composite
def tables(draw: st.DrawFn) -> Calibration:
    """Any table in which more photos refuse no more, as nobody's data have to be."""
    found, most = [], [1.0] * 5
    for photos in (1, 3, 5):
        falls = draw(st.lists(st.floats(0, 1), min_size=5, max_size=5))
        shares = sorted((min(a, b) for a, b in zip(falls, most, strict=True)), reverse=True)
        most = shares
        at = [0.4, 0.55, 0.7, 0.85, 1.0]
        found.append(refusals(photos, *zip(at, shares, strict=True)))
    corrected = dataclasses.replace(CORRECTED, refusals=tuple(found))
    return dataclasses.replace(calibration(), corrected=corrected)


def expected(measured: Calibration, at: float, number: int, photos: int) -> float:
    share = risk(measured, at).expected_refusals(number, photos)
    assert share is not None
    return share


@given(tables(), rates, households, households, numbers_of_photos)
def test_more_people_never_have_fewer_looks_refused(
    measured: Calibration, at: float, one: int, other: int, photos: int
) -> None:
    few, many = sorted((one, other))
    assert expected(measured, at, few, photos) <= expected(measured, at, many, photos) + 1e-9


@given(tables(), rates, households, numbers_of_photos, numbers_of_photos)
def test_more_photos_never_have_more_looks_refused_where_the_data_do_not_say_so(
    measured: Calibration, at: float, number: int, one: int, other: int
) -> None:
    few, many = sorted((one, other))
    assert expected(measured, at, number, many) <= expected(measured, at, number, few) + 1e-9


@given(tables(), rates, rates, households, numbers_of_photos)
def test_a_larger_risk_never_has_more_looks_refused(
    measured: Calibration, one: float, other: float, number: int, photos: int
) -> None:
    small, large = sorted((one, other))
    of_large = expected(measured, large, number, photos)
    assert of_large <= expected(measured, small, number, photos) + 1e-9


@given(tables(), st.lists(numbers_of_photos, min_size=1, max_size=30), rates)
def test_an_outlook_promises_only_what_helps(
    measured: Calibration, photos: list[int], at: float
) -> None:
    everybody = {f"p{n}": count for n, count in enumerate(photos)}
    found = outlook(manifest(measured), RecognitionConfig(false_match_rate=at), everybody)
    assert found is not None
    for share in (found.with_photos, found.with_setting, found.with_both):
        assert share is None or share <= found.refused - HELPS
    assert found.is_bad == (found.refused > TOO_MANY)
    assert all(resident.with_photos < resident.refused for resident in found.worse)
    assert json.loads(json.dumps(found.figures)) == found.figures


def test_the_sentence_has_figures_of_now_and_of_each_remedy() -> None:
    assert str(told(people(10, 1))) == (
        "with 10 enrolled about 60 % of a resident's looks are refused at a risk of 1e-5: it would "
        "be 30 % with 5 photos of everybody, 20 % at [recognition] false_match_rate = 1e-4, with "
        "10 times the risk of letting in a stranger"
    )


def test_the_sentence_says_how_many_times_the_risk_the_largest_rate_is() -> None:
    found = told(people(10_000, 1), false_match_rate=0.04)
    assert found.larger_risk == 0.1
    assert "false_match_rate = 1e-1, with 2.5 times the risk of letting in a stranger" in str(found)


def test_where_the_pack_says_it_of_one_kind_of_distance_alone_nothing_is_promised() -> None:
    measured = dataclasses.replace(TOLD, corrected=CORRECTED)
    found = outlook(manifest(measured), RecognitionConfig(threshold=0.5), people(2, 5))
    assert found is not None
    assert (found.refused, found.with_setting, found.with_both) == (pytest.approx(0.8), None, None)


def test_nobody_is_told_to_take_a_larger_risk_where_all_is_well() -> None:
    found = told(people(2, 1), false_match_rate=2e-5)
    assert not found.is_bad
    assert found.with_setting is not None
    assert str(found).endswith("20 % of a resident's looks are refused at a risk of 2e-5")


def test_both_remedies_are_told_together_where_neither_is_enough() -> None:
    found = told(people(90, 1))
    assert found.with_photos is not None
    assert found.with_setting is not None
    assert min(found.with_photos, found.with_setting) > TOO_MANY
    assert found.with_both == told(people(90, 5), false_match_rate=1e-4).refused
    assert f"{100 * found.with_both:.0f} % with both" in str(found)


def test_photos_that_everybody_has_are_no_remedy() -> None:
    found = told(people(10, 5))
    assert found.with_photos is None
    assert "photos of everybody" not in str(found)
    assert "photos" not in found.remedies


def test_at_a_configured_threshold_the_remedy_is_to_leave_it_out() -> None:
    found = told(people(2, 5), threshold=0.5)
    assert (found.refused, found.larger_risk) == (pytest.approx(0.8), None)
    assert found.with_setting == told(people(2, 5)).refused
    assert "without [recognition] threshold" in str(found)
    assert "false_match_rate =" not in str(found)


def test_nothing_is_promised_of_a_setting_with_which_the_door_would_not_start() -> None:
    found = told(people(1000, 5), threshold=0.5)
    assert (found.refused, found.with_setting) == (pytest.approx(0.8), None)


def test_nothing_is_promised_where_nothing_helps() -> None:
    assert str(told(people(1, 5), false_match_rate=1e-3)) == (
        "with 1 enrolled about 2 % of a resident's looks are refused at a risk of 1e-3"
    )


def test_whoever_is_far_worse_than_the_others_is_named_with_what_photos_would_give() -> None:
    found = told({"Grandma": 1, **people(9, 5)})
    (worse,) = found.worse
    assert worse.sentence == "Grandma: 1 photo: 60 % of looks refused; 5: 30 %"
    assert found.refused == pytest.approx((0.6 + 9 * 0.3) / 10)


def test_nobody_is_far_worse_where_all_are_alike_or_photos_would_not_help() -> None:
    assert told(people(10, 1)).worse == ()
    strict = outlook(manifest(), RecognitionConfig(), people(5, 5), {"p0": 0.5})
    assert strict is not None
    assert strict.worse == ()
    assert strict.refused > told(people(5, 5)).refused


@pytest.mark.parametrize(
    ("value", "text"), [(1e-5, "1e-5"), (2.5e-5, "2.5e-5"), (0.1, "1e-1"), (1e-4, "1e-4")]
)
def test_a_rate_is_written_as_it_may_stand_in_the_configuration(value: float, text: str) -> None:
    assert rate(value) == text
    assert float(text) == pytest.approx(value)
