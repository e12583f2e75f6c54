import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.evaluation import bootstrap, intervals
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.comparisons import Comparisons
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.evaluation.intervals import Estimate, rule_of_three, share, supports

THRESHOLD = 1.0


def compared_by(people: int, photos: int, genuine, impostor) -> Comparisons:
    """Everybody with everybody; distances are made for arrays of people's numbers."""
    names = tuple(f"{person:03d}/{photo}" for person in range(people) for photo in range(photos))
    pairs = np.array(list(combinations(range(len(names)), 2)), np.int32)
    owners = pairs // photos
    same = owners[:, 0] == owners[:, 1]
    return Comparisons(
        names,
        genuine(owners[same, 0]).astype(np.float32),
        pairs[same],
        impostor(*owners[~same].T).astype(np.float32),
        pairs[~same],
    )


def random_people(seed: int, people: int = 12, photos: int = 3) -> Comparisons:
    draw = np.random.default_rng(seed)
    return compared_by(
        people,
        photos,
        lambda who: draw.normal(0.9, 0.3, len(who)).round(1),
        lambda one, other: draw.normal(1.3, 0.3, len(one)).round(1),
    )


def drawn_again(compared: Comparisons, times) -> tuple[list[float], list[float]]:
    """The distances when person i is there ``times[i]`` times, written out one by one."""
    _, person = compared.people()
    genuine = [
        d
        for d, (photo, _) in zip(compared.genuine, compared.genuine_photos, strict=True)
        for _ in range(int(times[person[photo]]))
    ]
    impostor = [
        d
        for d, (one, other) in zip(compared.impostor, compared.impostor_photos, strict=True)
        for _ in range(int(times[person[one]] * times[person[other]]))
    ]
    return genuine, impostor


def test_area_under_the_curve_is_that_of_the_people_who_were_drawn():
    compared = random_people(1)
    drawn = PersonBootstrap(compared, resamples=20)
    for area, times in zip(drawn.areas_under_curve(), drawn.weights, strict=True):
        expected = Distances.of(*drawn_again(compared, times)).area_under_curve()
        assert area == pytest.approx(expected)


def test_rates_are_those_of_the_people_who_were_drawn():
    compared = random_people(1)
    drawn = PersonBootstrap(compared, resamples=20)
    fmr, fnmr = drawn.fmr(THRESHOLD), drawn.fnmr(THRESHOLD)
    for row, times in enumerate(drawn.weights):
        genuine, impostor = drawn_again(compared, times)
        assert fmr[row] == pytest.approx(np.mean(np.array(impostor) <= THRESHOLD))
        assert fnmr[row] == pytest.approx(np.mean(np.array(genuine) > THRESHOLD))


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_each_resample_has_the_largest_threshold_of_its_own(rate):
    compared = random_people(2)
    drawn = PersonBootstrap(compared, resamples=20)
    for threshold, times in zip(drawn.thresholds_at_fmr(rate), drawn.weights, strict=True):
        impostor = np.array(drawn_again(compared, times)[1], np.float32)
        assert np.mean(impostor <= np.float32(threshold)) <= rate
        assert np.mean(impostor <= np.nextafter(np.float32(threshold), np.float32(9))) > rate


def test_many_people_are_counted_in_blocks(monkeypatch):
    compared = random_people(3)
    whole = PersonBootstrap(compared, resamples=5).fmr(THRESHOLD)
    monkeypatch.setattr(bootstrap, "_BLOCK", 5)
    assert PersonBootstrap(compared, resamples=5).fmr(THRESHOLD) == pytest.approx(whole)


def test_a_share_of_pairs_keeps_the_order_of_the_comparisons():
    compared = random_people(4)
    drawn = PersonBootstrap(compared, resamples=10)
    nobody = np.zeros(len(compared.impostor), bool)
    accepted = drawn.share(compared.genuine <= THRESHOLD, nobody)
    everything = drawn.share(compared.genuine >= 0, compared.impostor >= 0)
    assert everything == pytest.approx(1)
    genuine = drawn.share(compared.genuine >= 0, nobody)
    assert accepted / genuine == pytest.approx(1 - drawn.fnmr(THRESHOLD))


def test_two_sets_of_the_same_people_are_drawn_alike():
    one, other = (PersonBootstrap(random_people(seed), resamples=5) for seed in (5, 6))
    assert (one.weights == other.weights).all()


def test_a_missed_face_is_never_accepted():
    missed = compared_by(
        3, 2, lambda who: np.full(len(who), np.inf), lambda a, b: np.full(len(a), 1.0)
    )
    drawn = PersonBootstrap(missed, resamples=10)
    assert np.nanmax(np.abs(drawn.fnmr(5) - 1)) == 0


def test_without_an_error_the_rule_of_three_bounds_a_rate_and_a_share():
    assert bootstrap.rate_estimate(0, np.zeros(10), 300).high == 0.01
    assert bootstrap.rate_estimate(1, np.ones(10), 300).low == 0.99
    assert bootstrap.rate_estimate(0.1, np.array([0.05, 0.2]), 300).high < 0.21
    assert share(0, 300) == Estimate(0, 0, 0.01)


def test_an_interval_over_people_holds_the_truth_where_one_over_pairs_does_not():
    """People differ: some are always far from themselves. Truth: P(N(0,1) + N(0,1) > 1)."""
    truth, people, photos, rounds = 0.2398, 40, 6, 100
    by_people = by_pairs = 0
    for seed in range(rounds):
        draw = np.random.default_rng(seed)
        own = draw.normal(0, 1, people)
        compared = compared_by(
            people,
            photos,
            lambda who, own=own, draw=draw: own[who] + draw.normal(0, 1, len(who)),
            lambda one, other: np.full(len(one), 9.0),
        )
        rate = compared.distances().fnmr(THRESHOLD)
        found = bootstrap.estimate(rate, PersonBootstrap(compared, 200).fnmr(THRESHOLD))
        by_people += found.low <= truth <= found.high
        plain = intervals.share(round(rate * len(compared.genuine)), len(compared.genuine))
        by_pairs += plain.low <= truth <= plain.high
    assert by_people / rounds > 0.88
    assert by_pairs / rounds < 0.7


def test_an_interval_of_strangers_draws_both_sides():
    """Distances have a share of each of two people. Truth: P(N(0, 3) <= 1)."""
    truth, people, rounds = 0.7181, 40, 100
    held = 0
    for seed in range(rounds):
        draw = np.random.default_rng(seed)
        own = draw.normal(0, 1, people)
        compared = compared_by(
            people,
            1,
            lambda who: np.zeros(len(who)),
            lambda one, other, own=own, draw=draw: (
                own[one] + own[other] + draw.normal(0, 1, len(one))
            ),
        )
        rate = float(np.mean(compared.impostor <= THRESHOLD))
        found = bootstrap.estimate(rate, PersonBootstrap(compared, 200).fmr(THRESHOLD))
        held += found.low <= truth <= found.high
    assert held / rounds > 0.88


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
