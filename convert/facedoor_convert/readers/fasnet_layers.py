"""What a weights file gives of a MiniFASNet: the arrays of one layer after the other.

Several forms of file hold the same network. The architecture, which is written in code, asks a file
for each layer in the order in which they run; the file's own reader refuses the first one that it
states otherwise, and gives the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from facedoor.frames import Vector


@dataclass(frozen=True, slots=True)
class Window:
    """A convolution with zeros around the image, of height and width alike."""

    channels_in: int
    channels: int
    size: int
    stride: int
    padding: int
    groups: int

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """(channels, channels that each one reads, height, width), as PyTorch and ONNX have it."""
        return (self.channels, self.channels_in // self.groups, self.size, self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A batch normalisation, channel by channel: (x - mean) / sqrt(variance + 1e-5) gamma + beta.

    float32 (channels,) each; no variance is negative.
    """

    gamma: Vector
    beta: Vector
    mean: Vector
    variance: Vector


EPSILON = 1e-5
"""What batch normalisation adds to the variance."""


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """The arrays of a convolution: float32 ``kernel`` of the shape of its :class:`Window`.

    ``after`` is the bias (channels,) or the normalisation that follows it.
    """

    kernel: Vector
    after: Vector | Norm
    slope: Vector | None
    """Of the PReLU after it, (channels,), if it has one."""


class FasnetWeights(Protocol):
    """A MiniFASNet as a file has it; everything raises :class:`WeightsError` for another network.

    Layers are named as in PyTorch's file, with ``.prelu`` after the name of a convolution whose
    PReLU is read; ``sources`` are names of layers before, or ``INPUT``.
    """

    @property
    def side_px(self) -> int:
        """Height and width of the input: a multiple of 16."""

    @property
    def squeezes(self) -> bool:
        """True if the last block of each stage weighs its channels ("squeeze and excitation")."""

    def convolution(self, name: str, source: str, window: Window, *, prelu: bool) -> Filling:
        """A convolution, its normalisation, and a PReLU if ``prelu``."""

    def sum(self, name: str, sources: tuple[str, str]) -> None:
        """The sum of two layers."""

    def excitation(self, name: str, source: str, windows: tuple[Window, Window]) -> list[Filling]:
        """The mean of each channel, a convolution, a ReLU, another one, a sigmoid, and the product
        with ``source``."""

    def flat(self, name: str, source: str) -> None:
        """The image of one pixel as a row of numbers."""

    def product(self, name: str, shape: tuple[int, int]) -> Vector:
        """The kernel of a matrix product, (values in, values out), of the row made last."""

    def norm(self, name: str, size: int) -> Norm:
        """A batch normalisation of the row of numbers that was made last."""

    def finish(self, output: str) -> None:
        """Refuse a file with another output than this layer, or with anything left over."""


INPUT = "input"
