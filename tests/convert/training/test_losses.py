"""The triplet losses against the paper's formula, written out with loops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

backend = pytest.importorskip(
    "facedoor_convert.training.backend", reason="needs facedoor[train]", exc_type=ImportError
)
losses = pytest.importorskip("facedoor_convert.training.losses")

Array = NDArray[np.float64]
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3])


def distance(embeddings: Array, one: int, other: int) -> float:
    a, b = (embeddings[i] / np.linalg.norm(embeddings[i]) for i in (one, other))
    return float(((a - b) ** 2).sum())


def triplet(to_positive: float, to_negative: float) -> float:
    return max(0.0, to_positive - to_negative + 0.2)


def negatives(embeddings: Array, anchor: int) -> list[float]:
    others = np.flatnonzero(LABELS[anchor] != LABELS)
    return [distance(embeddings, anchor, other) for other in others]


def positives(embeddings: Array, anchor: int) -> list[float]:
    others = [i for i in np.flatnonzero(LABELS[anchor] == LABELS) if i != anchor]
    return [distance(embeddings, anchor, other) for other in others]


def direct_semi_hard(embeddings: Array) -> float:
    found = []
    for anchor in range(len(LABELS)):
        strangers = negatives(embeddings, anchor)
        for near in positives(embeddings, anchor):
            farther = [far for far in strangers if far > near]
            found.append(triplet(near, min(farther) if farther else max(strangers)))
    return float(np.mean(found))


def direct_batch_hard(embeddings: Array) -> float:
    hardest = [
        triplet(max(same), min(negatives(embeddings, anchor)))
        for anchor in range(len(LABELS))
        if (same := positives(embeddings, anchor))
    ]
    return float(np.mean(hardest))


CASES = [("semi-hard", direct_semi_hard), ("batch-hard", direct_batch_hard)]
Direct = Callable[[Array], float]


def scattered(seed: int, spread: float) -> Array:
    """Embeddings of some length, in clouds about one point for each person."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((4, 6))
    return centres[LABELS] + spread * random.standard_normal((len(LABELS), 6))


@pytest.mark.parametrize("spread", [0.1, 0.5, 3.0])
@pytest.mark.parametrize(("mining", "direct"), CASES)
def test_loss_is_the_formula(mining: str, direct: Direct, spread: float) -> None:
    for seed in range(5):
        embeddings = scattered(seed, spread)
        value = losses.MINING[mining](LABELS[:, np.newaxis], embeddings.astype(np.float32))
        assert float(value) == pytest.approx(direct(embeddings), abs=1e-5)


@pytest.mark.parametrize(("mining", "direct"), CASES)
def test_gradient_is_that_of_the_formula(mining: str, direct: Direct) -> None:
    embeddings = scattered(seed=1, spread=1.0)
    expected = np.empty_like(embeddings)
    for place in np.ndindex(embeddings.shape):
        step = np.zeros_like(embeddings)
        step[place] = 1e-6
        expected[place] = (direct(embeddings + step) - direct(embeddings - step)) / 2e-6
    assert np.abs(expected).max() > 0.01
    assert gradient(losses.MINING[mining], embeddings) == pytest.approx(expected, abs=1e-4)


def gradient(loss: Callable[..., object], embeddings: Array) -> Array:
    """What one step of plain descent at rate 1 takes off: the same on every backend."""
    keras = backend.keras
    model = keras.Sequential(
        [keras.Input((len(embeddings),)), keras.layers.Dense(embeddings.shape[1], use_bias=False)]
    )
    model.set_weights([embeddings])
    model.compile(keras.optimizers.SGD(1.0), loss=loss)
    model.train_on_batch(np.eye(len(embeddings), dtype=np.float32), LABELS[:, np.newaxis])
    return embeddings - model.get_weights()[0]


def test_nobody_with_two_images_has_no_loss() -> None:
    for mine in losses.MINING.values():
        assert float(mine(np.arange(4), np.eye(4, dtype=np.float32))) == 0


def test_student_that_agrees_with_its_teacher_has_no_loss() -> None:
    said = np.eye(4, dtype=np.float32)
    assert float(losses.to_teacher(said, 3 * said)) == pytest.approx(0, abs=1e-6)
    assert float(losses.to_teacher(said, -said)) == pytest.approx(4)
