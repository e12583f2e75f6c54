"""Reads a float network in a TFLite file (``.tflite``) as plain nodes and arrays; runs nothing.

The file is one flatbuffer, a ``Model`` of TensorFlow's ``schema.fbs``, in which everything is found
by offsets that a damaged file may point anywhere. So nothing is unpacked but what is asked for, and
every count and size is compared with what a file of its length can hold before it is believed.
Whatever is written in another way than the networks that facedoor converts need, such as integers,
sparse arrays or several graphs, is refused.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_MOST = 4096
"""Operators, and tensors: far more than any network here has."""
_MOST_AXES = 8
_MOST_TENSORS_OF_ONE = 16
"""That an operator may read or make."""
_IDENTIFIER = b"TFL3"

_TYPES: dict[int, np.dtype[Any]] = {
    schema.TensorType.FLOAT32: np.dtype("<f4"),
    schema.TensorType.INT32: np.dtype("<i4"),
}
_KINDS: dict[int, tuple[str, Any, tuple[str, ...]]] = {
    # Operator: its name; its options, and what is read of them.
    schema.BuiltinOperator.CONV_2D: (
        "CONV_2D",
        schema.Conv2DOptions,
        ("Padding", "StrideH", "StrideW", "DilationHFactor", "DilationWFactor"),
    ),
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: (
        "DEPTHWISE_CONV_2D",
        schema.DepthwiseConv2DOptions,
        ("Padding", "StrideH", "StrideW", "DilationHFactor", "DilationWFactor", "DepthMultiplier"),
    ),
    schema.BuiltinOperator.ADD: ("ADD", schema.AddOptions, ()),
    schema.BuiltinOperator.SUB: ("SUB", schema.SubOptions, ()),
    schema.BuiltinOperator.MUL: ("MUL", schema.MulOptions, ()),
    schema.BuiltinOperator.RELU: ("RELU", None, ()),
    schema.BuiltinOperator.ABS: ("ABS", None, ()),
    schema.BuiltinOperator.RESHAPE: ("RESHAPE", None, ()),
}
"""The operators that are known. What else their options say, but for an activation, has no bearing
on floats, or is said by a constant besides."""
_ASTRAY = (ValueError, TypeError, IndexError, OverflowError, AttributeError, struct.error)
"""What the schema's accessors meet where an offset leads out of the file, or to no number."""
_ACTIVATION = "FusedActivationFunction"


@dataclass(frozen=True, slots=True)
class TfliteNode:
    """One operator."""

    kind: str
    """TensorFlow's name for what it does, such as ``CONV_2D``."""
    sources: tuple[int, ...]
    """The tensors that it reads, by number."""
    output: int
    settings: Mapping[str, int]
    """Its options by their names in the schema; also those that have their default."""


@dataclass(frozen=True, slots=True, eq=False)
class TfliteGraph:
    """A network as a file has it. Tensors go by their numbers."""

    input: int
    input_shape: tuple[int, ...]
    output: int
    nodes: tuple[TfliteNode, ...]
    """In the order in which they run."""
    arrays: Mapping[int, NDArray[Any]]
    """The tensors that are constant, float32 or int32; all numbers are finite. Not to be written
    to."""


def read(path: Path) -> TfliteGraph:
    """The network at ``path``.

    Raises :class:`WeightsError` when the file is damaged, is no network with one input and one
    output, or holds a number that is not finite.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    try:
        return _Reader(data).graph()
    except _ASTRAY as error:
        raise WeightsError(
            f"{path} is not a float network in TFLite that the converter can read: {error}; fetch "
            "it again"
        ) from error


class _Reader:
    """Takes what is needed out of one file."""

    def __init__(self, data: bytes) -> None:
        if data[4:8] != _IDENTIFIER:
            raise ValueError(f"it does not begin as one ({data[4:8]!r})")
        self._left = len(data)
        """Bytes that arrays may still have: in a whole file no two share any."""
        self._model = schema.Model.GetRootAs(data, 0)

    def graph(self) -> TfliteGraph:
        if (count := self._model.SubgraphsLength()) != 1:
            raise ValueError(f"it has {count} graphs, not 1")
        graph = self._model.Subgraphs(0)
        operators, tensors = graph.OperatorsLength(), graph.TensorsLength()
        if not 0 < operators <= _MOST or not 0 < tensors <= _MOST:
            raise ValueError(f"it has {operators} operators and {tensors} tensors")
        if (graph.InputsLength(), graph.OutputsLength()) != (1, 1):
            raise ValueError("it has not one input and one output")
        shapes: list[tuple[int, ...]] = []
        arrays: dict[int, NDArray[Any]] = {}
        for number in range(tensors):
            shape, array = self._tensor(graph.Tensors(number), number)
            shapes.append(shape)
            if array is not None:
                arrays[number] = array
        nodes = tuple(
            self._node(graph.Operators(number), number, tensors) for number in range(operators)
        )
        ends = int(graph.Inputs(0)), int(graph.Outputs(0))
        if not all(0 <= end < tensors for end in ends):
            raise ValueError(f"its input and output are the tensors {ends}, of {tensors}")
        return TfliteGraph(ends[0], shapes[ends[0]], ends[1], nodes, arrays)

    def _tensor(self, tensor: Any, number: int) -> tuple[tuple[int, ...], NDArray[Any] | None]:
        """The shape of a tensor, and its numbers if it is constant."""
        what = f"tensor {number}"
        if (axes := tensor.ShapeLength()) > _MOST_AXES:
            raise ValueError(f"{what} has {axes} axes")
        shape = tuple(int(tensor.Shape(axis)) for axis in range(axes))
        if (dtype := _TYPES.get(tensor.Type())) is None:
            raise ValueError(f"{what} is of the type {tensor.Type()}, neither float32 nor int32")
        if tensor.IsVariable() or tensor.Sparsity() is not None or _is_quantised(tensor):
            raise ValueError(f"{what} is variable, sparse or quantised")
        if not 0 <= tensor.Buffer() < self._model.BuffersLength():
            raise ValueError(f"{what} has no buffer")
        buffer = self._model.Buffers(tensor.Buffer())
        if not (size := buffer.DataLength()):
            return shape, None
        if min(shape, default=1) < 0 or size != dtype.itemsize * math.prod(shape):
            raise ValueError(f"{what} of shape {shape} has {size} bytes")
        if size > self._left:
            raise ValueError(f"{what} has {size} bytes, more than are left of the file")
        self._left -= size
        array = buffer.DataAsNumpy().view(dtype).reshape(shape)
        if not np.isfinite(array).all():
            raise ValueError(f"{what} holds a value that is not a finite number")
        return shape, array

    def _node(self, operator: Any, number: int, tensors: int) -> TfliteNode:
        what = f"operator {number}"
        which = operator.OpcodeIndex()
        if not 0 <= which < min(self._model.OperatorCodesLength(), _MOST):
            raise ValueError(f"{what} is of no kind")
        code = self._model.OperatorCodes(which)
        # Old files have the number in one field, new ones in another, and the larger one holds.
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind not in _KINDS:
            raise ValueError(f"{what} is of kind {kind}, which the converter does not know")
        name, options, keys = _KINDS[kind]
        inputs, outputs = operator.InputsLength(), operator.OutputsLength()
        if inputs > _MOST_TENSORS_OF_ONE or outputs != 1:
            raise ValueError(f"{what}, {name}, reads {inputs} tensors and makes {outputs}")
        sources = tuple(int(operator.Inputs(source)) for source in range(inputs))
        output = int(operator.Outputs(0))
        if not all(0 <= tensor < tensors for tensor in (*sources, output)):
            raise ValueError(f"{what}, {name}, reads {sources} and makes {output}, of {tensors}")
        settings = _settings(operator, options, keys) if options else {}
        return TfliteNode(name, sources, output, settings)


def _settings(operator: Any, kind: Any, keys: tuple[str, ...]) -> dict[str, int]:
    """What an operator's options, of the schema's ``kind``, say."""
    expected = getattr(schema.BuiltinOptions, kind.__name__)
    table = operator.BuiltinOptions()
    if operator.BuiltinOptionsType() != expected or table is None:
        raise ValueError(f"an operator lacks its {kind.__name__}")
    options = kind()
    options.Init(table.Bytes, table.Pos)
    return {key: int(getattr(options, key)()) for key in (_ACTIVATION, *keys)}


def _is_quantised(tensor: Any) -> bool:
    quantisation = tensor.Quantization()
    return quantisation is not None and bool(quantisation.ScaleLength())
