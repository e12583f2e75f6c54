"""MiniFASNet: tells a living face from a photo or a screen; a picture in, three probabilities out.

After MiniVision's "Silent-Face-Anti-Spoofing" (2020): a MobileFaceNet whose channels were pruned.
The architecture is written here, in code, with the sizes of its second version, for pictures of any
size that is a multiple of 16, with or without "squeeze and excitation" (Hu et al., 2018). A weights
file only fills it, layer by layer, and whatever it states otherwise, or has beside it, is refused.

Normalisations are folded into the convolutions before them. The classes become probabilities in the
graph, so that whoever runs it need not know what comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.networks.graph import (
    Add,
    Conv,
    Dense,
    Depthwise,
    GlobalAverage,
    Graph,
    Pad,
    PRelu,
    Sigmoid,
    Softmax,
    Weigh,
    output_shape,
    sources,
)
from facedoor_convert.readers.fasnet_layers import EPSILON, INPUT, Norm, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer, Shape
    from facedoor_convert.readers.fasnet_layers import FasnetWeights, Filling

CLASSES = 3
_HALVED = ("conv_23", 103, 64), ("conv_34", 231, 128), ("conv_45", 308, 128)
"""The block that begins each stage and halves the image: its channels within, and after it."""
_STAGES = (
    ("conv_3", (13, 13, 13, 13), 4),
    ("conv_4", (231, 52, 26, 77, 26, 26), 4),
    ("conv_5", (26, 26), 4),
)
"""The blocks after it: the channels within each one, and how far the last squeezes its own."""
_WIDEST, _NARROW = 512, 128


def assemble(weights: FasnetWeights) -> Graph:
    """The network with ``weights``, normalisations folded in.

    Raises :class:`WeightsError` naming the first layer or array that is missing, another one, or
    left over.
    """
    network = _Builder(weights)
    x = network.conv(INPUT, "conv1", 32, size=3, stride=2, padding=1)
    x = network.depthwise(x, "conv2_dw", size=3)
    for (name, within, channels), (stage, blocks, squeezed) in zip(_HALVED, _STAGES, strict=True):
        x = network.block(x, name, within, channels, stride=2)
        for number, width in enumerate(blocks):
            last = number == len(blocks) - 1
            block = f"{stage}.model.{number}"
            branch = network.block(x, block, width, channels)
            if last and weights.squeezes:
                branch = network.excite(branch, f"{block}.se_module", channels // squeezed)
            x = network.sum(x, branch, block)
    x = network.conv(x, "conv_6_sep", _WIDEST)
    x = network.depthwise(x, "conv_6_dw", size=weights.side_px // 16, inner=True, prelu=False)
    x = network.flat(x, "conv_6_flatten")
    x = network.normalised_product(x, "linear", "bn", _NARROW)
    x = network.product(x, "prob", CLASSES)
    return network.finish(x)


class _Builder:
    """Adds layers one after the other and takes their arrays out of the weights."""

    def __init__(self, weights: FasnetWeights) -> None:
        self._weights = weights
        self._shapes: dict[str, Shape] = {INPUT: (weights.side_px, weights.side_px, 3)}
        self._layers: list[Layer] = []

    def block(self, source: str, name: str, within: int, channels: int, *, stride: int = 1) -> str:
        """Wide, channel by channel, and narrow again."""
        x = self.conv(source, f"{name}.conv", within)
        x = self.depthwise(x, f"{name}.conv_dw", size=3, stride=stride)
        return self.conv(x, f"{name}.project", channels, prelu=False)

    def conv(
        self,
        source: str,
        name: str,
        channels: int,
        *,
        size: int = 1,
        stride: int = 1,
        padding: int = 0,
        prelu: bool = True,
    ) -> str:
        before = self._shapes[source][2]
        window = Window(before, channels, size, stride, padding, groups=1)
        filling = self._weights.convolution(name, source, window, prelu=prelu)
        kernel, bias = _folded(filling)
        kernel = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0))
        x, same = self._padded(source, name, window)
        self._add(Conv(name, x, kernel, bias, stride, same, relu=False))
        return self._sloped(name, filling)

    def depthwise(
        self,
        source: str,
        name: str,
        *,
        size: int,
        stride: int = 1,
        inner: bool = False,
        prelu: bool = True,
    ) -> str:
        """A convolution of each channel; ``inner`` if it keeps within the image."""
        channels = self._shapes[source][2]
        window = Window(channels, channels, size, stride, 0 if inner else size // 2, channels)
        filling = self._weights.convolution(name, source, window, prelu=prelu)
        kernel, bias = _folded(filling)
        kernel = np.ascontiguousarray(kernel[:, 0].transpose(1, 2, 0))
        x, same = self._padded(source, name, window)
        self._add(Depthwise(name, x, kernel, bias, stride, same))
        return self._sloped(name, filling)

    def sum(self, short_cut: str, branch: str, name: str) -> str:
        self._weights.sum(name, (short_cut, branch))
        return self._add(Add(name, (short_cut, branch), relu=False))

    def excite(self, source: str, name: str, within: int) -> str:
        """Each channel times what two matrix products make of the means of all channels."""
        channels = self._shapes[source][2]
        windows = (
            Window(channels, within, 1, 1, 0, groups=1),
            Window(within, channels, 1, 1, 0, groups=1),
        )
        x = self._add(GlobalAverage(f"{name}.avg_pool", source))
        for part, filling in zip(
            ("fc1", "fc2"), self._weights.excitation(name, source, windows), strict=True
        ):
            kernel, bias = _folded(filling)
            kernel = np.ascontiguousarray(kernel[:, :, 0, 0].transpose())
            x = self._add(Dense(f"{name}.{part}", x, kernel, bias, relu=part == "fc1"))
        x = self._add(Sigmoid(f"{name}.sigmoid", x))
        return self._add(Weigh(name, (source, x)))

    def flat(self, source: str, name: str) -> str:
        """The one pixel that is left, as a row of numbers: the mean of one is that itself."""
        self._weights.flat(name, source)
        return self._add(GlobalAverage(name, source))

    def normalised_product(self, source: str, name: str, norm: str, size: int) -> str:
        kernel = self._weights.product(name, (self._shapes[source][0], size))
        factor, shift = _affine(self._weights.norm(norm, size))
        folded = (kernel * factor).astype(np.float32)
        self._add(Dense(norm, source, folded, shift.astype(np.float32)))
        return norm

    def product(self, source: str, name: str, size: int) -> str:
        kernel = self._weights.product(name, (self._shapes[source][0], size))
        return self._add(Dense(name, source, np.array(kernel), np.zeros(size, np.float32)))

    def finish(self, output: str) -> Graph:
        self._weights.finish(output)
        self._add(Softmax("classes", output))
        return Graph(INPUT, self._shapes[INPUT], tuple(self._layers), normalisation="range")

    def _padded(self, source: str, name: str, window: Window) -> tuple[str, bool]:
        """What the convolution has to read, and whether it pads that itself.

        Where it strides, TFLite would put the zeros at the end, and PyTorch puts them around.
        """
        if not window.padding or window.stride == 1:
            return source, bool(window.padding)
        height, width, channels = self._shapes[source]
        around = 2 * window.padding
        shape = (height + around, width + around, channels)
        return self._add(Pad(f"{name}.padded", source, shape, window.padding)), False

    def _sloped(self, name: str, filling: Filling) -> str:
        if filling.slope is None:
            return name
        return self._add(PRelu(f"{name}.prelu", name, filling.slope))

    def _add(self, layer: Layer) -> str:
        inputs = [self._shapes[name] for name in sources(layer)]
        self._shapes[layer.name] = output_shape(layer, inputs)
        self._layers.append(layer)
        return layer.name


def _folded(filling: Filling) -> tuple[Vector, Vector]:
    """The kernel of ``filling`` with what follows it, and its bias."""
    if not isinstance(filling.after, Norm):
        return filling.kernel, filling.after
    factor, shift = _affine(filling.after)
    kernel = filling.kernel * factor[:, np.newaxis, np.newaxis, np.newaxis]
    return kernel.astype(np.float32), shift.astype(np.float32)


def _affine(norm: Norm) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a normalisation multiplies by, and then adds: (channels,) each."""
    factor = norm.gamma / np.sqrt(norm.variance.astype(np.float64) + EPSILON)
    return factor, norm.beta - norm.mean * factor
