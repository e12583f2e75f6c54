"""What FaceNet's author called the nodes of its TensorFlow graph, and what Keras's form calls them.

They are the names of davidsandberg/facenet: ``InceptionResnetV1/Repeat/block35_1/Branch_0/
Conv2d_1x1`` is ``Block35_1_Branch_0_Conv2d_1x1`` there. Batch normalisation may have been folded
into the convolutions before, as OpenCV's reader wants it: then there are offsets instead.
"""

from __future__ import annotations

import re

from facedoor_convert.readers.named_weights import INPUT

SCOPE = "InceptionResnetV1/"
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


def array_name(node: str) -> str:
    """The name of the array that the constant ``node`` holds; its own if it has no other."""
    for end, role in _ROLES.items():
        if node.endswith(end):
            return _layer(node.removesuffix(end)) + role
    return node.removeprefix(SCOPE)


def layer_name(node: str, kind: str) -> str:
    """The name of the layer that ``node`` computes; ``kind`` is as in ``StatedLayer``."""
    if not node.startswith(SCOPE):
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
    scope = scope.removeprefix(SCOPE)
    scope = re.sub(r"^Repeat(_\d)?/block", "Block", scope)
    # The last block, without a ReLU, stands alone.
    scope = re.sub(r"^Block8(?=/|$)", "Block8_6", scope)
    scope = re.sub(r"^Logits/AvgPool_1a_8x8$", "AvgPool", scope)
    return scope.replace("/", "_")
