"""A neural network as a plain list of layers, in the order in which they run.

It knows just enough kinds of layer for the networks that facedoor converts. Each layer names the
layers that it reads; the network's input has a name too. Batch normalisation, scaling and dropout
do not exist here: whoever makes a graph folds them into the weights. Tensors are float32 in
(height, width, channels) order, without the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from facedoor.frames import Vector

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, eq=False)
class Conv:
    """A two-dimensional convolution, followed by a ReLU if ``relu``.

    ``kernel`` is (height, width, channels in, channels out), ``bias`` (channels out,). ``same``
    pads with zeros so that the output has ceil(input / stride) pixels; otherwise nothing is padded.
    """

    name: str
    source: str
    kernel: Vector
    bias: Vector
    stride: int
    same: bool
    relu: bool


@dataclass(frozen=True, slots=True, eq=False)
class Depthwise:
    """A convolution of each channel by itself.

    ``kernel`` is (height, width, channels), ``bias`` (channels,); ``same`` is as in :class:`Conv`.
    """

    name: str
    source: str
    kernel: Vector
    bias: Vector
    stride: int
    same: bool


@dataclass(frozen=True, slots=True, eq=False)
class PRelu:
    """What is negative times ``slope``, which is (channels,); what is positive stays."""

    name: str
    source: str
    slope: Vector


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Softmax:
    """Logits (values,) as probabilities, which add up to 1."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The largest of each ``size`` x ``size`` window, without padding."""

    name: str
    source: str
    size: int
    stride: int


@dataclass(frozen=True, slots=True)
class AveragePool:
    """The mean of each ``size`` x ``size`` window, side by side, without padding."""

    name: str
    source: str
    size: int


@dataclass(frozen=True, slots=True)
class Pad:
    """Zeros at the end of each axis, up to ``shape``: (height, width, channels).

    ``before`` are the rows and columns of them that stand at the image's start.
    """

    name: str
    source: str
    shape: tuple[int, ...]
    before: int = 0


@dataclass(frozen=True, slots=True)
class Concat:
    """The channels of all ``sources``, one after the other."""

    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of two tensors of one shape, followed by a ReLU if ``relu``."""

    name: str
    sources: tuple[str, str]
    relu: bool


@dataclass(frozen=True, slots=True)
class Weigh:
    """Each channel of an image times a number: of ``sources`` the second is (channels,)."""

    name: str
    sources: tuple[str, str]


@dataclass(frozen=True, slots=True)
class GlobalAverage:
    """The mean of each channel over the whole image: (height, width, c) becomes (c,)."""

    name: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """A matrix product, followed by a ReLU if ``relu``.

    ``kernel`` is (values in, values out), ``bias`` (values out,).
    """

    name: str
    source: str
    kernel: Vector
    bias: Vector
    relu: bool = False


Layer: TypeAlias = (
    Conv
    | Depthwise
    | PRelu
    | Sigmoid
    | Softmax
    | MaxPool
    | AveragePool
    | Pad
    | Concat
    | Add
    | Weigh
    | GlobalAverage
    | Dense
)
Shape: TypeAlias = tuple[int, ...]

_LEVELS = 255


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A whole network; the last layer is its output."""

    input: str
    input_shape: Shape
    layers: tuple[Layer, ...]
    normalisation: str = "standardise"
    """What is done to a crop's pixels before they go in: a key of the embedder's normalisations."""

    def shapes(self) -> dict[str, Shape]:
        """The shape of the input and of each layer's output, by name."""
        known = {self.input: self.input_shape}
        for layer in self.layers:
            known[layer.name] = output_shape(layer, [known[name] for name in sources(layer)])
        return known


def sources(layer: Layer) -> tuple[str, ...]:
    """The names of the tensors that ``layer`` reads."""
    return layer.sources if isinstance(layer, Concat | Add | Weigh) else (layer.source,)


def output_shape(layer: Layer, inputs: list[Shape]) -> Shape:
    """The shape of what ``layer`` makes of ``inputs``."""
    match layer:
        case Conv():
            height, width, _, channels = layer.kernel.shape
            window = (1, 1) if layer.same else (height, width)
            return (*_slid(inputs[0], window, layer.stride), channels)
        case Depthwise():
            height, width, channels = layer.kernel.shape
            window = (1, 1) if layer.same else (height, width)
            return (*_slid(inputs[0], window, layer.stride), channels)
        case MaxPool():
            return (*_slid(inputs[0], (layer.size, layer.size), layer.stride), inputs[0][2])
        case AveragePool():
            return (*_slid(inputs[0], (layer.size, layer.size), layer.size), inputs[0][2])
        case Pad():
            return layer.shape
        case Concat():
            return (*inputs[0][:2], sum(shape[2] for shape in inputs))
        case Add() | Weigh() | PRelu() | Sigmoid() | Softmax():
            return inputs[0]
        case GlobalAverage():
            return inputs[0][2:]
        case Dense():
            return layer.kernel.shape[1:]


def with_pixels(
    kernel: Vector, bias: Vector, mean: Sequence[float], scale: float
) -> tuple[Vector, Vector]:
    """A first convolution's ``kernel`` and ``bias`` for levels / 255, the ``unit`` normalisation.

    They were made for (levels - ``mean`` of each channel) / ``scale``, which is linear in the
    levels and so can be a part of the convolution, as long as that pads nothing.
    """
    means = np.array(mean) / scale
    folded = bias - np.einsum("hwio,i->o", kernel.astype(np.float64), means)
    return kernel * np.float32(_LEVELS / scale), folded.astype(np.float32)


def _slid(shape: Shape, window: tuple[int, int], stride: int) -> tuple[int, int]:
    """How often a window fits into (height, width) when it moves by ``stride``."""
    height, width = ((shape[axis] - window[axis]) // stride + 1 for axis in (0, 1))
    return height, width
