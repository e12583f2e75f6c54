"""A MiniFASNet out of the arrays of PyTorch's file, which knows their names and nothing else.

What the file does not state, how layers are wired and how they stride, the architecture says; its
names and shapes have to be exactly those that this architecture has in PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.fasnet_layers import Filling, Norm, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from facedoor.frames import Vector

_WRAPPED = "module."
"""Before every name, where several processors have trained the network."""
_LAST = "conv_6_dw.conv.weight"
"""The kernel that covers the whole last image, a sixteenth of the input."""


class TorchFasnet:
    """The arrays of one file, taken out by name; :class:`FasnetWeights` has the methods."""

    squeezes = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = {name.removeprefix(_WRAPPED): array for name, array in arrays.items()}
        if len(self._arrays) != len(arrays):
            raise WeightsError(f"the file has names with and without {_WRAPPED}: another network")
        last = self._arrays.get(_LAST)
        if last is None or last.ndim != 4 or not 1 <= last.shape[3] <= 32:
            raise WeightsError(f"the file has no kernel {_LAST} of a window: it is another network")
        self.side_px = 16 * last.shape[3]

    def convolution(self, name: str, source: str, window: Window, *, prelu: bool) -> Filling:
        del source  # not stated
        kernel = self._take(f"{name}.conv.weight", window.kernel_shape)
        slope = self._take(f"{name}.prelu.weight", (window.channels,)) if prelu else None
        return Filling(kernel, self.norm(f"{name}.bn", window.channels), slope)

    def sum(self, name: str, sources: tuple[str, str]) -> None:
        """Not stated."""

    def excitation(self, name: str, source: str, windows: tuple[Window, Window]) -> list[Filling]:
        del source, windows  # whatever they are
        raise WeightsError(f"{name}: no file of this form is read whose network squeezes")

    def flat(self, name: str, source: str) -> None:
        """Not stated."""

    def product(self, name: str, shape: tuple[int, int]) -> Vector:
        return self._take(f"{name}.weight", shape[::-1]).transpose()

    def norm(self, name: str, size: int) -> Norm:
        roles = ("weight", "bias", "running_mean", "running_var")
        norm = Norm(*(self._take(f"{name}.{role}", (size,)) for role in roles))
        self._take(f"{name}.num_batches_tracked", (), np.int64)  # for training alone
        if (norm.variance < 0).any():
            raise WeightsError(f"array {name}.running_var holds a negative value")
        return norm

    def finish(self, output: str) -> None:
        if self._arrays:
            raise WeightsError(
                f"the file has array {next(iter(self._arrays)):.60}, which a MiniFASNet that ends "
                f"in {output} has not: it is another network"
            )

    def _take(
        self, name: str, shape: tuple[int, ...], kind: type[np.generic] = np.float32
    ) -> NDArray[Any]:
        array = self._arrays.pop(name, None)
        if array is None:
            raise WeightsError(f"the file lacks array {name}: it is another network")
        if array.shape != shape or array.dtype != kind:
            raise WeightsError(
                f"array {name} is of {array.dtype} {array.shape}, not {kind.__name__} {shape}: it "
                "is another network"
            )
        return array
