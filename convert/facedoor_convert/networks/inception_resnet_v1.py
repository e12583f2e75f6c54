"""Inception-ResNet-v1 as FaceNet uses it: 160x160 RGB in, 128 or 512 numbers out.

The architecture is written here, in code, after Szegedy et al., "Inception-v4, Inception-ResNet and
the Impact of Residual Connections on Learning" (2016), with the sizes of the published FaceNet. A
weights file only fills it: each layer that it states has to be wired and set as it is here, each
array has to have the name and the shape that the architecture asks for, and all of them have to be
used exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.networks.graph import (
    Add,
    Concat,
    Conv,
    Dense,
    GlobalAverage,
    Graph,
    MaxPool,
    with_pixels,
)
from facedoor_convert.readers.stated_layers import INPUT, RELU, compare, compare_edges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer
    from facedoor_convert.readers.stated_layers import Edge, NamedWeights

SIZE_PX = 160
EMBEDDING_SIZES = (128, 512)
_FIXED_SIZE = 512
_FIXED_MEAN, _FIXED_SCALE = (127.5, 127.5, 127.5), 128.0
_EPSILON = 1e-3
"""What batch normalisation adds to the variance."""
_LAYOUT, _LAST = "channels_last", frozenset({3, -1})
"""Where the channels are, as Keras says it and as the number of their axis."""


def assemble(weights: NamedWeights) -> Graph:
    """The network with ``weights``, batch normalisation and scales folded in.

    FaceNet was published twice: with 128 outputs, for crops that are standardised each by itself,
    and later with 512, for (levels - 127.5) / 128. The latter becomes a part of the first
    convolution, so that it is not mistaken for the former: it takes levels / 255.

    Raises :class:`WeightsError` naming the first layer or array that is missing, another one, or
    left over.
    """
    network = _Builder(weights)
    x = network.conv(INPUT, "Conv2d_1a_3x3", 32, (3, 3), stride=2, same=False)
    x = network.conv(x, "Conv2d_2a_3x3", 32, (3, 3), same=False)
    x = network.conv(x, "Conv2d_2b_3x3", 64, (3, 3))
    x = network.max_pool(x, "MaxPool_3a_3x3")
    x = network.conv(x, "Conv2d_3b_1x1", 80, (1, 1))
    x = network.conv(x, "Conv2d_4a_3x3", 192, (3, 3), same=False)
    x = network.conv(x, "Conv2d_4b_3x3", 256, (3, 3), stride=2, same=False)
    for number in range(1, 6):
        x = _block35(network, x, f"Block35_{number}")
    x = _mixed_6a(network, x)
    for number in range(1, 11):
        x = _block17(network, x, f"Block17_{number}")
    x = _mixed_7a(network, x)
    for number in range(1, 7):
        x = _block8(network, x, f"Block8_{number}", is_last=number == 6)
    x = network.average(x, "AvgPool")
    network.dense(x, "Bottleneck", EMBEDDING_SIZES)
    return network.finish()


def _block35(network: _Builder, x: str, name: str) -> str:
    branch_0 = network.conv(x, f"{name}_Branch_0_Conv2d_1x1", 32, (1, 1))
    branch_1 = network.conv(x, f"{name}_Branch_1_Conv2d_0a_1x1", 32, (1, 1))
    branch_1 = network.conv(branch_1, f"{name}_Branch_1_Conv2d_0b_3x3", 32, (3, 3))
    branch_2 = network.conv(x, f"{name}_Branch_2_Conv2d_0a_1x1", 32, (1, 1))
    branch_2 = network.conv(branch_2, f"{name}_Branch_2_Conv2d_0b_3x3", 32, (3, 3))
    branch_2 = network.conv(branch_2, f"{name}_Branch_2_Conv2d_0c_3x3", 32, (3, 3))
    return network.residual(x, name, (branch_0, branch_1, branch_2), scale=0.17)


def _block17(network: _Builder, x: str, name: str) -> str:
    branch_0 = network.conv(x, f"{name}_Branch_0_Conv2d_1x1", 128, (1, 1))
    branch_1 = network.conv(x, f"{name}_Branch_1_Conv2d_0a_1x1", 128, (1, 1))
    branch_1 = network.conv(branch_1, f"{name}_Branch_1_Conv2d_0b_1x7", 128, (1, 7))
    branch_1 = network.conv(branch_1, f"{name}_Branch_1_Conv2d_0c_7x1", 128, (7, 1))
    return network.residual(x, name, (branch_0, branch_1), scale=0.1)


def _block8(network: _Builder, x: str, name: str, *, is_last: bool) -> str:
    branch_0 = network.conv(x, f"{name}_Branch_0_Conv2d_1x1", 192, (1, 1))
    branch_1 = network.conv(x, f"{name}_Branch_1_Conv2d_0a_1x1", 192, (1, 1))
    branch_1 = network.conv(branch_1, f"{name}_Branch_1_Conv2d_0b_1x3", 192, (1, 3))
    branch_1 = network.conv(branch_1, f"{name}_Branch_1_Conv2d_0c_3x1", 192, (3, 1))
    scale = 1.0 if is_last else 0.2
    return network.residual(x, name, (branch_0, branch_1), scale=scale, relu=not is_last)


def _mixed_6a(network: _Builder, x: str) -> str:
    name = "Mixed_6a"
    branch_0 = network.conv(x, f"{name}_Branch_0_Conv2d_1a_3x3", 384, (3, 3), stride=2, same=False)
    branch_1 = network.conv(x, f"{name}_Branch_1_Conv2d_0a_1x1", 192, (1, 1))
    branch_1 = network.conv(branch_1, f"{name}_Branch_1_Conv2d_0b_3x3", 192, (3, 3))
    branch_1 = network.conv(
        branch_1, f"{name}_Branch_1_Conv2d_1a_3x3", 256, (3, 3), stride=2, same=False
    )
    branch_2 = network.max_pool(x, f"{name}_Branch_2_MaxPool_1a_3x3")
    return network.concat((branch_0, branch_1, branch_2), name)


def _mixed_7a(network: _Builder, x: str) -> str:
    name = "Mixed_7a"
    branch_0 = network.conv(x, f"{name}_Branch_0_Conv2d_0a_1x1", 256, (1, 1))
    branch_0 = network.conv(
        branch_0, f"{name}_Branch_0_Conv2d_1a_3x3", 384, (3, 3), stride=2, same=False
    )
    branch_1 = network.conv(x, f"{name}_Branch_1_Conv2d_0a_1x1", 256, (1, 1))
    branch_1 = network.conv(
        branch_1, f"{name}_Branch_1_Conv2d_1a_3x3", 256, (3, 3), stride=2, same=False
    )
    branch_2 = network.conv(x, f"{name}_Branch_2_Conv2d_0a_1x1", 256, (1, 1))
    branch_2 = network.conv(branch_2, f"{name}_Branch_2_Conv2d_0b_3x3", 256, (3, 3))
    branch_2 = network.conv(
        branch_2, f"{name}_Branch_2_Conv2d_1a_3x3", 256, (3, 3), stride=2, same=False
    )
    branch_3 = network.max_pool(x, f"{name}_Branch_3_MaxPool_1a_3x3")
    return network.concat((branch_0, branch_1, branch_2, branch_3), name)


class _Builder:
    """Adds layers one after the other and takes them and their arrays out of the weights."""

    def __init__(self, weights: NamedWeights) -> None:
        self._arrays = dict(weights.arrays)
        self._stated = dict(weights.stated)
        self._outputs = weights.outputs
        self._channels = {INPUT: 3}
        self._edges: dict[str, Edge] = {INPUT: (INPUT,)}
        bottleneck = weights.arrays.get("Bottleneck/kernel", np.empty(0))
        self._size = bottleneck.shape[-1]
        self._layers: list[Layer] = []
        side = frozenset({SIZE_PX, None})
        self._demand(INPUT, "Input", height=side, width=side, channels=frozenset({3, None}))

    def conv(
        self,
        source: str,
        name: str,
        channels: int,
        size: tuple[int, int],
        *,
        stride: int = 1,
        same: bool = True,
    ) -> str:
        """A convolution without bias, batch normalisation and a ReLU."""
        window = _window(size, stride, same=same)
        kernel = self._kernel(source, name, channels, size, window)
        kernel, bias, step = self._normalised(kernel, name)
        if source == INPUT and self._size == _FIXED_SIZE:
            kernel, bias = with_pixels(kernel, bias, _FIXED_MEAN, _FIXED_SCALE)
        layer = Conv(name, source, kernel, bias, stride, same, relu=True)
        return self._add(layer, channels, step, RELU)

    def residual(
        self, source: str, name: str, branches: tuple[str, ...], *, scale: float, relu: bool = True
    ) -> str:
        """``source`` plus scaled, 1x1-convolved ``branches``; the scale moves into the weights."""
        joined = self.concat(branches, f"{name}_Concatenate")
        channels = self._channels[source]
        conv, total = f"{name}_Conv2d_1x1", f"{name}_ScaleSum"
        window = _window((1, 1), 1, same=True)
        kernel = self._kernel(joined, conv, channels, (1, 1), window) * np.float32(scale)
        bias = self._take(f"{conv}/bias", (channels,)) * np.float32(scale)
        layer = Conv(conv, joined, kernel, bias, 1, same=True, relu=False)
        branch = self._add(layer, channels, f"{conv}/bias")
        self._demand(total, "Add", self._edges[source], self._edges[branch], scale=scale)
        steps = [RELU] if relu else []
        return self._add(Add(total, (source, branch), relu), channels, *steps)

    def max_pool(self, source: str, name: str) -> str:
        self._demand(name, "MaxPool", self._edges[source], **_window((3, 3), 2, same=False))
        return self._add(MaxPool(name, source, size=3, stride=2), self._channels[source])

    def concat(self, branches: tuple[str, ...], name: str) -> str:
        self._demand(name, "Concat", *(self._edges[branch] for branch in branches), axis=_LAST)
        return self._add(Concat(name, branches), sum(self._channels[b] for b in branches))

    def average(self, source: str, name: str) -> str:
        self._demand(name, "GlobalAverage", self._edges[source], data_format=_LAYOUT)
        return self._add(GlobalAverage(name, source), self._channels[source])

    def dense(self, source: str, name: str, sizes: tuple[int, ...]) -> str:
        """A matrix product to one of these sizes, without bias, and batch normalisation."""
        size = self._size if self._size in sizes else sizes[0]
        self._demand(name, "Dense", self._edges[source], channels=size)
        kernel = self._take(f"{name}/kernel", (self._channels[source], size))
        kernel, bias, step = self._normalised(kernel, name)
        return self._add(Dense(name, source, kernel, bias), size, step)

    def finish(self) -> Graph:
        if left_over := [*self._stated, *self._arrays]:
            raise WeightsError(
                f"the weights file has {left_over[0]}, which Inception-ResNet-v1 has not: it is "
                "another network"
            )
        compare_edges("the output", self._outputs, [self._edges[self._layers[-1].name]])
        normalisation = "unit" if self._size == _FIXED_SIZE else "standardise"
        return Graph(INPUT, (SIZE_PX, SIZE_PX, 3), tuple(self._layers), normalisation)

    def _add(self, layer: Layer, channels: int, *steps: str) -> str:
        """The name of ``layer``; ``steps`` are what a file does to its output before it is read."""
        self._layers.append(layer)
        self._channels[layer.name] = channels
        self._edges[layer.name] = (layer.name, *steps)
        return layer.name

    def _demand(self, name: str, kind: str, *sources: Edge, **settings: object) -> None:
        """Raise :class:`WeightsError` unless the file states layer ``name`` like this."""
        if (stated := self._stated.pop(name, None)) is None:
            raise WeightsError(f"the weights file lacks layer {name}: it is another network")
        compare(stated, kind, sources, settings)

    def _take(self, name: str, shape: tuple[int, ...]) -> Vector:
        array = self._arrays.pop(name, None)
        if array is None:
            raise WeightsError(f"the weights file lacks array {name}: it is another network")
        if array.shape != shape:
            raise WeightsError(
                f"array {name} has shape {array.shape}, not {shape}: it is another network"
            )
        return array

    def _kernel(
        self,
        source: str,
        name: str,
        channels: int,
        size: tuple[int, int],
        window: Mapping[str, object],
    ) -> Vector:
        shape = {"channels": channels, "dilations": (1, 1), "groups": 1}
        self._demand(name, "Conv", self._edges[source], **window, **shape)
        return self._take(f"{name}/kernel", (*size, self._channels[source], channels))

    def _normalised(self, kernel: Vector, name: str) -> tuple[Vector, Vector, str]:
        """The ``kernel`` of ``name`` with its batch normalisation folded in, a bias, and a step.

        (x k - mean) / sqrt(variance + epsilon) + beta is linear in x, so it is again a kernel and a
        bias. Where a file has that bias already, its kernel has been folded before. FaceNet's
        normalisations have no gamma, or one of ones.
        """
        shape = kernel.shape[-1:]
        if (bias := f"{name}/bias") in self._arrays:
            return kernel, self._take(bias, shape), bias
        norm = f"{name}_BatchNorm"
        axis, scale = frozenset({kernel.ndim - 1, -1}), f"{norm}/gamma" in self._arrays
        self._demand(norm, "Norm", (name,), axis=axis, epsilon=_EPSILON, center=True, scale=scale)
        beta = self._take(f"{norm}/beta", shape)
        mean = self._take(f"{norm}/moving_mean", shape)
        variance = self._take(f"{norm}/moving_variance", shape)
        if (variance < 0).any():
            raise WeightsError(f"array {norm}/moving_variance holds a negative value")
        factor = 1 / np.sqrt(variance.astype(np.float64) + _EPSILON)
        if scale:
            factor = factor * self._take(f"{norm}/gamma", shape)
        folded = (kernel * factor).astype(np.float32)
        return folded, (beta - mean * factor).astype(np.float32), norm


def _window(size: tuple[int, int], stride: int, *, same: bool) -> dict[str, object]:
    """The settings that a file has to state of a window that slides over the image."""
    alike = {"same", "valid"} if size == (1, 1) else {"same" if same else "valid"}
    return {
        "size": size,
        "strides": (stride, stride),
        "padding": frozenset(alike),
        "data_format": _LAYOUT,
    }
