"""Reads a frozen TensorFlow graph (``.pb``) as plain nodes, without TensorFlow; runs nothing.

The file is one protocol buffer message, a ``GraphDef``: a list of nodes, of which those of the kind
``Const`` carry the weights. Only the few fields that matter are looked at; their numbers are those
of TensorFlow's ``graph.proto``, ``node_def.proto``, ``attr_value.proto``, ``tensor.proto`` and
``tensor_shape.proto``.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.protobuf import (
    NOTHING,
    Value,
    fields,
    integer,
    integers,
    message,
    signed,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facedoor.frames import Vector

_DT_FLOAT, _DT_INT32 = 1, 3
_LARGEST_FILLED = 2**16
"""Values; an array that is written as one value to repeat is never a kernel."""
_LARGEST_LIST = 256
"""Bytes; whole numbers are shapes, strides and axes, and each takes far more memory than here."""

Attribute: TypeAlias = float | str | tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation."""

    name: str
    kind: str
    """TensorFlow's name for what it does, such as ``Conv2D``."""
    sources: tuple[str, ...]
    """The nodes that it reads; a colon and a number follow when it is not their first output."""
    attributes: Mapping[str, Attribute]
    """Those that are numbers, texts, shapes, or few whole numbers, as a list or an int32 array."""
    array: Vector | None
    """What a ``Const`` of float32 holds."""


def read(path: Path) -> tuple[Node, ...]:
    """The nodes of the graph at ``path``, in the file's order.

    Raises :class:`WeightsError` when the file is damaged, is no graph, or holds a number that is
    not finite; the message names the first node that is wrong.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    nodes: list[Node] = []
    try:
        for number, value in fields(data):
            if number == 1:
                nodes.append(_node(message(value)))
    except (ValueError, OverflowError, struct.error) as error:
        where = f"after node {nodes[-1].name}" if nodes else "at its start"
        raise WeightsError(
            f"{path} is not a frozen TensorFlow graph: {where}, {error}; fetch it again"
        ) from error
    if not nodes:
        raise WeightsError(f"{path} is not a frozen TensorFlow graph: it has no nodes")
    return tuple(nodes)


def _node(data: memoryview) -> Node:
    name = kind = ""
    sources: list[str] = []
    attributes: dict[str, Attribute] = {}
    array = None
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2:
            kind = text(value)
        elif number == 3:
            sources.append(text(value).removesuffix(":0"))
        elif number == 5:
            entry = dict(fields(message(value)))
            key, content = text(entry.get(1, NOTHING)), message(entry.get(2, NOTHING))
            for form, part in fields(content):
                if form == 8:
                    array = _tensor(name, message(part))
                if (attribute := _attribute(form, part)) is not None:
                    attributes[key] = attribute
    # A caret marks what only has to run before, and gives nothing.
    read = tuple(source for source in sources if not source.startswith("^"))
    return Node(name, kind, read, attributes, array)


def _attribute(form: int, value: Value) -> Attribute | None:
    match form:
        case 1 if len(message(value)) <= _LARGEST_LIST:  # one of whole numbers is of use
            return tuple(
                whole
                for number, part in fields(message(value))
                if number == 3
                for whole in integers(part)
            )
        case 2:
            return text(value)
        case 4:
            return float(struct.unpack("<f", message(value))[0])
        case 5:
            return bool(integer(value))
        case 7:
            return _shape(message(value))
        case 8:
            return _whole_numbers(message(value))
    return None


def _shape(data: memoryview) -> tuple[int, ...]:
    """A shape's sizes; -1 is an open one."""
    sizes = (dict(fields(message(value))).get(1, 0) for n, value in fields(data) if n == 2)
    return tuple(signed(integer(size)) for size in sizes)


def _whole_numbers(data: memoryview) -> tuple[int, ...] | None:
    """What a small int32 array holds, one after the other; ``None`` for any other array."""
    if len(data) > _LARGEST_LIST or dict(fields(data)).get(1) != _DT_INT32:
        return None
    numbers: list[int] = []
    for form, value in fields(data):
        match form:
            case 4:
                content = message(value)
                numbers += struct.unpack(f"<{len(content) // 4}i", content)
            case 7:
                numbers += integers(value)
    return tuple(numbers)


def _tensor(name: str, data: memoryview) -> Vector | None:
    """A float32 array; ``None`` for one of another type, which no weight is."""
    kind = 0
    shape: tuple[int, ...] = ()
    parts: list[memoryview] = []
    for number, value in fields(data):
        match number:
            case 1:
                kind = integer(value)
            case 2:
                shape = _shape(message(value))
            case 4 | 5:  # all bytes at once, or numbers, packed or one by one
                parts.append(message(value))
    if kind != _DT_FLOAT:
        return None
    count = math.prod(shape)
    values = b"".join(parts)
    if len(values) == 4 and count <= _LARGEST_FILLED:
        values *= count
    if len(values) != 4 * count:
        raise ValueError(f"array {name} of shape {shape} has {len(values)} bytes")
    array = np.frombuffer(values, "<f4").astype(np.float32).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError(f"array {name} holds a value that is not a finite number")
    return array
