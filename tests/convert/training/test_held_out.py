from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from facedoor_convert.training import held_out

LABELS = np.repeat(np.arange(12), 6)


def clouds(spread: float, seed: int = 1) -> NDArray[np.float32]:
    """Unit vectors: one point for each person, and images about it."""
    random = np.random.default_rng(seed)
    points = random.standard_normal((12, 8))[LABELS]
    points = points + spread * random.standard_normal((len(LABELS), 8))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def compared(before: NDArray[np.float32], after: NDArray[np.float32]) -> held_out.HeldOutComparison:
    pairs = (held_out.all_pairs(embeddings, LABELS) for embeddings in (before, after))
    return held_out.compare(*pairs, seed=0)


def direct_auc(embeddings: NDArray[np.float32]) -> float:
    distances = np.linalg.norm(embeddings[:, np.newaxis] - embeddings, axis=2)
    above = np.triu(np.ones_like(distances, dtype=bool), 1)
    same = LABELS[:, np.newaxis] == LABELS
    genuine, impostor = distances[same & above], distances[~same & above]
    return float((genuine[:, np.newaxis] < impostor).mean())


def test_auc_is_the_chance_that_one_person_is_nearer_than_a_stranger() -> None:
    comparison = compared(clouds(0.8), clouds(0.5))
    assert comparison.before.auc == pytest.approx(direct_auc(clouds(0.8)), abs=1e-5)
    assert comparison.after.auc == pytest.approx(direct_auc(clouds(0.5)), abs=1e-5)


def test_all_pairs_are_counted_once() -> None:
    comparison = compared(clouds(0.8), clouds(0.8))
    assert comparison.people == 12
    assert comparison.genuine_pairs == 12 * 15
    assert comparison.impostor_pairs == 72 * 71 // 2 - 12 * 15


def test_verdict_is_not_moved_by_chance() -> None:
    verdicts = {(1.0, 0.4): "better", (0.4, 1.0): "worse", (0.7, 0.7): "no clear difference"}
    for (before, after), verdict in verdicts.items():
        assert compared(clouds(before), clouds(after)).verdict == verdict
    comparison = compared(clouds(1.0, seed=1), clouds(1.0, seed=2))
    assert comparison.verdict == "no clear difference"


def test_too_few_people_tell_nothing() -> None:
    four = LABELS < 4
    pairs = (held_out.all_pairs(clouds(spread)[four], LABELS[four]) for spread in (0.4, 1.0))
    comparison = held_out.compare(*pairs, seed=0)
    assert comparison.after.auc < comparison.before.auc
    assert comparison.verdict == "too few people to tell"
    assert comparison.auc_change is comparison.tar_change is None


def test_perfect_figures_of_two_that_do_not_overlap() -> None:
    comparison = compared(clouds(0.01), clouds(0.01))
    assert comparison.after == held_out.Figures(auc=1.0, eer=0.0, tar=1.0)
