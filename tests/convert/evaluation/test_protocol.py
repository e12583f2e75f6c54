import numpy as np
import pytest

from facedoor_convert.evaluation.comparisons import Comparisons
from facedoor_convert.evaluation.performance import cross_validate


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
