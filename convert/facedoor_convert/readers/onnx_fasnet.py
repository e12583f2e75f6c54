"""A MiniFASNet out of ONNX nodes: each has to be the next one, wired as the architecture says.

The exporter has folded normalisations into convolutions, and has named tensors and arrays by
numbers. Its nodes stand in the order in which they run, so the next layer is the next node.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.fasnet_layers import EPSILON, INPUT, Filling, Norm, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.readers.onnx_graph import Attribute, OnnxGraph, OnnxNode

_MOMENTUM = "momentum"
"""Of a normalisation: for training alone."""
_HALVINGS = 16
"""How many times smaller the last image is than the first one."""
_LARGEST_PX = 512


class OnnxFasnet:
    """The nodes of one file, taken off one by one; :class:`FasnetWeights` has the methods."""

    def __init__(self, graph: OnnxGraph) -> None:
        match list(graph.inputs.items()):
            case [(name, (1, 3, height, width))] if (
                height == width and height % _HALVINGS == 0 and 0 < height <= _LARGEST_PX
            ):
                self.side_px = height
            case others:
                raise WeightsError(
                    f"the ONNX file takes {dict(others)!r:.90}, not one square image of 3 channels "
                    f"whose sides are a multiple of {_HALVINGS}: it is another network"
                )
        self._graph = graph
        self._arrays = dict(graph.arrays)
        self._taken = 0
        self._tensors = {INPUT: name}
        """What the file calls the output of a layer of ours."""
        self._row = INPUT
        """Our name of the row of numbers that was made last."""
        self.squeezes = any(node.kind == "Sigmoid" for node in graph.nodes)

    def convolution(self, name: str, source: str, window: Window, *, prelu: bool) -> Filling:
        kernel, bias = self._next(name, "Conv", [source], 2, **_stated(window))
        slope = None
        if prelu:
            (slope,) = self._next(f"{name}.prelu", "PRelu", [name], 1)
            slope = self._shaped(slope, "slope", (window.channels, 1, 1)).reshape(-1)
        return Filling(
            self._shaped(kernel, "kernel", window.kernel_shape),
            self._shaped(bias, "bias", (window.channels,)),
            slope,
        )

    def sum(self, name: str, sources: tuple[str, str]) -> None:
        self._next(name, "Add", list(sources), 0)

    def excitation(self, name: str, source: str, windows: tuple[Window, Window]) -> list[Filling]:
        self._next(name, "GlobalAveragePool", [source], 0)
        fillings = []
        for window, kind in zip(windows, ("Relu", "Sigmoid"), strict=True):
            fillings.append(self.convolution(name, name, window, prelu=False))
            self._next(name, kind, [name], 0)
        self._next(name, "Mul", [source, name], 0)
        return fillings

    def flat(self, name: str, source: str) -> None:
        # PyTorch's exporter works out the new shape, (batch, -1), while the network runs.
        self._next("batch", "Shape", [source], 0)
        (which,) = self._next("batch", "Gather", ["batch"], 1, axis=0)
        self._shaped(which, "index", (), [0])
        self._next("batch", "Unsqueeze", ["batch"], 0, axes=(0,))
        (rest,) = self._next("batch", "Concat", ["batch"], 1, axis=0)
        self._shaped(rest, "rest of a shape", (1,), [-1])
        self._next(name, "Reshape", [source, "batch"], 0)
        self._row = name

    def product(self, name: str, shape: tuple[int, int]) -> Vector:
        (kernel,) = self._next(name, "MatMul", [self._row], 1)
        self._row = name
        return self._shaped(kernel, "kernel", shape)

    def norm(self, name: str, size: int) -> Norm:
        arrays = self._next(name, "BatchNormalization", [self._row], 4, epsilon=EPSILON)
        self._row = name
        roles = ("gamma", "beta", "mean", "variance")
        parts = [
            self._shaped(array, role, (size,)) for role, array in zip(roles, arrays, strict=True)
        ]
        if (parts[3] < 0).any():
            self._refuse(self._graph.nodes[self._taken - 1], "has a negative variance")
        return Norm(*parts)

    def finish(self, output: str) -> None:
        if self._taken < len(self._graph.nodes):
            self._refuse(self._graph.nodes[self._taken], "comes after the last one")
        if self._graph.outputs != (self._tensors[output],):
            raise WeightsError(
                f"the ONNX file gives {self._graph.outputs!r:.90}, not its last node's output: it "
                "is another network"
            )
        if self._arrays:
            raise WeightsError(
                f"the ONNX file has array {next(iter(self._arrays)):.60}, which is not used: it is "
                "another network"
            )

    def _next(
        self, name: str, kind: str, sources: list[str], arrays: int, **settings: Attribute
    ) -> list[NDArray[Any]]:
        """The ``arrays`` that the next node reads after ``sources``; its output is layer ``name``.

        Raises :class:`WeightsError` unless it is of this kind, with these settings alone.
        """
        if self._taken == len(self._graph.nodes):
            raise WeightsError(f"the ONNX file ends where {name} has to be: it is another network")
        node = self._graph.nodes[self._taken]
        self._taken += 1
        if node.kind != kind:
            self._refuse(node, f"is a {node.kind:.40}, not a {kind}")
        expected = tuple(self._tensors[source] for source in sources)
        count = len(expected)
        if node.sources[:count] != expected or len(node.sources) != count + arrays:
            self._refuse(
                node, f"reads {node.sources!r:.90}, not {expected!r:.60} and {arrays} arrays"
            )
        stated = {k: v for k, v in node.attributes.items() if k != _MOMENTUM}
        for key in sorted(stated.keys() | settings.keys()):
            if not _alike(stated.get(key), settings.get(key)):
                self._refuse(
                    node, f"has {key:.40} {stated.get(key)!r:.60}, not {settings.get(key)!r}"
                )
        if len(node.outputs) != 1:
            self._refuse(node, f"has {len(node.outputs)} outputs, not 1")
        self._tensors[name] = node.outputs[0]
        found = []
        for array in node.sources[count:]:
            if array not in self._arrays:
                self._refuse(node, f"reads {array:.60}, which is no array, or used twice")
            found.append(self._arrays.pop(array))
        return found

    def _shaped(
        self,
        array: NDArray[Any],
        role: str,
        shape: tuple[int, ...],
        numbers: list[int] | None = None,
    ) -> Vector:
        """``array`` if it is of this shape, and float32, or holds these whole ``numbers``."""
        kind = np.float32 if numbers is None else np.int64
        if array.shape != shape or array.dtype != kind:
            self._refuse(
                self._graph.nodes[self._taken - 1],
                f"has a {role} of {array.dtype} {array.shape}, not {kind.__name__} {shape}",
            )
        if numbers is not None and array.ravel().tolist() != numbers:
            self._refuse(
                self._graph.nodes[self._taken - 1], f"has a {role} of {array!r:.40}, not {numbers}"
            )
        return array

    def _refuse(self, node: OnnxNode, complaint: str) -> NoReturn:
        raise WeightsError(
            f"node {node.name:.60} of the ONNX file {complaint}: it is another network"
        )


def _stated(window: Window) -> dict[str, Attribute]:
    """The attributes of a convolution."""
    return {
        "dilations": (1, 1),
        "group": window.groups,
        "kernel_shape": (window.size, window.size),
        "pads": (window.padding,) * 4,
        "strides": (window.stride, window.stride),
    }


def _alike(found: Attribute | None, expected: Attribute | None) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-6)  # a file holds float32
    return found == expected
