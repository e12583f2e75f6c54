"""The genuine frozen graph is FaceNet, and with any one thing changed it no longer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.errors import SourceError, WeightsError
from facedoor_convert.networks import inception_resnet_v1
from facedoor_convert.networks.graph import Graph
from facedoor_convert.readers import frozen_facenet, frozen_graph
from facedoor_convert.readers.frozen_facenet import array_name, layer_name
from facedoor_convert.readers.frozen_graph import Node
from workbench import RECIPE, genuine_weights

TOP = "InceptionResnetV1"
BLOCK_1, BLOCK_17 = f"{TOP}/Repeat/block35_1", f"{TOP}/Repeat_1/block17_4"
POOL, AVERAGE = f"{TOP}/MaxPool_3a_3x3/MaxPool", f"{TOP}/Logits/AvgPool_1a_8x8/AvgPool"
CONV_2B, CONV_3B, CONV_4B = (f"{TOP}/Conv2d_{n}/Conv2D" for n in ("2b_3x3", "3b_1x1", "4b_3x3"))
NORM = f"{TOP}/Bottleneck/BatchNorm/cond/FusedBatchNorm_1"

Nodes = dict[str, Node]
Edit = Callable[[Node], Node]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Nodes:
    target = tmp_path_factory.mktemp("frozen")
    try:
        path = genuine_weights(RECIPE.with_name("facenet512.toml"), target)
    except SourceError as error:
        pytest.skip(f"the frozen graph is neither in the cache nor to be had: {error}")
    return {node.name: node for node in frozen_graph.read(path)}


def assemble(nodes: Nodes) -> Graph:
    return inception_resnet_v1.assemble(frozen_facenet.named(tuple(nodes.values())))


def becomes(**fields: Any) -> Edit:
    return lambda node: replace(node, **fields)


def reads(*names: str) -> Edit:
    return becomes(sources=names)


def is_set(**attributes: Any) -> Edit:
    return lambda node: replace(node, attributes={**node.attributes, **attributes})


def turned(node: Node) -> Node:
    *sources, axis = node.sources
    return replace(node, sources=(*sources[::-1], axis))


def with_source(number: int, name: str) -> Edit:
    def edit(node: Node) -> Node:
        sources = list(node.sources)
        sources[number] = name
        return replace(node, sources=tuple(sources))

    return edit


def test_names_become_those_of_the_keras_form() -> None:
    assert array_name(f"{BLOCK_17}/Branch_0/Conv2d_1x1/weights") == (
        "Block17_4_Branch_0_Conv2d_1x1/kernel"
    )
    assert array_name(f"{TOP}/Bottleneck/BatchNorm/Const") == "Bottleneck_BatchNorm/gamma"
    assert layer_name(f"{TOP}/Block8/add", "Add") == "Block8_6_ScaleSum"
    assert layer_name(f"{TOP}/Mixed_6a/concat", "Concat") == "Mixed_6a"
    assert layer_name(NORM, "Norm") == "Bottleneck_BatchNorm"


def test_the_genuine_graph_fills_the_architecture(nodes: Nodes) -> None:
    graph = assemble(nodes)
    assert graph.shapes()["Bottleneck"] == (512,)
    assert graph.normalisation == "unit"


def test_one_change_is_named(nodes: Nodes) -> None:
    for name, edit, named in (
        (f"{BLOCK_1}/concat", turned, "NODE reads Block35_1_Branch_2_.*, not Block35_1_Branch_0"),
        (f"{BLOCK_17}/concat/axis", is_set(value=(1,)), "block17_4/concat has axis 1, not -1 or 3"),
        (
            f"{BLOCK_1}/mul/x",
            becomes(array=np.float32([0.3])),
            r"block35_1/add has scale 0\.3.*, not 0\.17",
        ),
        (
            f"{BLOCK_1}/add",
            with_source(1, f"{BLOCK_1}/Conv2d_1x1/BiasAdd"),
            "block35_1/mul is of the kind Mul, which FaceNet has not at that place",
        ),
        (
            f"{TOP}/Conv2d_2a_3x3/Conv2D",
            with_source(0, f"{TOP}/Conv2d_1a_3x3/BatchNorm/cond/FusedBatchNorm_1"),
            "NODE reads .*Conv2d_1a_3x3/bias, not .*Conv2d_1a_3x3/bias -> relu",
        ),
        (f"{BLOCK_1}/Relu", becomes(kind="Sigmoid"), "NODE is of the kind Sigmoid"),
        (CONV_2B, is_set(padding="VALID"), "NODE has padding 'valid', not 'same'"),
        (CONV_3B, is_set(padding="EXPLICIT"), "NODE has padding 'explicit'"),
        (CONV_4B, is_set(strides=(1, 2, 1, 1)), r"NODE has strides \(2, 1\), not \(2, 2\)"),
        (CONV_4B, is_set(dilations=(1, 2, 2, 1)), r"NODE has dilations \(2, 2\), not \(1, 1\)"),
        (POOL, is_set(data_format="NCHW"), "NODE has data_format 'channels_first'"),
        (POOL, is_set(ksize=(1, 2, 2, 1)), r"NODE has size \(2, 2\), not \(3, 3\)"),
        (POOL, becomes(kind="AvgPool"), "NODE is of the kind GlobalAverage, not MaxPool"),
        (AVERAGE, is_set(ksize=(1, 2, 2, 1)), r"NODE averages \(1, 2, 2, 1\) with padding VALID"),
        (
            f"{BLOCK_17}/Branch_0/Conv2d_1x1/Conv2D",
            with_source(0, f"{TOP}/Repeat_1/block17_2/Relu"),
            "NODE reads Block17_2_ScaleSum -> relu, not Block17_3_ScaleSum -> relu",
        ),
        (
            f"{BLOCK_17}/Branch_0/Conv2d_1x1/Conv2D",
            with_source(1, f"{BLOCK_17}/Branch_1/Conv2d_0a_1x1/weights"),
            "which is not the array Block17_4_Branch_0_Conv2d_1x1/kernel",
        ),
        (
            f"{BLOCK_17}/Conv2d_1x1/BiasAdd",
            with_source(1, f"{BLOCK_1}/Conv2d_1x1/biases"),
            "reads Block17_4_Conv2d_1x1 -> Block35_1_Conv2d_1x1/bias, not",
        ),
        ("input", is_set(shape=(-1, 224, 224, 3)), "node NODE has height 224, not 160 or None"),
        (NORM, is_set(is_training=True), "NODE normalises as in training"),
        (NORM, is_set(epsilon=0.1), r"NODE has epsilon 0\.1, not 0\.001"),
        (f"{TOP}/Bottleneck/MatMul", is_set(transpose_b=True), "NODE transposes a matrix"),
        (
            "embeddings",
            reads(AVERAGE, "embeddings/Rsqrt"),
            "node NODE is of the kind Mul",
        ),
        ("embeddings/Square", reads(AVERAGE), "node embeddings is of the kind Mul"),
        (
            f"{BLOCK_1}/Relu",
            reads("nowhere"),
            "NODE reads nowhere, which is not there",
        ),
        (f"{BLOCK_1}/Relu", reads(), "NODE reads 0 nodes"),
        (f"{BLOCK_1}/Relu", reads(f"{BLOCK_1}/Relu"), "too long or a circle"),
    ):
        with pytest.raises(WeightsError, match=named.replace("NODE", name)):
            assemble({**nodes, name: edit(nodes[name])})


def test_one_node_more_is_named(nodes: Nodes) -> None:
    for more, named in (
        (Node(f"{POOL}_1", "MaxPool", ("input",), {}, None), "second one"),
        (Node(f"{TOP}/MaxPool_9/MaxPool", "MaxPool", ("input",), {}, None), "has MaxPool_9, which"),
        (Node("x", "Relu", (AVERAGE,), {}, None), "output reads AvgPool -> relu, not nothing"),
    ):
        with pytest.raises(WeightsError, match=named):
            assemble({**nodes, more.name: more})


def say_the_same(one: Node, other: Node) -> bool:
    """Whether the nodes are the same, or constants of one value, such as two blocks' scale."""
    if one.kind == other.kind == "Const":
        same_array = (one.array is None) == (other.array is None) and (
            one.array is None or np.array_equal(one.array, other.array)
        )
        return same_array and repr(one.attributes) == repr(other.attributes)
    return one.name == other.name


@given(st.data())
def test_no_node_may_read_another_one(nodes: Nodes, data: st.DataObject) -> None:
    inside = [
        (name, number)
        for name, node in nodes.items()
        for number in range(len(node.sources))
        # The shape that a vector takes for a moment is no matter.
        if name.startswith(TOP) and (node.kind, number) != ("Reshape", 1)
    ]
    name, number = data.draw(st.sampled_from(inside))
    read = nodes[nodes[name].sources[number].partition(":")[0]]
    different = sorted(other for other in nodes if not say_the_same(nodes[other], read))
    other = data.draw(st.sampled_from(different))
    with pytest.raises(WeightsError, match=r"another network|has not"):
        assemble({**nodes, name: with_source(number, other)(nodes[name])})


def test_what_is_outside_of_the_network_is_left_alone() -> None:
    outside = Node("other/y", "Const", (), {}, np.ones(3, np.float32))
    assert not frozen_facenet.named([outside]).arrays


def test_a_name_that_is_there_twice_is_refused() -> None:
    node = Node("x", "Relu", (), {}, None)
    with pytest.raises(WeightsError, match="node x is there twice"):
        frozen_facenet.named([node, node])
