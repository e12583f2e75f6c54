"""MiniFASNet as we write it, against a plain evaluation of what its files say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from facedoor.vision.interpreter import Network
from facedoor_convert.errors import WeightsError
from facedoor_convert.networks import minifasnet
from facedoor_convert.networks.assembly import assemble_liveness
from facedoor_convert.networks.graph import Graph
from facedoor_convert.readers.torch_fasnet import TorchFasnet
from facedoor_convert.tflite import quantise, writer
from facedoor_convert.tflite.forms import FORMS
from fasnet_files import fasnet_arrays, torch_file
from workbench import network_of

Array = NDArray[np.float64]
SIDE_PX = 32
PICTURE = np.random.default_rng(3).integers(0, 256, (SIDE_PX, SIDE_PX, 3)).astype(np.float32)


def convolved(x: Array, kernel: Array, stride: int, padding: int, groups: int) -> Array:
    """(channels, height, width), with zeros around, as PyTorch's documentation says."""
    x = np.pad(x, [(0, 0), (padding, padding), (padding, padding)])
    rows = sliding_window_view(x, kernel.shape[2:], (1, 2))[:, ::stride, ::stride]
    if groups == 1:
        return np.einsum("chwyx,ocyx->ohw", rows, kernel)
    return np.einsum("chwyx,cyx->chw", rows, kernel[:, 0])


class Evaluation:
    """What PyTorch does with the arrays of a MiniFASNet, in float64."""

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self.arrays = {name: np.asarray(array, np.float64) for name, array in arrays.items()}

    def norm(self, name: str, x: Array) -> Array:
        gamma, beta, mean, variance = (
            self.arrays[f"{name}.{role}"].reshape(-1, *(1,) * (x.ndim - 1))
            for role in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta

    def conv(self, name: str, x: Array, stride: int = 1, padding: int = 0) -> Array:
        kernel = self.arrays[f"{name}.conv.weight"]
        x = convolved(x, kernel, stride, padding, 1 if kernel.shape[1] == len(x) else len(x))
        x = self.norm(f"{name}.bn", x)
        if (slope := self.arrays.get(f"{name}.prelu.weight")) is None:
            return x
        return np.where(x > 0, x, x * slope[:, np.newaxis, np.newaxis])

    def block(self, name: str, x: Array, stride: int = 1) -> Array:
        x = self.conv(f"{name}.conv", x)
        x = self.conv(f"{name}.conv_dw", x, stride, 1)
        return self.conv(f"{name}.project", x)

    def run(self, picture: Array) -> Array:
        x = self.conv("conv1", picture.transpose(2, 0, 1), 2, 1)
        x = self.conv("conv2_dw", x, 1, 1)
        for name, stage, blocks in (
            ("conv_23", "conv_3", 4),
            ("conv_34", "conv_4", 6),
            ("conv_45", "conv_5", 2),
        ):
            x = self.block(name, x, 2)
            for number in range(blocks):
                x = x + self.block(f"{stage}.model.{number}", x)
        row = self.conv("conv_6_dw", self.conv("conv_6_sep", x)).ravel()
        row = self.norm("bn", self.arrays["linear.weight"] @ row)
        logits = self.arrays["prob.weight"] @ row
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum())


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    path = tmp_path_factory.mktemp("torch") / "fasnet.pth"
    path.write_bytes(torch_file(fasnet_arrays(SIDE_PX, wrapped=True)))
    return assemble_liveness(path)


@pytest.fixture(scope="module")
def network(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network_of(writer.write(graph), tmp_path_factory.mktemp("fasnet"))


def test_the_float_network_gives_what_the_arrays_say(network: Network) -> None:
    expected = Evaluation(fasnet_arrays(SIDE_PX)).run(PICTURE)
    (found,) = network.run(PICTURE[np.newaxis])
    assert found.shape == (1, minifasnet.CLASSES)
    assert np.abs(found[0] - expected).max() < 1e-5
    assert 0.01 < expected.max() < 0.99  # numbers that would show a difference


def test_float_and_half_run_in_one_piece(graph: Graph, network: Network, tmp_path: Path) -> None:
    half = quantise.to_form(writer.write(graph), graph, FORMS["float16"], None)
    halved = network_of(half, tmp_path)
    assert network.delegation().is_full
    assert halved.delegation().is_full
    (found,), (exact,) = halved.run(PICTURE[np.newaxis]), network.run(PICTURE[np.newaxis])
    assert np.abs(found - exact).max() < 0.01


def test_another_array_is_named() -> None:
    whole = fasnet_arrays(SIDE_PX)
    wide = np.zeros((32, 4, 3, 3), np.float32)
    negative = -whole["bn.running_var"]
    for changed, said in (
        (
            {k: x for k, x in whole.items() if k != "conv_3.model.2.project.bn.bias"},
            "lacks array c",
        ),
        (whole | {"conv1.conv.weight": wide}, r"conv1.conv.weight is of float32 \(32, 4, 3, 3\)"),
        (whole | {"prob.weight": whole["prob.weight"].astype(np.int64)}, "prob.weight is of int64"),
        (whole | {"prob.bias": np.zeros(3, np.float32)}, "has array prob.bias"),
        (whole | {"bn.running_var": negative}, "bn.running_var holds a negative"),
        ({"module.a": wide, "a": wide}, "with and without module"),
        ({"a": wide}, "no kernel conv_6_dw"),
    ):
        with pytest.raises(WeightsError, match=said):
            minifasnet.assemble(TorchFasnet(changed))


def test_a_file_of_another_kind_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"comes as \.onnx or \.pth"):
        assemble_liveness(tmp_path / "network.h5")
