"""dlib's face recognition network: a ResNet of 29 convolutions, 150x150 RGB in, 128 numbers out.

After He et al., "Deep Residual Learning for Image Recognition" (2015), with half as many filters
and some layers less; the sizes are those of dlib's published model. The file says what its layers
are and hardly how they are connected, so the architecture is here, in code, and each layer of the
file has to be the next one that it asks for, tagged where a short cut begins or ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.networks.graph import (
    Add,
    AveragePool,
    Conv,
    Dense,
    GlobalAverage,
    Graph,
    MaxPool,
    Pad,
    output_shape,
    sources,
    with_pixels,
)

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer, Shape
    from facedoor_convert.readers.dlib_dat import DlibLayer, DlibNetwork

INPUT = "input"
SIZE_PX = 150
EMBEDDING_SIZE = 128
_STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and number of blocks. The first block of each stage but the first halves the image."""
_PIXEL_SCALE = 256
"""dlib's input is (level - mean of the channel) / 256."""


def assemble(network: DlibNetwork) -> Graph:
    """The network with the layers of ``network``; affine layers and the input's means folded in.

    Its input is the crop's levels divided by 255: the first convolution pads nothing, so what dlib
    does to the pixels before it can be a part of it. Raises :class:`WeightsError` naming the first
    layer that is missing, another one, of another shape, or left over.
    """
    if network.size_px != (SIZE_PX, SIZE_PX):
        raise WeightsError(f"the dlib file takes images of {network.size_px}: another network")
    builder = _Builder(network)
    x = builder.conv(INPUT, "conv", 32, size=7, stride=2, relu=True)
    x = builder.max_pool(x, "pool")
    for stage, (channels, blocks) in enumerate(_STAGES, 1):
        for block in range(1, blocks + 1):
            down = block == 1 and stage > 1
            x = _block(builder, x, f"stage{stage}_block{block}", channels, down=down)
    builder.expect("avg_pool", height=0, width=0, stride_y=1, stride_x=1, padding_y=0, padding_x=0)
    x = builder.add(GlobalAverage("average", x))
    builder.dense(x, "embedding", EMBEDDING_SIZE)
    return builder.finish()


def _block(builder: _Builder, x: str, name: str, channels: int, *, down: bool) -> str:
    """Two convolutions beside a short cut, added up."""
    builder.tag()
    branch = builder.conv(x, f"{name}_a", channels, size=3, stride=2 if down else 1, relu=True)
    branch = builder.conv(branch, f"{name}_b", channels, size=3, stride=1, relu=False)
    if down:
        builder.tag()
        builder.tag()  # the way goes on from the first tag
        x = builder.average_pool(x, f"{name}_pool")
    builder.expect("add_prev")
    builder.expect("relu")
    return builder.sum(x, branch, name)


class _Builder:
    """Adds layers one after the other and takes them off the file's."""

    def __init__(self, network: DlibNetwork) -> None:
        self._network = network
        self._taken = 0
        self._tags = 0
        self._shapes: dict[str, Shape] = {INPUT: (SIZE_PX, SIZE_PX, 3)}
        self._layers: list[Layer] = []

    def conv(
        self, source: str, name: str, channels: int, *, size: int, stride: int, relu: bool
    ) -> str:
        """A convolution, the affine layer after it, and a ReLU if ``relu``."""
        same = stride == 1
        padding = size // 2 if same else 0
        con = self.expect(
            "con",
            height=size,
            width=size,
            stride_y=stride,
            stride_x=stride,
            padding_y=padding,
            padding_x=padding,
        )
        before = self._shapes[source][2]
        kernel = self._array(con, "kernel", (size, size, before, channels))
        affine = self.expect("affine")
        gamma = self._array(affine, "gamma", (channels,))
        bias = con.arrays["bias"] * gamma + self._array(affine, "beta", (channels,))
        kernel = kernel * gamma
        if source == INPUT:
            kernel, bias = with_pixels(kernel, bias, self._network.mean_rgb, _PIXEL_SCALE)
        if relu:
            self.expect("relu")
        return self.add(Conv(name, source, kernel, bias, stride, same, relu))

    def sum(self, short_cut: str, branch: str, name: str) -> str:
        """Both tensors added; the smaller one is filled up with zeros, at the end of each axis."""
        shapes = self._shapes[short_cut], self._shapes[branch]
        common = tuple(map(max, *shapes))
        sources = [
            source if shape == common else self.add(Pad(f"{source}_filled", source, common))
            for source, shape in zip((short_cut, branch), shapes, strict=True)
        ]
        return self.add(Add(name, (sources[0], sources[1]), relu=True))

    def max_pool(self, source: str, name: str) -> str:
        self.expect("max_pool", height=3, width=3, stride_y=2, stride_x=2, padding_y=0, padding_x=0)
        return self.add(MaxPool(name, source, size=3, stride=2))

    def average_pool(self, source: str, name: str) -> str:
        self.expect("avg_pool", height=2, width=2, stride_y=2, stride_x=2, padding_y=0, padding_x=0)
        return self.add(AveragePool(name, source, size=2))

    def dense(self, source: str, name: str, size: int) -> str:
        kernel = self._array(self.expect("fc"), "kernel", (self._shapes[source][0], size))
        return self.add(Dense(name, source, kernel, np.zeros(size, np.float32)))

    def tag(self) -> None:
        """The last layer has to be tagged, once more if it has been before."""
        self._tags += 1

    def finish(self) -> Graph:
        self._check_tags()
        if left_over := self._network.layers[self._taken :]:
            raise WeightsError(
                f"the dlib file has {left_over[0].kind} as layer {self._taken + 1}, where the "
                "ResNet-29 ends: it is another network"
            )
        return Graph(INPUT, self._shapes[INPUT], tuple(self._layers), normalisation="unit")

    def expect(self, kind: str, **settings: int) -> DlibLayer:
        """The next layer of the file, which has to be this one."""
        self._check_tags()
        number = self._taken + 1
        if self._taken == len(self._network.layers):
            raise WeightsError(f"the dlib file ends before layer {number}: it is another network")
        layer = self._network.layers[self._taken]
        if layer.kind != kind:
            raise WeightsError(
                f"layer {number} of the dlib file is {layer.kind}, not {kind}: it is another "
                "network"
            )
        for key, value in settings.items():
            if layer.settings[key] != value:
                raise WeightsError(
                    f"layer {number} of the dlib file, {kind}, has {key} {layer.settings[key]}, "
                    f"not {value}: it is another network"
                )
        self._taken += 1
        return layer

    def _check_tags(self) -> None:
        """Raise :class:`WeightsError` unless the last layer has as many tags as were asked for."""
        last = self._network.layers[self._taken - 1] if self._taken else None
        if last and last.tags != self._tags:
            raise WeightsError(
                f"layer {self._taken} of the dlib file, {last.kind}, has {last.tags} tags, not "
                f"{self._tags}, so its short cuts are others: it is another network"
            )
        self._tags = 0

    def add(self, layer: Layer) -> str:
        inputs = [self._shapes[name] for name in sources(layer)]
        self._shapes[layer.name] = output_shape(layer, inputs)
        self._layers.append(layer)
        return layer.name

    def _array(self, layer: DlibLayer, role: str, shape: Shape) -> Vector:
        array = layer.arrays[role]
        if array.shape != shape:
            raise WeightsError(
                f"{role} of layer {self._taken} of the dlib file has shape {array.shape}, not "
                f"{shape}: it is another network"
            )
        return array
