"""MobileNet v1, whose time on boards of the Raspberry Pi others have published.

With random weights: a network takes the same time whatever it has learnt.
"""

from __future__ import annotations

import numpy as np

from facedoor.frames import Vector
from facedoor_convert.networks.graph import Conv, Dense, Depthwise, GlobalAverage, Graph, Layer
from facedoor_convert.tflite import writer
from facedoor_convert.tflite.forms import FORMS
from facedoor_convert.tflite.quantise import to_form
from facedoor_convert.tflite.ranges import Ranges

SIZE_PX, CLASSES, STEM = 224, 1000, 32
_BLOCKS = (
    # Channels out, stride: table 1 of Howard and others, "MobileNets", arXiv 1704.04861.
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *5 * ((512, 1),),
    *((1024, 2), (1024, 1)),
)


def as_float32() -> bytes:
    """The TFLite file in float32."""
    return writer.write(_graph())


def as_int8() -> bytes:
    """The TFLite file in int8; no range that it was made with is true."""
    graph = _graph()
    tensors = dict.fromkeys(graph.shapes(), (-6.0, 6.0))
    return to_form(writer.write(graph), graph, FORMS["int8"], Ranges(1, tensors))


def _graph() -> Graph:
    draw = np.random.default_rng(1)

    def weights(*shape: int) -> tuple[Vector, Vector]:
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        kernel = draw.normal(0, scale, shape).astype(np.float32)
        return kernel, np.zeros(shape[-1], np.float32)

    layers: list[Layer] = [Conv("stem", "input", *weights(3, 3, 3, STEM), 2, same=True, relu=True)]
    before = STEM
    for number, (channels, stride) in enumerate(_BLOCKS):
        kernel, bias = weights(3, 3, before)
        source, depthwise = layers[-1].name, f"depthwise{number}"
        layers.append(Depthwise(depthwise, source, kernel, bias, stride, same=True))
        one = weights(1, 1, before, channels)
        layers.append(Conv(f"pointwise{number}", depthwise, *one, 1, same=True, relu=True))
        before = channels
    layers.append(GlobalAverage("mean", layers[-1].name))
    layers.append(Dense("classes", "mean", *weights(before, CLASSES)))
    return Graph("input", (SIZE_PX, SIZE_PX, 3), tuple(layers))
