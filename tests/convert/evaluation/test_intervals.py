import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.evaluation.intervals import Estimate, rule_of_three, share, supports


@given(st.integers(30, 10**9))
def test_rule_of_three_leaves_one_chance_in_twenty_of_no_error(trials):
    chance_of_none = math.exp(trials * math.log1p(-rule_of_three(trials)))
    assert chance_of_none == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(("trials", "bound"), [(1, 1), (3, 1), (300, 0.01), (3000, 0.001)])
def test_rule_of_three_is_three_by_the_trials(trials, bound):
    assert rule_of_three(trials) == bound


def test_three_thousand_comparisons_tell_one_in_a_thousand_and_no_less():
    assert supports(1e-3, 3000)
    assert not supports(1e-3, 2999)
    assert not supports(1e-4, 3000)


def test_a_share_without_errors_is_bounded_by_the_rule_of_three():
    assert share(0, 300) == Estimate(0, 0, 0.01)


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_bounds_of_a_share_solve_the_equation_of_wilson(errors, others):
    trials = errors + others
    found = share(errors, trials)
    for bound in (found.low, found.high):
        away = (found.value - bound) ** 2
        assert away == pytest.approx(3.8415 * bound * (1 - bound) / trials, rel=1e-3, abs=1e-9)
    assert 0 < found.low <= found.value <= found.high + 1e-12 <= 1 + 1e-9


def test_the_complement_turns_bounds_around():
    whole = Estimate(0.25, 0.125, 0.5).complement()
    assert whole == Estimate(0.75, 0.5, 0.875)
