"""dlib's network as we write it, against a plain evaluation of its layers and against dlib."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks.counting import count
from facedoor.frames import Image
from facedoor.vision.embedder import Embedder
from facedoor_convert.errors import WeightsError
from facedoor_convert.networks import resnet29
from facedoor_convert.networks.graph import Graph
from facedoor_convert.readers import dlib_dat
from facedoor_convert.readers.dlib_dat import DlibLayer, DlibNetwork
from facedoor_convert.tflite import writer
from workbench import LIGHT_RECIPE, genuine_weights, network_of

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def dat_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return genuine_weights(LIGHT_RECIPE, tmp_path_factory.mktemp("dlib"))


@pytest.fixture(scope="module")
def network(dat_path: Path) -> DlibNetwork:
    return dlib_dat.read(dat_path)


@pytest.fixture(scope="module")
def graph(network: DlibNetwork) -> Graph:
    return resnet29.assemble(network)


@pytest.fixture(scope="module")
def embedder(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    model = network_of(writer.write(graph), tmp_path_factory.mktemp("light"))
    return Embedder(model, graph.normalisation)


@pytest.fixture(scope="module")
def crop() -> Image:
    return np.random.default_rng(3).integers(0, 256, (150, 150, 3), np.uint8)


def test_it_has_a_fifth_of_facenets_multiplications(graph: Graph, tmp_path: Path) -> None:
    written = tmp_path / "float.tflite"
    written.write_bytes(writer.write(graph))
    assert round(count(written).macs / 1e6) == 271


def slide(x: Array, layer: DlibLayer) -> Array:
    """All windows of an (h, w, c) image: (h', w', c, height, width)."""
    size = layer.settings["height"], layer.settings["width"]
    padding, stride = layer.settings["padding_y"], layer.settings["stride_y"]
    x = np.pad(x, [(padding, padding), (padding, padding), (0, 0)])
    return sliding_window_view(x, size, (0, 1))[::stride, ::stride]


def filled_sum(one: Array, other: Array) -> Array:
    out = np.zeros(np.maximum(one.shape, other.shape))
    for part in (one, other):
        out[tuple(slice(0, size) for size in part.shape)] += part
    return out


def run_dlib(network: DlibNetwork, crop: Image) -> Array:
    """What dlib's documentation says that these layers do; a sum takes in the last sum's input."""
    x: Array = (crop - np.array(network.mean_rgb)) / 256
    short_cut, branch = x, x
    for number, layer in enumerate(network.layers):
        match layer.kind:
            case "con":
                rows = np.einsum("hwcyx,yxco->hwo", slide(x, layer), layer.arrays["kernel"])
                x = rows + layer.arrays["bias"]
            case "affine":
                x = x * layer.arrays["gamma"] + layer.arrays["beta"]
            case "max_pool":
                short_cut = x = slide(x, layer).max(axis=(3, 4))
            case "avg_pool" if layer.settings["height"]:
                branch, short_cut = x, slide(short_cut, layer).mean(axis=(3, 4))
            case "avg_pool":
                x = x.mean(axis=(0, 1))
            case "add_prev":
                pooled = network.layers[number - 1].kind == "avg_pool"
                x = filled_sum(short_cut, branch if pooled else x)
                short_cut = np.maximum(x, 0)
            case "relu":
                x = np.maximum(x, 0)
            case "fc":
                x = x @ layer.arrays["kernel"]
    return x


def test_the_float_network_gives_what_the_layers_say(
    network: DlibNetwork, embedder: Embedder, crop: Image
) -> None:
    expected = run_dlib(network, crop)
    assert np.abs(embedder.embed(crop) - expected / np.linalg.norm(expected)).max() < 1e-6


def test_float_network_says_what_dlib_says(dat_path: Path, embedder: Embedder, crop: Image) -> None:
    dlib = pytest.importorskip("dlib", reason="dlib is not installed (pip install dlib-bin)")
    model = dlib.face_recognition_model_v1(str(dat_path))
    expected = np.array(model.compute_face_descriptor(crop))
    assert np.abs(embedder.embed(crop) - expected / np.linalg.norm(expected)).max() < 1e-6


def test_smaller_branches_are_filled_up(graph: Graph) -> None:
    shapes = graph.shapes()
    assert shapes["stage4_block1_b"] == (3, 3, 256)
    assert shapes["stage4_block1"] == (4, 4, 256)
    assert shapes["stage5_block1"] == (2, 2, 256)
    assert shapes["embedding"] == (resnet29.EMBEDDING_SIZE,)


def test_one_change_is_named(network: DlibNetwork) -> None:
    first, last, layers = network.layers[0], network.layers[-1], network.layers
    strided = replace(first, settings={**first.settings, "stride_x": 1})
    small = replace(last, arrays={"kernel": np.zeros((256, 64), np.float32)})
    for changed, named in (
        ((*layers[:5], *layers[6:]), "layer 6 of the dlib file is relu, not affine"),
        ((strided, *layers[1:]), r"layer 1 .* has stride_x 1, not 2"),
        ((*layers[:-1], small), r"kernel of layer 108 .* \(256, 64\), not \(256, 128\)"),
        ((*layers, layers[2]), "has relu as layer 109"),
    ):
        with pytest.raises(WeightsError, match=named):
            resnet29.assemble(replace(network, layers=changed))


def test_another_short_cut_is_named(network: DlibNetwork) -> None:
    for number, tags in ((1, 1), (4, 0), (11, 2), (30, 1), (31, 1), (108, 1)):
        layers = list(network.layers)
        layers[number - 1] = replace(layers[number - 1], tags=tags)
        with pytest.raises(WeightsError, match=f"layer {number} of .* has {tags} tags, not"):
            resnet29.assemble(replace(network, layers=tuple(layers)))
