"""The training loop, on a network of one layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor_convert.errors import ConvertError
from facedoor_convert.networks.graph import Dense, Graph

fitting = pytest.importorskip(
    "facedoor_convert.training.fitting", reason="needs facedoor[train]", exc_type=ImportError
)
losses = pytest.importorskip("facedoor_convert.training.losses")
keras_twin = pytest.importorskip("facedoor_convert.training.keras_twin")

COURSE = fitting.Course(steps=70, learning_rate=0.05, weight_decay=0.0)


def batch(step: int) -> tuple[np.ndarray, np.ndarray]:
    """Two people, told apart by their first number, in a lot of noise."""
    labels = np.repeat([0, 1], 4)
    points = np.random.default_rng(step).standard_normal((8, 4)).astype(np.float32)
    points[:, 0] += 4 * labels - 2
    return points, labels[:, np.newaxis]


def untrained() -> Graph:
    kernel = np.eye(4, dtype=np.float32)[:, 1:]  # it sees everything but what matters
    return Graph("in", (4,), (Dense("out", "in", kernel, np.zeros(3, np.float32)),))


def trained(path: Path, batch=batch, purpose: str = "a test") -> tuple[list[float], np.ndarray]:
    model = keras_twin.to_keras(untrained(), normalise=False)
    checkpoint = fitting.Checkpoint(path, purpose)
    curve = fitting.fit(model, losses.semi_hard, batch, COURSE, checkpoint, lambda _: None)
    return curve, keras_twin.to_graph(model, untrained()).layers[0].kernel


def test_loss_falls(tmp_path: Path) -> None:
    curve, _ = trained(tmp_path / "checkpoint.npz")
    assert np.mean(curve[-10:]) < np.mean(curve[:10]) / 2


def test_an_interrupted_training_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    def interrupted(step: int) -> tuple[np.ndarray, np.ndarray]:
        if step == 60:
            raise KeyboardInterrupt
        return batch(step)

    whole_curve, whole = trained(tmp_path / "whole.npz")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "parts.npz", interrupted)
    curve, kernel = trained(tmp_path / "parts.npz")
    assert curve == pytest.approx(whole_curve, abs=1e-6)
    assert kernel == pytest.approx(whole, abs=1e-6)


def test_a_finished_training_is_not_done_twice(tmp_path: Path) -> None:
    def never(step: int) -> tuple[np.ndarray, np.ndarray]:
        raise AssertionError

    first = trained(tmp_path / "checkpoint.npz")
    assert trained(tmp_path / "checkpoint.npz", never)[0] == first[0]


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    trained(tmp_path / "checkpoint.npz")
    with pytest.raises(ConvertError, match="belongs to a training with other photos or options"):
        trained(tmp_path / "checkpoint.npz", purpose="something else")


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    trained(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ConvertError, match=r"checkpoint.npz is damaged .* delete it"):
        trained(path)


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    def broken(step: int) -> tuple[np.ndarray, np.ndarray]:
        points, labels = batch(step)
        return points * np.float32(np.nan), labels

    with pytest.raises(ConvertError, match="diverged at step 0"):
        trained(tmp_path / "checkpoint.npz", broken)
