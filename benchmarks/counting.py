"""Counts what one run of a TFLite network takes: multiplications, and the bytes that it moves.

Nothing is run. A multiplication with the addition of its product is one MAC. Weights are counted as
XNNPACK keeps them: those that a file has in float16 are unpacked to float32 when it is loaded, so
the operators that unpack them cost a frame nothing and are left out, like whatever else depends on
constants alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema

_NAMES = {
    value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")
}
_BYTES = {
    schema.TensorType.FLOAT32: 4,
    schema.TensorType.FLOAT16: 2,
    schema.TensorType.INT64: 8,
    schema.TensorType.INT32: 4,
    schema.TensorType.INT8: 1,
    schema.TensorType.UINT8: 1,
    schema.TensorType.BOOL: 1,
}
_MACS_AN_OUTPUT: dict[str, Callable[[list[int]], int]] = {
    # From the shape of the weights: (channels out, height, width, channels in), (1, height, width,
    # channels), (values out, values in).
    "CONV_2D": lambda weights: math.prod(weights[1:]),
    "DEPTHWISE_CONV_2D": lambda weights: math.prod(weights[1:3]),
    "FULLY_CONNECTED": lambda weights: weights[1],
}
_WITHOUT = frozenset(
    {
        *(
            "ABS",
            "ADD",
            "AVERAGE_POOL_2D",
            "CONCATENATION",
            "DEQUANTIZE",
            "LOGISTIC",
            "MAX_POOL_2D",
        ),
        *("MAX_POOL_2D", "MEAN", "MUL", "PAD", "PRELU", "QUANTIZE", "RELU", "RELU6", "RESHAPE"),
        *("RESIZE_BILINEAR", "SOFTMAX", "SUB", "TRANSPOSE"),
    }
)
"""Operators that multiply and add nothing worth counting: one operation a value at most."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run of a network."""

    macs: int
    weight_bytes: int
    """Read once each."""
    read_bytes: int
    """Of activations: what the operators read of the input and of each other."""
    written_bytes: int
    is_integer: bool
    """Whether the most of its MACs multiply bytes, not floats."""
    operators: int

    @property
    def moved_bytes(self) -> int:
        return self.weight_bytes + self.read_bytes + self.written_bytes


def count(path: Path) -> Cost:
    """The cost of the network at ``path``, a readable TFLite file of one graph.

    Raises ``ValueError`` for an operator that is not known here.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    (graph,) = model.subgraphs
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    constant = {
        number
        for number, tensor in enumerate(graph.tensors)
        if _has_data(model.buffers[tensor.buffer])
    }

    def shape(number: int) -> list[int]:
        dimensions = graph.tensors[number].shape
        return [] if dimensions is None else [int(size) for size in dimensions]

    def size(number: int) -> int:
        return math.prod(shape(number)) * _BYTES[graph.tensors[number].type]

    macs = integer_macs = read = written = operators = 0
    weights: set[int] = set()
    for operator in graph.operators:
        name = _NAMES[codes[operator.opcodeIndex]]
        inputs = [int(number) for number in operator.inputs if number >= 0]
        outputs = [int(number) for number in operator.outputs]
        if constant.issuperset(inputs):
            constant.update(outputs)
            continue
        here = _macs(name, [shape(number) for number in inputs], shape(outputs[0]))
        macs += here
        integer_macs += here * (_width(graph, inputs[0]) == 1)
        weights.update(constant.intersection(inputs))
        read += sum(size(number) for number in inputs if number not in constant)
        written += sum(map(size, outputs))
        operators += 1
    return Cost(macs, sum(map(size, weights)), read, written, 2 * integer_macs > macs, operators)


def _has_data(buffer: Any) -> bool:
    """Whether a constant lies there, or, as some writers put it, behind the flatbuffer."""
    return buffer.data is not None or buffer.size > 0


def _macs(name: str, inputs: list[list[int]], output: list[int]) -> int:
    if name in _MACS_AN_OUTPUT:
        return math.prod(output) * _MACS_AN_OUTPUT[name](inputs[1])
    if name in _WITHOUT:
        return 0
    raise ValueError(f"it is not known what {name} costs: add it to {__name__}")


def _width(graph: Any, number: int) -> int:
    return _BYTES[graph.tensors[number].type]
