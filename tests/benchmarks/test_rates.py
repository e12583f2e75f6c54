import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.rates import Pairs, accuracies, all_against_all, pooled

distance = st.floats(0, 2, width=32)
found = arrays.arrays(np.float32, st.integers(1, 60), elements=distance)
found_or_missed = arrays.arrays(np.float32, st.integers(1, 60), elements=distance | st.just(np.inf))


def of(genuine: list[float], impostor: list[float]) -> Pairs:
    return Pairs(np.array(genuine, np.float32), np.array(impostor, np.float32))


def test_a_distance_at_the_threshold_is_accepted():
    few = of([0.5, 0.7], [0.7, 1.2])
    assert few.fnmr(0.7) == 0
    assert few.fmr(0.7) == 0.5


def test_a_missed_face_fails_its_genuine_pair_and_not_its_impostor_pair():
    missed = of([np.inf], [np.inf])
    assert missed.fnmr(2) == 1
    assert missed.fmr(2) == 0
    assert missed.accuracy(2) == 0.5


@given(st.builds(Pairs, found_or_missed, found_or_missed), distance, distance)
def test_a_larger_threshold_accepts_no_fewer(some, one, other):
    low, high = sorted((one, other))
    assert some.fmr(low) <= some.fmr(high)
    assert some.fnmr(low) >= some.fnmr(high)


@given(st.builds(Pairs, found, found), st.floats(0, 0.99))
def test_the_threshold_at_a_rate_is_the_largest_that_keeps_it(some, rate):
    threshold = some.threshold_at_fmr(rate)
    assert some.fmr(threshold) <= rate
    assert some.fmr(np.nextafter(np.float32(threshold), np.float32(3))) > rate


@given(st.builds(Pairs, found, found_or_missed))
def test_no_distance_tells_more_pairs_rightly_than_the_best_threshold(some):
    best = some.accuracy(some.best_threshold())
    assert all(some.accuracy(threshold) <= best for threshold in some.curve().threshold)


def test_equal_error_rate_of_separate_kinds_is_zero():
    assert of([0.3, 0.5], [1.1, 1.4]).curve().equal_error_rate() == 0


def test_equal_error_rate_of_kinds_that_look_the_same_is_half():
    same = list(np.linspace(0.1, 1.9, 100))
    assert of(same, same).curve().equal_error_rate() == pytest.approx(0.5, abs=0.01)


def test_a_fold_has_no_say_in_its_own_threshold():
    ordinary = of([0.5], [1.0])
    odd = of([1.5], [1.6])
    assert accuracies([ordinary, ordinary, odd])[2] == 0.5


def test_pooling_keeps_every_pair():
    assert len(pooled([of([0.5], [1.0]), of([0.6, 0.7], [1.1])])) == 5


def test_all_against_all_compares_every_two_once():
    vectors = np.random.default_rng(1).standard_normal((1100, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, columns = np.triu_indices(len(vectors), 1)
    one_by_one = np.linalg.norm(vectors[rows] - vectors[columns], axis=1)
    assert np.allclose(np.sort(all_against_all(vectors)), np.sort(one_by_one), atol=1e-3)
