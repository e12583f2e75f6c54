"""A small face network to train from nothing: convolutions and ReLU, which lose little in int8.

Four stages, each halving the image and doubling the channels; from the second on each ends in a
residual block of two convolutions. Depthwise convolutions would have fewer multiplications and
would still be slower to train, and lose more in int8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.networks.graph import Add, Conv, Dense, GlobalAverage, Graph

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer

INPUT = "face"
SIZE_PX = 80
EMBEDDING_SIZE = 128
_CHANNELS = (16, 32, 64, 128)


def initial(seed: int) -> Graph:
    """The untrained network: (80, 80, 3) becomes (128,). The same seed gives the same numbers.

    Kernels are normal with variance 2 / inputs (He et al., "Delving Deep into Rectifiers", 2015).
    """
    random = np.random.default_rng(seed)

    def drawn(*shape: int) -> Vector:
        deviation = np.sqrt(2 / np.prod(shape[:-1]))
        return np.asarray(random.standard_normal(shape) * deviation, np.float32)

    layers: list[Layer] = []
    channels = {INPUT: 3}

    def conv(source: str, name: str, out: int, *, stride: int = 1, relu: bool = True) -> str:
        kernel, bias = drawn(3, 3, channels[source], out), np.zeros(out, np.float32)
        layers.append(Conv(name, source, kernel, bias, stride, same=True, relu=relu))
        channels[name] = out
        return name

    x = INPUT
    for stage, out in enumerate(_CHANNELS, start=1):
        x = conv(x, f"stage{stage}", out, stride=2)
        if stage > 1:
            branch = conv(x, f"stage{stage}_a", out)
            branch = conv(branch, f"stage{stage}_b", out, relu=False)
            layers.append(Add(f"stage{stage}_sum", (x, branch), relu=True))
            x = f"stage{stage}_sum"
            channels[x] = out
    layers.append(GlobalAverage("average", x))
    kernel = drawn(channels[x], EMBEDDING_SIZE)
    layers.append(Dense("embedding", "average", kernel, np.zeros(EMBEDDING_SIZE, np.float32)))
    return Graph(INPUT, (SIZE_PX, SIZE_PX, 3), tuple(layers))
