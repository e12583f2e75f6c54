"""MobileFaceNet as we write it, against the file that it comes from; whatever differs is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.counting import count
from facedoor.frames import Image
from facedoor.vision.embedder import Embedder
from facedoor_convert.errors import QualityError, WeightsError
from facedoor_convert.networks import mobilefacenet
from facedoor_convert.networks.graph import Dense, Graph, PRelu
from facedoor_convert.readers import tflite_graph
from facedoor_convert.readers.tflite_graph import TfliteGraph
from facedoor_convert.tflite import parity, quantise, writer
from facedoor_convert.tflite.forms import FORMS
from workbench import MOBILE_RECIPE, genuine_weights, network_of


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return genuine_weights(MOBILE_RECIPE, tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="module")
def file(shipped: Path) -> TfliteGraph:
    return tflite_graph.read(shipped)


@pytest.fixture(scope="module")
def graph(file: TfliteGraph) -> Graph:
    return mobilefacenet.assemble(file)


@pytest.fixture(scope="module")
def crops() -> list[Image]:
    random = np.random.default_rng(3)
    coarse = random.integers(0, 256, (6, 14, 14, 3), np.uint8)
    return [*coarse.repeat(8, axis=1).repeat(8, axis=2)]


def test_the_float_network_gives_what_the_shipped_file_gives(
    shipped: Path, graph: Graph, crops: list[Image], tmp_path: Path
) -> None:
    written = tmp_path / "float.tflite"
    written.write_bytes(writer.write(graph))
    assert parity.prove_written(shipped, written, crops, graph.normalisation) > 0.999999


def test_it_multiplies_less_than_the_shipped_file(
    shipped: Path, graph: Graph, tmp_path: Path
) -> None:
    written = tmp_path / "float.tflite"
    written.write_bytes(writer.write(graph))
    faces = 2  # which the shipped file takes at once
    assert round(count(shipped).macs / faces / 1e6) == 234
    assert round(count(written).macs / 1e6) == 221


def test_a_network_that_is_another_is_not_taken_for_the_shipped_file(
    shipped: Path, graph: Graph, crops: list[Image], tmp_path: Path
) -> None:
    *rest, last = graph.layers
    assert isinstance(last, Dense)
    kernel = last.kernel.copy()
    kernel[:, 0] = -kernel[:, 0]
    written = tmp_path / "float.tflite"
    written.write_bytes(writer.write(replace(graph, layers=(*rest, replace(last, kernel=kernel)))))
    with pytest.raises(QualityError, match=r"strays from MobileFaceNet.tflite, .*: the least cos"):
        parity.prove_written(shipped, written, crops, graph.normalisation)


def test_halved_it_runs_in_one_piece_one_face_at_a_time(
    graph: Graph, crops: list[Image], tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = writer.write(graph)
    half = quantise.to_form(model, graph, FORMS["float16"], None)
    whole, halved = (network_of(one, tmp_path_factory.mktemp("net")) for one in (model, half))
    exact = Embedder(whole, graph.normalisation)
    assert halved.input_shape == (1, 112, 112, 3)
    assert halved.delegation().is_full
    halves = Embedder(halved, graph.normalisation)
    for crop in crops:
        assert exact.embed(crop) @ halves.embed(crop) > 0.9999


def test_it_has_one_prelu_where_the_file_has_five_operators(
    file: TfliteGraph, graph: Graph
) -> None:
    slopes = [layer for layer in graph.layers if isinstance(layer, PRelu)]
    assert len(slopes) == sum(node.kind == "ABS" for node in file.nodes) == 33
    assert graph.shapes()["stage3_block1"] == (14, 14, 128)
    assert graph.shapes()["embedding"] == (mobilefacenet.EMBEDDING_SIZE,)
    # Two pairs of matrix products have become one each: 5 % of the work, a fifth of the bytes.
    assert {"stage1_narrow", "stage7_narrow"}.isdisjoint(graph.shapes())


def test_one_change_is_named(file: TfliteGraph) -> None:
    nodes = file.nodes
    first, last = nodes[0], nodes[-1]
    strided = replace(first, settings={**first.settings, "StrideW": 1})
    active = replace(first, settings={**first.settings, "FusedActivationFunction": 1})
    elsewhere = replace(nodes[1], sources=nodes[0].sources[:1])
    unshaped = replace(last, sources=last.sources[:1])
    for changed, named in (
        ((*nodes[:5], *nodes[6:]), "operator 6 of the TFLite file, DEPTHWISE_CONV_2D, is not ADD"),
        ((strided, *nodes[1:]), "operator 1 .* has StrideW 1, not 2"),
        ((active, *nodes[1:]), "operator 1 .* has FusedActivationFunction 1, not 0"),
        ((first, elsewhere, *nodes[2:]), r"operator 2 .*, RELU, reads \(\d+,\), not \(\d+,\)"),
        ((*nodes[:-1], unshaped), "operator 230 .* reads"),
        (nodes[:-1], "ends where a RESHAPE has to be"),
        ((), "ends where a CONV_2D has to be"),
        ((*nodes, nodes[1]), "operator 231 .*, RELU, comes after the last one"),
    ):
        with pytest.raises(WeightsError, match=named):
            mobilefacenet.assemble(replace(file, nodes=changed))
    with pytest.raises(WeightsError, match="another tensor than its last operator makes"):
        mobilefacenet.assemble(replace(file, output=first.output))
    with pytest.raises(WeightsError, match=r"takes \(1, 96, 96, 3\), not RGB pictures of 112"):
        mobilefacenet.assemble(replace(file, input_shape=(1, 96, 96, 3)))


def test_an_array_of_another_shape_is_named(file: TfliteGraph) -> None:
    kernel, slope = file.nodes[0].sources[1], file.nodes[4].sources[0]
    shape = file.nodes[-1].sources[1]
    for tensor, array, named in (
        (kernel, np.zeros((32, 3, 3, 3), np.float32), "operator 1 .* has a kernel of float32"),
        (kernel, np.zeros((64, 3, 3, 3), np.int32), "has a kernel of int32"),
        (slope, np.zeros(3, np.float32), "operator 5 .*, MUL, has a slope of"),
        (shape, np.array([2, 128], np.int32), "not rows of 192 numbers"),
    ):
        with pytest.raises(WeightsError, match=named):
            mobilefacenet.assemble(replace(file, arrays={**file.arrays, tensor: array}))
    arrays = {tensor: array for tensor, array in file.arrays.items() if tensor != kernel}
    with pytest.raises(WeightsError, match=r"operator 1 .* reads \(368, 1, None\), not"):
        mobilefacenet.assemble(replace(file, arrays=arrays))
