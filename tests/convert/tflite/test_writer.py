from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.networks import graph as g
from facedoor_convert.tflite import writer
from workbench import network_of

IMAGE = np.random.default_rng(1).normal(size=(1, 5, 5, 2)).astype(np.float32)
KERNEL = np.random.default_rng(2).normal(size=(3, 3, 2, 4)).astype(np.float32)
BIAS = np.array([0.5, -0.5, 100.0, -100.0], np.float32)


def run(tmp_path: Path, *layers: g.Layer) -> np.ndarray:
    """The output of a network of these ``layers`` for ``IMAGE``."""
    return network_of(writer.write(g.Graph("x", (5, 5, 2), layers)), tmp_path).run(IMAGE)[0]


def convolved(row: int, column: int) -> np.ndarray:
    """The convolution without padding at one place, as its definition says."""
    window = IMAGE[0, row : row + 3, column : column + 3]
    return np.einsum("hwi,hwio->o", window, KERNEL) + BIAS


@pytest.mark.parametrize(("same", "size"), [(True, 3), (False, 2)])
def test_a_convolution_strides_and_pads(tmp_path: Path, same: bool, size: int) -> None:
    out = run(tmp_path, g.Conv("y", "x", KERNEL, BIAS, stride=2, same=same, relu=False))
    assert out.shape == (1, size, size, 4)
    # With padding the windows start one pixel before the image, so the second is the image's own.
    inside = out[0, 1, 1]
    assert np.allclose(inside, convolved(1, 1) if same else convolved(2, 2), atol=1e-4)


def test_a_relu_cuts_what_is_negative(tmp_path: Path) -> None:
    out = run(tmp_path, g.Conv("y", "x", KERNEL, BIAS, stride=1, same=False, relu=True))
    assert np.allclose(out[0, 0, 0], np.maximum(convolved(0, 0), 0), atol=1e-4)
    assert (out[..., 3] == 0).all()


def test_a_pool_takes_the_largest(tmp_path: Path) -> None:
    out = run(tmp_path, g.MaxPool("y", "x", size=3, stride=2))
    assert out[0, 1, 0].tolist() == IMAGE[0, 2:5, 0:3].max(axis=(0, 1)).tolist()


def test_an_average_pool_takes_means_side_by_side(tmp_path: Path) -> None:
    out = run(tmp_path, g.AveragePool("y", "x", size=2))
    assert out.shape == (1, 2, 2, 2)
    assert np.allclose(out[0, 1, 0], IMAGE[0, 2:4, 0:2].mean(axis=(0, 1)), atol=1e-6)


def test_padding_adds_zeros_at_the_ends(tmp_path: Path) -> None:
    out = run(tmp_path, g.Pad("y", "x", (6, 5, 4)))
    assert (out[0, :5, :, :2] == IMAGE[0]).all()
    assert not out[0, 5].any()
    assert not out[..., 2:].any()


def test_padding_adds_rows_and_columns_at_the_start(tmp_path: Path) -> None:
    out = run(tmp_path, g.Pad("y", "x", (7, 7, 2), before=1))
    assert (out[0, 1:6, 1:6] == IMAGE[0]).all()
    assert np.count_nonzero(out) == np.count_nonzero(IMAGE)


@pytest.mark.parametrize(("same", "size"), [(True, 3), (False, 2)])
def test_a_depthwise_convolution_keeps_channels_apart(
    tmp_path: Path, same: bool, size: int
) -> None:
    kernel = KERNEL[..., 0]
    out = run(tmp_path, g.Depthwise("y", "x", kernel, BIAS[:2], stride=2, same=same))
    assert out.shape == (1, size, size, 2)
    start = 1 if same else 2
    window = IMAGE[0, start : start + 3, start : start + 3]
    assert np.allclose(out[0, 1, 1], (window * kernel).sum(axis=(0, 1)) + BIAS[:2], atol=1e-5)


def test_a_prelu_weakens_what_is_negative_channel_by_channel(tmp_path: Path) -> None:
    slope = np.array([0.1, 3], np.float32)
    out = run(tmp_path, g.PRelu("y", "x", slope))
    assert np.allclose(out, np.where(IMAGE > 0, IMAGE, IMAGE * slope))


def test_channels_are_weighed_by_what_their_means_say(tmp_path: Path) -> None:
    kernel, bias = np.eye(2, dtype=np.float32), np.zeros(2, np.float32)
    out = run(
        tmp_path,
        g.GlobalAverage("mean", "x"),
        g.Dense("kept", "mean", kernel, bias, relu=True),
        g.Sigmoid("weight", "kept"),
        g.Weigh("y", ("x", "weight")),
    )
    weights = 1 / (1 + np.exp(-np.maximum(IMAGE[0].mean(axis=(0, 1)), 0)))
    assert np.allclose(out, IMAGE * weights, atol=1e-5)


def test_logits_become_probabilities(tmp_path: Path) -> None:
    out = run(tmp_path, g.GlobalAverage("mean", "x"), g.Softmax("y", "mean"))
    powers = np.exp(IMAGE[0].mean(axis=(0, 1)))
    assert np.allclose(out[0], powers / powers.sum(), atol=1e-6)


def test_a_first_convolution_takes_the_pixels_as_they_are() -> None:
    levels = np.random.default_rng(3).integers(0, 256, (3, 3, 2)).astype(np.float64)
    mean = np.array([100.0, 120.0])
    kernel, bias = g.with_pixels(KERNEL, BIAS, mean.tolist(), 256.0)
    expected = np.einsum("hwi,hwio->o", (levels - mean) / 256, KERNEL) + BIAS
    assert np.allclose(np.einsum("hwi,hwio->o", levels / 255, kernel) + bias, expected, atol=1e-4)


def test_tensors_are_joined_and_added(tmp_path: Path) -> None:
    out = run(tmp_path, g.Concat("y", ("x", "x")))
    assert (out == np.concatenate([IMAGE, IMAGE], axis=3)).all()
    out = run(tmp_path, g.Add("y", ("x", "x"), relu=True))
    assert (out == np.maximum(IMAGE + IMAGE, 0)).all()


def test_an_average_goes_into_a_matrix_product(tmp_path: Path) -> None:
    kernel = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    bias = np.array([1, 0, -1], np.float32)
    out = run(tmp_path, g.GlobalAverage("mean", "x"), g.Dense("y", "mean", kernel, bias))
    assert np.allclose(out[0], IMAGE[0].mean(axis=(0, 1)) @ kernel + bias, atol=1e-5)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_shapes_are_those_that_the_interpreter_finds(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, stride: int, same: bool
) -> None:
    kernel = np.zeros((height, width, 2, 4), np.float32)
    layer = g.Conv("y", "x", kernel, BIAS, stride, same, relu=False)
    out = run(tmp_path_factory.mktemp("shapes"), layer)
    assert out.shape[1:] == g.Graph("x", (5, 5, 2), (layer,)).shapes()["y"]


def test_the_same_graph_gives_the_same_bytes() -> None:
    graph = g.Graph("x", (5, 5, 2), (g.Conv("y", "x", KERNEL, BIAS, 1, same=True, relu=True),))
    assert writer.write(graph) == writer.write(graph)
