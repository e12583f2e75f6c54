"""Reads a network in an ONNX file (``.onnx``) as plain nodes and arrays; runs nothing.

The file is one protocol buffer message, a ``ModelProto``. Only the few fields that matter are
looked at; their numbers are those of ONNX's ``onnx.proto``. Whatever is written in another way than
the networks that facedoor converts need, such as arrays in other files, is refused.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.protobuf import (
    NOTHING,
    fields,
    integer,
    integers,
    message,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facedoor_convert.readers.protobuf import Value

_TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 7: np.dtype("<i8")}
"""Of arrays, by their number."""
_MOST = 4096
"""Nodes, and arrays: each takes far more memory than the two bytes that it may have in a file."""
_LARGEST_LIST = 256
"""Bytes of whole numbers, which are sizes, strides and axes."""

Attribute: TypeAlias = float | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """One operation."""

    name: str
    kind: str
    """ONNX's name for what it does, such as ``Conv``; with its domain, where that is another."""
    sources: tuple[str, ...]
    """The tensors and arrays that it reads."""
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    """Those that are numbers, texts and whole numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class OnnxGraph:
    """A network as a file has it."""

    inputs: Mapping[str, tuple[int, ...]]
    """The shape of each input that is no array; an open size is 0."""
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    """In the order in which they run, without those that only hold an array."""
    arrays: Mapping[str, NDArray[Any]]
    """float32 and int64; all numbers are finite. Not to be written to."""


def read(path: Path) -> OnnxGraph:
    """The network at ``path``.

    Raises :class:`WeightsError` when the file is damaged, is no network, or holds a number that is
    not finite; the message names the first node after which it is wrong.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    reader = _Reader()
    try:
        for number, value in fields(data):
            if number == 7:
                reader.graph(message(value))
    except (ValueError, OverflowError, struct.error) as error:
        where = f"after node {reader.nodes[-1].name:.60}" if reader.nodes else "at its start"
        raise WeightsError(
            f"{path} is not a network in ONNX: {where}, {error}; fetch it again"
        ) from error
    if not reader.nodes:
        raise WeightsError(f"{path} is not a network in ONNX: it has no nodes")
    inputs = {name: shape for name, shape in reader.inputs.items() if name not in reader.arrays}
    return OnnxGraph(inputs, tuple(reader.outputs), tuple(reader.nodes), reader.arrays)


class _Reader:
    """Collects what a file's messages say."""

    def __init__(self) -> None:
        self.nodes: list[OnnxNode] = []
        self.arrays: dict[str, NDArray[Any]] = {}
        self.inputs: dict[str, tuple[int, ...]] = {}
        self.outputs: list[str] = []

    def graph(self, data: memoryview) -> None:
        for number, value in fields(data):
            match number:
                case 1:
                    self._node(message(value))
                case 5:
                    self._add_array(*_tensor(message(value)))
                case 11:
                    name, shape = _declared(message(value))
                    self.inputs[name] = shape
                case 12:
                    self.outputs.append(_declared(message(value))[0])
            if len(self.nodes) + len(self.inputs) + len(self.outputs) > _MOST:
                raise ValueError(f"there are more than {_MOST} nodes")

    def _node(self, data: memoryview) -> None:
        name = kind = domain = ""
        sources: list[str] = []
        outputs: list[str] = []
        attributes: dict[str, Attribute] = {}
        array = None
        for number, value in fields(data):
            match number:
                case 1:
                    sources.append(text(value))
                case 2:
                    outputs.append(text(value))
                case 3:
                    name = text(value)
                case 4:
                    kind = text(value)
                case 5:
                    key, attribute, held = _attribute(message(value))
                    array = array if held is None else held
                    if attribute is not None:
                        attributes[key] = attribute
                case 7:
                    domain = text(value)
        kind = f"{domain}.{kind}" if domain else kind
        if kind == "Constant" and array is not None and not attributes and len(outputs) == 1:
            self._add_array(outputs[0], array)
        else:
            self.nodes.append(OnnxNode(name, kind, tuple(sources), tuple(outputs), attributes))

    def _add_array(self, name: str, array: NDArray[Any]) -> None:
        if name in self.arrays:
            raise ValueError(f"array {name:.60} is there twice")
        if len(self.arrays) == _MOST:
            raise ValueError(f"there are more than {_MOST} arrays")
        self.arrays[name] = array


def _attribute(data: memoryview) -> tuple[str, Attribute | None, NDArray[Any] | None]:
    """An attribute's name, and its value or array."""
    key = ""
    value: Attribute | None = None
    array = None
    numbers: list[int] = []
    for number, part in fields(data):
        match number:
            case 1:
                key = text(part)
            case 2:
                value = float(struct.unpack("<f", message(part))[0])
            case 3:
                (value,) = integers(integer(part))
            case 4:
                value = text(part)
            case 5:
                _, array = _tensor(message(part))
            case 8:
                numbers += _few(part, len(numbers))
                value = tuple(numbers)
    return key, value, array


def _tensor(data: memoryview) -> tuple[str, NDArray[Any]]:
    """The name and the values of an array."""
    name = ""
    kind = 0
    shape: list[int] = []
    values = NOTHING
    for number, value in fields(data):
        match number:
            case 1:
                shape += _few(value, len(shape))
            case 2:
                kind = integer(value)
            case 8:
                name = text(value)
            case 9:
                values = message(value)
            case 3 | 4 | 5 | 6 | 7 | 10 | 11 | 13 | 14:
                raise ValueError(f"array {name:.60} is not written as plain bytes")
    if (dtype := _TYPES.get(kind)) is None:
        raise ValueError(f"array {name:.60} is of the type {kind}, neither float32 nor int64")
    if min(shape, default=0) < 0 or dtype.itemsize * math.prod(shape) != len(values):
        raise ValueError(f"array {name:.60} of shape {shape!r:.60} has {len(values)} bytes")
    array = np.frombuffer(values, dtype).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError(f"array {name:.60} holds a value that is not a finite number")
    return name, array


def _declared(data: memoryview) -> tuple[str, tuple[int, ...]]:
    """The name and the shape of an input or output."""
    name = ""
    shape: list[int] = []
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2:
            tensor = message(dict(fields(message(value))).get(1, NOTHING))
            sizes = message(dict(fields(tensor)).get(2, NOTHING))
            for form, part in fields(sizes):
                if form == 1:
                    size = dict(fields(message(part))).get(1, 0)
                    shape += _few(integer(size), len(shape))
    return name, tuple(shape)


def _few(value: Value, before: int) -> list[int]:
    """The whole numbers of a repeated field, of which there are ``before`` already."""
    size = 1 if isinstance(value, int) else len(value)
    if before + size > _LARGEST_LIST:
        raise ValueError(f"a list has more than {_LARGEST_LIST} whole numbers")
    return list(integers(value))
