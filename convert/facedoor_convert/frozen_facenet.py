"""Finds FaceNet's weights in a frozen TensorFlow graph by the names that its author gave them.

They are those of davidsandberg/facenet: ``InceptionResnetV1/Repeat/block35_1/Branch_0/Conv2d_1x1``
is what the Keras form calls ``Block35_1_Branch_0_Conv2d_1x1``. Batch normalisation may have been
folded into the convolutions before, as OpenCV's reader wants it: then there are offsets instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Vector
    from facedoor_convert.frozen_graph import Node
    from facedoor_convert.named_weights import Setting

_SCOPE = "InceptionResnetV1/"
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
_SCALE = "/mul/x"


@dataclass(frozen=True, slots=True, eq=False)
class FrozenFacenet:
    """A :class:`facedoor_convert.named_weights.NamedWeights`."""

    arrays: Mapping[str, Vector]
    scales: Mapping[str, float]
    settings: Mapping[str, Mapping[str, Setting]]
    wiring: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def named(nodes: Sequence[Node]) -> FrozenFacenet:
    """The weights among ``nodes``.

    Raises :class:`WeightsError` when there is a convolution or an array of the network that has
    none of the names.
    """
    arrays: dict[str, Vector] = {}
    scales: dict[str, float] = {}
    settings: dict[str, dict[str, Setting]] = {}
    for node in nodes:
        if not node.name.startswith(_SCOPE):
            continue
        name = node.name.removeprefix(_SCOPE)
        scope = name.rpartition("/")[0]
        if node.kind in ("Conv2D", "MaxPool"):
            settings[_layer(scope)] = _window(node)
        elif "FusedBatchNorm" in node.kind:
            layer = _layer(scope.partition("/BatchNorm")[0])
            settings[f"{layer}_BatchNorm"] = {"epsilon": _epsilon(node)}
        elif node.array is None:
            continue
        elif node.name.endswith(_SCALE) and node.array.size == 1:
            scales[f"{_layer(scope.removesuffix('/mul'))}_ScaleSum"] = float(node.array.item())
        else:
            name = _array(name)
            if name in arrays:
                raise WeightsError(f"array {name} is there twice")
            arrays[name] = node.array
    return FrozenFacenet(arrays, scales, settings)


def _array(name: str) -> str:
    for end, role in _ROLES.items():
        if name.endswith(end):
            return _layer(name.removesuffix(end)) + role
    return name


def _layer(scope: str) -> str:
    """The Keras form's name of a layer."""
    scope = re.sub(r"^Repeat(_\d)?/block", "Block", scope)
    # The last block, without a ReLU, stands alone.
    scope = re.sub(r"^Block8(?=/|$)", "Block8_6", scope)
    return scope.replace("/", "_")


def _window(node: Node) -> dict[str, Setting]:
    strides, padding = node.attributes.get("strides"), node.attributes.get("padding")
    dilations = node.attributes.get("dilations", (1, 1, 1, 1))
    match strides:
        case (1, across, down, 1) if across == down and dilations == (1, 1, 1, 1):
            return {"stride": across, "same": padding == "SAME"}
    raise WeightsError(f"node {node.name} has strides {strides} and dilations {dilations}")


def _epsilon(node: Node) -> float:
    epsilon = node.attributes.get("epsilon", 0.0)
    return epsilon if isinstance(epsilon, float) else 0.0
