from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor_convert.packs.forms_compared import pair_rates

PEOPLE = ["ada", "ada", "bob", "bob"]
FAR_APART = at(0, 10, 170, 180)


def test_a_network_that_has_not_changed_loses_nothing() -> None:
    kept = pair_rates(PEOPLE, FAR_APART, FAR_APART)
    assert (kept.accuracy, kept.loss_points, kept.equal_error_rate) == (1, 0, 0)
    assert kept.distance_change == 0


def test_a_pair_that_is_no_longer_told_rightly_costs_its_share() -> None:
    kept = pair_rates(PEOPLE, FAR_APART, at(0, 10, 90, 180))  # bob is no longer like himself
    assert kept.accuracy == pytest.approx(0.75)
    assert kept.loss_points == pytest.approx(25)


def test_a_stranger_who_now_looks_alike_costs_its_share() -> None:
    kept = pair_rates(PEOPLE, FAR_APART, at(0, 10, 5, 180))
    assert kept.accuracy < 0.75
    assert kept.equal_error_rate > 0


def test_mixed_people_have_half_their_pairs_right() -> None:
    kept = pair_rates(["ada", "bob", "ada", "bob"], at(0, 0, 180, 180), at(0, 0, 180, 180))
    assert kept.accuracy <= 0.75


def test_people_who_are_near_each_other_are_told_apart_all_the_same() -> None:
    near = at(0, 1, 20, 21)
    assert pair_rates(PEOPLE, near, near).accuracy == 1


@given(st.floats(0, 360))
def test_turning_all_vectors_changes_nothing(angle: float) -> None:
    turned = at(*(degrees + angle for degrees in (0, 10, 170, 180)))
    kept = pair_rates(PEOPLE, FAR_APART, turned)
    assert kept.loss_points == 0
    assert kept.distance_change < 1e-3
