import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from facedoor_convert.evaluation.comparisons import Comparisons
from facedoor_convert.evaluation.error_rates import Distances, pooled
from facedoor_convert.evaluation.performance import cross_validate

# Few different values, so that many pairs are equally far apart.
distance = st.floats(0, 2, width=32) | st.sampled_from([0.25, 0.5, 0.75, 1.0, 1.25])
found = arrays.arrays(np.float32, st.integers(1, 40), elements=distance)
found_or_missed = arrays.arrays(np.float32, st.integers(1, 40), elements=distance | st.just(np.inf))
some_found = st.builds(Distances.of, found, found)
some_missed = st.builds(Distances.of, found_or_missed, found_or_missed)


def test_a_distance_at_the_threshold_is_accepted():
    few = Distances.of([0.7, 0.5], [1.2, 0.7])
    assert few.fnmr(0.7) == 0
    assert few.fmr(0.7) == 0.5


def test_a_missed_face_fails_its_genuine_pair_and_not_its_impostor_pair():
    missed = Distances.of([np.inf], [np.inf])
    assert (missed.fnmr(2), missed.fmr(2), missed.accuracy(2)) == (1, 0, 0.5)
    assert (missed.fnmr(np.inf), missed.fmr(np.inf)) == (1, 0)


@pytest.mark.parametrize("genuine", [[], [np.nan], [0.5, np.nan]])
def test_rates_of_nothing_and_of_nan_are_refused(genuine):
    with pytest.raises(ValueError, match="error rates need numbers"):
        Distances.of(genuine, [1.0])


@given(some_missed, distance, distance)
def test_a_larger_threshold_accepts_no_fewer(some, one, other):
    low, high = sorted((one, other))
    assert some.fmr(low) <= some.fmr(high)
    assert some.fnmr(low) >= some.fnmr(high)


@given(some_found, st.floats(0, 0.99))
def test_the_threshold_at_a_rate_is_the_largest_that_keeps_it(some, rate):
    threshold = some.threshold_at_fmr(rate)
    assert some.fmr(threshold) <= rate * (1 + 1e-9)
    assert some.fmr(np.nextafter(np.float32(threshold), np.float32(3))) > rate


def test_a_rate_is_not_lost_to_rounding():
    hundred = Distances.of([0.5], np.linspace(1, 2, 100))
    assert hundred.fmr(hundred.threshold_at_fmr(0.29)) == 0.29


@given(st.builds(Distances.of, found, found_or_missed))
def test_no_distance_tells_more_pairs_rightly_than_the_best_threshold(some):
    best = some.accuracy(some.best_threshold())
    every = np.concatenate([some.genuine, some.impostor])
    assert all(some.accuracy(float(threshold)) <= best for threshold in every)


@given(some_missed)
def test_area_under_curve_is_the_share_of_couples_in_the_right_order(some):
    couples = [
        float(genuine < impostor) + float(genuine == impostor) / 2
        for genuine in some.genuine
        for impostor in some.impostor
    ]
    assert some.area_under_curve() == pytest.approx(np.mean(couples))


@given(some_missed)
def test_equal_error_rate_is_where_the_rates_are_nearest(some):
    every = [-np.inf, *some.genuine, *some.impostor]
    rates = [
        (
            np.mean((some.impostor <= t) & np.isfinite(some.impostor)),
            np.mean((some.genuine > t) | np.isinf(some.genuine)),
        )
        for t in every
    ]
    nearest = min(abs(fmr - fnmr) for fmr, fnmr in rates)
    best = [(fmr + fnmr) / 2 for fmr, fnmr in rates if abs(fmr - fnmr) <= nearest + 1e-12]
    assert min(abs(some.equal_error_rate() - rate) for rate in best) < 1e-12


def test_equal_error_rate_is_zero_of_separate_kinds_and_half_of_like_ones():
    assert Distances.of([0.3, 0.5], [1.1, 1.4]).equal_error_rate() == 0
    same = np.linspace(0.1, 1.9, 100)
    assert Distances.of(same, same).equal_error_rate() == pytest.approx(0.5, abs=0.01)


@given(some_found)
def test_a_curve_has_the_rates_of_its_thresholds(some):
    curve = some.curve()
    assert curve.fmr == pytest.approx([some.fmr(float(t)) for t in curve.threshold])
    assert curve.fnmr == pytest.approx([some.fnmr(float(t)) for t in curve.threshold])
    assert curve.fmr[-1] == 1


def test_pooling_keeps_every_pair():
    whole = pooled([Distances.of([0.5], [1.0]), Distances.of([0.6, 0.4], [1.1])])
    assert whole.genuine == pytest.approx([0.4, 0.5, 0.6])
    assert len(whole) == 5


def fold(genuine: float, impostor: float) -> Comparisons:
    places = np.zeros((1, 2), np.int32)
    return Comparisons(
        ("A/1",),
        np.array([genuine], np.float32),
        places,
        np.array([impostor], np.float32),
        places,
    )


def test_a_fold_has_no_say_in_its_own_threshold():
    validated = cross_validate([fold(0.5, 1.0), fold(0.5, 1.0), fold(1.5, 1.6)])
    assert [each.accuracy for each in validated.folds] == [1, 1, 0.5]
    assert validated.folds[2].threshold == pytest.approx(0.5)
    assert validated.genuine.tolist() == [True, True, False]
    assert validated.impostor.tolist() == [True, True, True]


def test_accuracy_is_the_mean_and_its_deviation_that_of_the_folds():
    validated = cross_validate([fold(0.5, 1.0), fold(0.5, 1.0), fold(1.5, 1.6)])
    assert validated.accuracy == pytest.approx(5 / 6)
    assert validated.accuracy_sd == pytest.approx(np.std([1, 1, 0.5], ddof=1))


def test_a_missed_face_is_refused():
    validated = cross_validate([fold(0.5, 1.0), fold(0.5, 1.0), fold(np.inf, np.inf)])
    assert validated.genuine.tolist() == [True, True, False]
    assert validated.impostor.tolist() == [True, True, True]
