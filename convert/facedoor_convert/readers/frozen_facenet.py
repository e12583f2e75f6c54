"""FaceNet in a frozen TensorFlow graph: its nodes, by name, as layers of the architecture.

Nodes are named as in davidsandberg/facenet: ``InceptionResnetV1/Repeat/block35_1/Branch_0/
Conv2d_1x1`` is ``Block35_1_Branch_0_Conv2d_1x1`` in Keras's form. Batch normalisation may have been
folded into the convolutions before, as OpenCV's reader wants it: then there are offsets instead.
What follows the network, a normalisation to length 1, is left out: facedoor does it itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.stated_layers import INPUT, RELU, StatedLayer, image_sides, trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Vector
    from facedoor_convert.readers.frozen_graph import Node
    from facedoor_convert.readers.stated_layers import Edge

_SCOPE = "InceptionResnetV1/"
"""Before the name of everything that is the network's own, but its input."""
_INPUT_NODE = "input"
_ROLES = {
    # The end of an array's name: the end of its name in the Keras form.
    "/weights": "/kernel",
    "/biases": "/bias",
    "/Conv2D_bn_offset": "/bias",
    "/BatchNorm/Const": "_BatchNorm/gamma",
    "/BatchNorm/gamma": "_BatchNorm/gamma",
    "/BatchNorm/beta": "_BatchNorm/beta",
    "/BatchNorm/moving_mean": "_BatchNorm/moving_mean",
    "/BatchNorm/moving_variance": "_BatchNorm/moving_variance",
}
_KINDS = {
    "Add": "Add",
    "AddV2": "Add",
    "AvgPool": "GlobalAverage",
    "ConcatV2": "Concat",
    "Conv2D": "Conv",
    "FusedBatchNorm": "Norm",
    "FusedBatchNormV2": "Norm",
    "FusedBatchNormV3": "Norm",
    "MatMul": "Dense",
    "MaxPool": "MaxPool",
    "Placeholder": "Input",
}
_NORM_ROLES = ("gamma", "beta", "moving_mean", "moving_variance")
_LAST_IMAGE = (1, 3, 3, 1)
"""What is left where the average over the whole image is taken."""
_RESHAPED = "reshaped"
_VECTORS = ("AvgPool", "Bottleneck")
"""Layers with one value for each channel: to reshape those changes nothing."""
_LAYOUTS = {"NHWC": "channels_last", "NCHW": "channels_first"}
_LENGTH_1 = ("Rsqrt", "Maximum", "Sum", "Square")
"""How TensorFlow finds the factor that brings a vector to length 1, from the end."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenFacenet:
    """A :class:`~facedoor_convert.readers.stated_layers.NamedWeights`."""

    arrays: Mapping[str, Vector]
    stated: Mapping[str, StatedLayer]
    outputs: tuple[Edge, ...]


def named(nodes: Sequence[Node]) -> FrozenFacenet:
    """The network among ``nodes``.

    Raises :class:`WeightsError` naming the node when one is there twice, reads what is not there,
    or does what FaceNet does nowhere.
    """
    by_name: dict[str, Node] = {}
    for node in nodes:
        if node.name in by_name:
            raise WeightsError(f"node {node.name} is there twice")
        by_name[node.name] = node
    reader = _Reader(by_name)
    return FrozenFacenet(reader.arrays(), reader.stated(), reader.outputs())


class _Reader:
    """Follows what nodes read, by name."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes

    def arrays(self) -> dict[str, Vector]:
        arrays: dict[str, Vector] = {}
        for node in self._nodes.values():
            if node.array is not None and node.name.startswith(_SCOPE) and node.array.ndim:
                name = array_name(node.name)
                if name in arrays:
                    raise WeightsError(f"array {name} is there twice")
                arrays[name] = node.array
        return arrays

    def stated(self) -> dict[str, StatedLayer]:
        stated: dict[str, StatedLayer] = {}
        for node in self._nodes.values():
            kind = _KINDS.get(node.kind)
            name = layer_name(node.name, kind or "")
            if kind is None or not (node.name.startswith(_SCOPE) or name == INPUT):
                continue
            if name in stated:
                _refuse(node, f"is the second one that makes {name}")
            sources, settings = self._content(node, name)
            edges = tuple(self._edge(source) for source in sources)
            stated[name] = StatedLayer(f"node {node.name}", kind, edges, settings)
        return stated

    def outputs(self) -> tuple[Edge, ...]:
        """The nodes that no other reads."""
        read = {source for node in self._nodes.values() for source in node.sources}
        ends = [n for n in self._nodes.values() if n.name not in read and n.kind != "Const"]
        return tuple(self._edge(self._before_length_1(end)) for end in ends)

    def _content(self, node: Node, name: str) -> tuple[Sequence[str], dict[str, object]]:
        """The nodes that ``node``, the layer ``name``, reads beside arrays, and its settings."""
        first = node.sources[:1]
        match _KINDS[node.kind]:
            case "Input":
                return (), image_sides(tuple(x if x >= 0 else None for x in _whole(node, "shape")))
            case "Conv":
                shape = self._array(node, 1, f"{name}/kernel").shape
                dilations = _inner(node, "dilations") or (1, 1)
                filters = {"channels": shape[-1], "dilations": dilations, "groups": 1}
                return first, _window(node, shape[:2]) | filters
            case "MaxPool":
                return first, _window(node, _inner(node, "ksize"))
            case "GlobalAverage":
                size, padding = node.attributes.get("ksize"), node.attributes.get("padding")
                if (size, padding) != (_LAST_IMAGE, "VALID"):
                    _refuse(node, f"averages {size} with padding {padding}, not {_LAST_IMAGE}")
                return first, _layout(node)
            case "Concat":
                axis = _whole(self._source(node, -1), "value")
                return node.sources[:-1], {"axis": axis[0] if len(axis) == 1 else axis}
            case "Add":
                return self._sum(node)
            case "Dense":
                if node.attributes.get("transpose_a") or node.attributes.get("transpose_b"):
                    _refuse(node, "transposes a matrix")
                return first, {"channels": self._array(node, 1, f"{name}/kernel").shape[-1]}
            case _:
                return first, self._norm(node, name)

    def _sum(self, node: Node) -> tuple[Sequence[str], dict[str, object]]:
        """The sum of one tensor and another one that is scaled."""
        product = self._source(node, 1)
        if product.kind != "Mul" or (factor := self._source(product, 0).array) is None:
            return node.sources, {}
        sources = (node.sources[0], *product.sources[1:])
        return sources, {"scale": float(factor.flat[0]) if factor.size == 1 else factor.shape}

    def _norm(self, node: Node, name: str) -> dict[str, object]:
        for number, role in enumerate(_NORM_ROLES, 1):
            self._array(node, number, f"{name}/{role}")
        if node.attributes.get("is_training", True):
            _refuse(node, "normalises as in training")
        axis = -1 if _layout(node)["data_format"] == "channels_last" else 1
        epsilon = node.attributes.get("epsilon")
        return {"axis": axis, "epsilon": epsilon, "center": True, "scale": True}

    def _edge(self, tensor: str) -> Edge:
        edge = trace(tensor, self._look)
        return tuple(x for x in edge if x != _RESHAPED) if edge[0] in _VECTORS else edge

    def _look(self, tensor: str) -> tuple[Edge, str | None]:
        if (node := self._nodes.get(tensor)) is None:
            raise WeightsError(f"the graph reads node {tensor:.90}, which it has not")
        kind = _KINDS.get(node.kind)
        name = layer_name(node.name, kind or "")
        match kind or node.kind:
            case "Norm":
                return (name,), self._source(node, 0).name
            case "BiasAdd":
                bias = self._source(node, 1)
                if _layout(node)["data_format"] != "channels_last":
                    _refuse(node, "adds a bias to another axis than the last")
                return (array_name(bias.name),), self._source(node, 0).name
            case "Relu":
                return (RELU,), self._source(node, 0).name
            case "Reshape":
                return (_RESHAPED,), self._source(node, 0).name
        if kind is None:
            _refuse(node, f"is of the kind {node.kind}, which FaceNet has not at that place")
        return (name,), None

    def _before_length_1(self, end: Node) -> str:
        """The node that ``end`` brings to length 1; if it does not, its own name."""
        if end.kind != "Mul" or len(end.sources) != 2:
            return end.name
        vector, factor = end.sources[0], self._source(end, 1)
        for kind in _LENGTH_1:
            if factor.kind != kind:
                return end.name
            factor = self._source(factor, 0)
        return vector if factor.name == vector else end.name

    def _array(self, node: Node, number: int, name: str) -> Vector:
        """The array ``name``, which has to be what ``node`` reads as its source ``number``."""
        source = self._source(node, number)
        if array_name(source.name) != name or source.array is None or not source.array.ndim:
            _refuse(node, f"reads {source.name}, which is not the array {name}")
        return source.array

    def _source(self, node: Node, number: int) -> Node:
        try:
            name = node.sources[number]
        except IndexError:
            _refuse(node, f"reads {len(node.sources)} nodes, not more")
        if (source := self._nodes.get(name)) is None:
            _refuse(node, f"reads {name:.90}, which is not there")
        return source


def _window(node: Node, size: object) -> dict[str, object]:
    padding = str(node.attributes.get("padding")).lower()
    strides = _inner(node, "strides")
    return _layout(node) | {"size": size, "strides": strides, "padding": padding}


def _inner(node: Node, key: str) -> tuple[int, ...]:
    """Of a value for each axis those of height and width; all of them if the others are not 1."""
    match _whole(node, key):
        case (1, down, across, 1):
            return (down, across)
        case others:
            return others


def _whole(node: Node, key: str) -> tuple[int, ...]:
    """The whole numbers of an attribute; none if it has no such."""
    value = node.attributes.get(key)
    return value if isinstance(value, tuple) else ()


def _layout(node: Node) -> dict[str, object]:
    written = node.attributes.get("data_format", "NHWC")
    return {"data_format": _LAYOUTS.get(str(written), written)}


def _refuse(node: Node, complaint: str) -> NoReturn:
    raise WeightsError(f"node {node.name} {complaint}: it is another network")


def array_name(node: str) -> str:
    """The name of the array that the constant ``node`` holds; its own if it has no other."""
    for end, role in _ROLES.items():
        if node.endswith(end):
            return _layer(node.removesuffix(end)) + role
    return node.removeprefix(_SCOPE)


def layer_name(node: str, kind: str) -> str:
    """The name of the layer that ``node`` computes; ``kind`` is as in ``StatedLayer``."""
    if not node.startswith(_SCOPE):
        return INPUT if node == _INPUT_NODE else node
    scope = node.rpartition("/")[0]
    match kind:
        case "Norm":
            return _layer(scope.partition("/BatchNorm")[0]) + "_BatchNorm"
        case "Add":
            return _layer(scope) + "_ScaleSum"
        case "Concat" if (layer := _layer(scope)).startswith("Block"):
            return layer + "_Concatenate"
    return _layer(scope)


def _layer(scope: str) -> str:
    scope = scope.removeprefix(_SCOPE)
    scope = re.sub(r"^Repeat(_\d)?/block", "Block", scope)
    # The last block, without a ReLU, stands alone.
    scope = re.sub(r"^Block8(?=/|$)", "Block8_6", scope)
    scope = re.sub(r"^Logits/AvgPool_1a_8x8$", "AvgPool", scope)
    return scope.replace("/", "_")
