"""MobileFaceNet: a small network for faces, 112x112 RGB in, 192 numbers out.

After Chen et al., "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on
Mobile Devices" (2018), with the sizes of sirius-ai's TensorFlow version. The architecture is
written here, in code, and each operator of a TFLite file has to be the next one that it asks for.

The exporter has folded normalisations into convolutions, and has written a PReLU as what it was
made of, relu(x) + c (x - |x|). It becomes one PReLU again, of slope 2 c: one operator where there
were five.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.networks.composition import composed
from facedoor_convert.networks.graph import (
    Add,
    Conv,
    Dense,
    Depthwise,
    GlobalAverage,
    Graph,
    PRelu,
    output_shape,
    sources,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer, Shape
    from facedoor_convert.readers.tflite_graph import TfliteGraph

INPUT = "input"
SIZE_PX = 112
EMBEDDING_SIZE = 192
_STEM, _WIDEST = 64, 512
_STAGES = (
    ("stage2", 64, 2, 2, 5),
    ("stage3", 128, 4, 2, 1),
    ("stage4", 128, 2, 1, 6),
    ("stage5", 128, 4, 2, 1),
    ("stage6", 128, 2, 1, 2),
)
"""Name, channels, how many times as wide as before a block is within, stride of the first block,
number of blocks."""
_PADDINGS = {"same": 0, "valid": 1}
"""By the schema's numbers. What becomes a single pixel may say either."""


def assemble(file: TfliteGraph) -> Graph:
    """The network with the weights in ``file``, for one face at a time.

    Its input is (level - 127.5) / 128. Raises :class:`WeightsError` naming the first operator that
    is missing, another one, of another shape, or left over.
    """
    network = _Builder(file)
    x = network.conv(INPUT, "stage1", _STEM, size=3, stride=2)
    x = network.depthwise(x, "stage1_dw")
    x = network.conv(x, "stage1_narrow", _STEM, prelu=False)
    for stage, channels, wider, stride, blocks in _STAGES:
        for number in range(1, blocks + 1):
            step = stride if number == 1 else 1
            x = network.block(x, f"{stage}_block{number}", channels, wider, step)
    x = network.conv(x, "stage7", _WIDEST)
    x = network.depthwise_to_one(x, "stage7_dw")
    x = network.product(x, "stage7_narrow", _WIDEST, "valid")
    x = network.product(x, "embedding", EMBEDDING_SIZE, "same")
    return composed(network.finish(x))


class _Builder:
    """Adds layers one after the other and takes their operators off the file's."""

    def __init__(self, file: TfliteGraph) -> None:
        if len(file.input_shape) != 4 or file.input_shape[1:] != (SIZE_PX, SIZE_PX, 3):
            raise WeightsError(
                f"the TFLite file takes {file.input_shape!r:.60}, not RGB pictures of {SIZE_PX} "
                "pixels: it is another network"
            )
        self._file = file
        self._taken = 0
        self._tensors = {INPUT: file.input}
        """The tensors of the file that are the outputs of our layers."""
        self._shapes: dict[str, Shape] = {INPUT: (SIZE_PX, SIZE_PX, 3)}
        self._layers: list[Layer] = []

    def block(self, source: str, name: str, channels: int, wider: int, stride: int) -> str:
        """Wide, channel by channel, and narrow again; with a short cut unless it strides."""
        x = self.conv(source, f"{name}_wide", self._shapes[source][2] * wider)
        x = self.depthwise(x, f"{name}_dw", stride)
        if stride != 1:
            return self.conv(x, name, channels, prelu=False)
        x = self.conv(x, f"{name}_narrow", channels, prelu=False)
        output, _ = self._next("ADD", (self._tensors[x], self._tensors[source]), _plain())
        return self._add(Add(name, (x, source), relu=False), output)

    def conv(
        self,
        source: str,
        name: str,
        channels: int,
        *,
        size: int = 1,
        stride: int = 1,
        prelu: bool = True,
    ) -> str:
        """A convolution and, if ``prelu``, a PReLU."""
        shape = channels, size, size, self._shapes[source][2]
        kernel, bias, output = self._convolution("CONV_2D", source, shape, channels, "same", stride)
        kernel = np.ascontiguousarray(kernel.transpose(1, 2, 3, 0))
        self._add(Conv(name, source, kernel, bias, stride, same=True, relu=False), output)
        return self._sloped(name) if prelu else name

    def depthwise(self, source: str, name: str, stride: int = 1) -> str:
        """A convolution of 3 x 3, channel by channel, and a PReLU."""
        shape = 1, 3, 3, self._shapes[source][2]
        found = self._convolution("DEPTHWISE_CONV_2D", source, shape, shape[3], "same", stride)
        kernel, bias, output = found
        self._add(Depthwise(name, source, kernel[0], bias, stride, same=True), output)
        return self._sloped(name)

    def depthwise_to_one(self, source: str, name: str) -> str:
        """Each channel's pixels weighed into one number; they become a row of numbers."""
        height, width, channels = self._shapes[source]
        shape = 1, height, width, channels
        found = self._convolution("DEPTHWISE_CONV_2D", source, shape, channels, "valid", 1)
        kernel, bias, output = found
        self._add(Depthwise(name, source, kernel[0], bias, 1, same=False), output)
        # The mean of one pixel is that itself.
        return self._add(GlobalAverage(f"{name}_row", name), output)

    def product(self, source: str, name: str, size: int, padding: str) -> str:
        """A convolution of a single pixel: a matrix product."""
        shape = size, 1, 1, self._shapes[source][0]
        kernel, bias, output = self._convolution("CONV_2D", source, shape, size, padding, 1)
        kernel = np.ascontiguousarray(kernel[:, 0, 0].transpose())
        return self._add(Dense(name, source, kernel, bias), output)

    def finish(self, output: str) -> Graph:
        """The graph; the last operator makes rows of numbers of single pixels."""
        row, (shape,) = self._next("RESHAPE", (self._tensors[output], None), {})
        if shape.dtype != np.int32 or shape.tolist() != [self._file.input_shape[0], EMBEDDING_SIZE]:
            self._refuse(f"gives {shape!r:.60}, not rows of {EMBEDDING_SIZE} numbers")
        if self._taken < len(self._file.nodes):
            self._taken += 1
            self._refuse("comes after the last one")
        if self._file.output != row:
            raise WeightsError("the TFLite file gives another tensor than its last operator makes")
        return Graph(INPUT, self._shapes[INPUT], tuple(self._layers), normalisation="centred")

    def _convolution(
        self, kind: str, source: str, shape: Shape, channels: int, padding: str, stride: int
    ) -> tuple[Vector, Vector, int]:
        """Kernel and bias of the next operator, and the tensor that it makes."""
        settings = _plain(
            Padding=_PADDINGS[padding],
            StrideH=stride,
            StrideW=stride,
            DilationHFactor=1,
            DilationWFactor=1,
        )
        if kind == "DEPTHWISE_CONV_2D":
            settings["DepthMultiplier"] = 1
        output, (kernel, bias) = self._next(kind, (self._tensors[source], None, None), settings)
        kernel = self._shaped(kernel, "kernel", shape)
        return kernel, self._shaped(bias, "bias", (channels,)), output

    def _sloped(self, source: str) -> str:
        """What the next five operators do to ``source``: relu(x) + c (x - |x|)."""
        x = self._tensors[source]
        positive, _ = self._next("RELU", (x,), {})
        size, _ = self._next("ABS", (x,), {})
        twice_negative, _ = self._next("SUB", (x, size), _plain())
        scaled, (half,) = self._next("MUL", (None, twice_negative), _plain())
        half = self._shaped(half, "slope", (self._shapes[source][2],))
        output, _ = self._next("ADD", (positive, scaled), _plain())
        return self._add(PRelu(f"{source}_prelu", source, 2 * half), output)

    def _next(
        self, kind: str, reads: tuple[int | None, ...], settings: dict[str, int]
    ) -> tuple[int, list[NDArray[Any]]]:
        """The tensor that the next operator makes, which has to be this one, and its arrays.

        ``reads`` are the tensors that it reads, None for an array.
        """
        if self._taken == len(self._file.nodes):
            raise WeightsError(
                f"the TFLite file ends where a {kind} has to be: it is another network"
            )
        node = self._file.nodes[self._taken]
        self._taken += 1
        if node.kind != kind:
            self._refuse(f"is not {kind}")
        arrays = [self._file.arrays.get(tensor) for tensor in node.sources]
        found = tuple(
            None if array is not None else tensor
            for tensor, array in zip(node.sources, arrays, strict=True)
        )
        if found != reads:
            self._refuse(f"reads {found!r:.60}, not {reads}, where None is an array")
        for key, value in settings.items():
            if node.settings[key] != value:
                self._refuse(f"has {key} {node.settings[key]}, not {value}")
        return node.output, [array for array in arrays if array is not None]

    def _shaped(self, array: NDArray[Any], role: str, shape: tuple[int, ...]) -> Vector:
        if array.shape != shape or array.dtype != np.float32:
            self._refuse(f"has a {role} of {array.dtype} {array.shape}, not float32 {shape}")
        return array

    def _add(self, layer: Layer, output: int) -> str:
        """Add ``layer``, which makes what the file calls the tensor ``output``."""
        inputs = [self._shapes[name] for name in sources(layer)]
        self._shapes[layer.name] = output_shape(layer, inputs)
        self._layers.append(layer)
        self._tensors[layer.name] = output
        return layer.name

    def _refuse(self, complaint: str) -> NoReturn:
        number = max(self._taken, 1)
        kind = self._file.nodes[number - 1].kind
        raise WeightsError(
            f"operator {number} of the TFLite file, {kind}, {complaint}: it is another network"
        )


def _plain(**settings: int) -> dict[str, int]:
    """``settings``, and no activation."""
    return {"FusedActivationFunction": 0, **settings}
