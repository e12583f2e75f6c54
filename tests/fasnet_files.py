"""Makes files of liveness networks: PyTorch's older form and ONNX, written as their formats say."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import field, varint

Array = NDArray[Any]

_STORAGE = {"float32": b"ctorch\nFloatStorage\n", "int64": b"ctorch\nLongStorage\n"}


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _number(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + bytes([value])
    return b"J" + struct.pack("<i", value)


def _row(values: Sequence[int]) -> bytes:
    return b"(" + b"".join(map(_number, values)) + b"t"


def pickled(program: bytes) -> bytes:
    """A pickle of the protocol that PyTorch's older form has."""
    return b"\x80\x02" + program + b"."


TORCH_START = (
    pickled(b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19")
    + pickled(b"M\xe9\x03")
    + pickled(b"}(" + _text("protocol_version") + b"M\xe9\x03" + _text("little_endian") + b"\x88u")
)


def torch_array(key: str, array: Array) -> bytes:
    """What a pickle says of one array, whose numbers are those of ``key``."""
    strides = [int(np.prod(array.shape[axis + 1 :])) for axis in range(array.ndim)]
    storage = b"(" + _text("storage") + _STORAGE[str(array.dtype)] + _text(key) + _text("cpu")
    storage += _number(array.size) + b"NtQ"
    view = storage + _number(0) + _row(array.shape) + _row(strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + view + b"\x89ccollections\nOrderedDict\n)RtR"


def torch_file(arrays: Mapping[str, Array], end: bytes = b"") -> bytes:
    """A file of ``arrays``; ``end`` are more instructions of the pickle that names them."""
    keys = {name: str(number) for number, name in enumerate(arrays)}
    items = b"".join(_text(name) + torch_array(keys[name], x) for name, x in arrays.items())
    named = pickled(b"ccollections\nOrderedDict\n)R(" + items + b"u" + end)
    listed = pickled(b"](" + b"".join(map(_text, keys.values())) + b"e")
    numbers = b"".join(struct.pack("<q", x.size) + x.tobytes() for x in arrays.values())
    return TORCH_START + named + listed + numbers


def onnx_array(name: str, array: Array) -> bytes:
    kind = {"float32": 1, "int64": 7}[str(array.dtype)]
    shape = b"".join(field(1, size) for size in array.shape)
    return shape + field(2, kind) + field(8, name.encode()) + field(9, array.tobytes())


def onnx_node(
    kind: str, sources: Sequence[str], output: str, **attributes: float | Sequence[int] | Array
) -> bytes:
    """One node, as a field of a graph."""
    content = [field(1, source.encode()) for source in sources]
    content += [field(2, output.encode()), field(3, f"{kind}_{output}".encode())]
    content.append(field(4, kind.encode()))
    for key, value in attributes.items():
        content.append(field(5, field(1, key.encode()) + _attribute(value)))
    return field(1, b"".join(content))


def _attribute(value: float | Sequence[int] | Array) -> bytes:
    if isinstance(value, np.ndarray):
        return field(5, onnx_array("", value))
    if isinstance(value, float):
        return varint(2 << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return field(3, value % 2**64)
    return b"".join(field(8, number % 2**64) for number in value)


def onnx_declared(number: int, name: str, *shape: int) -> bytes:
    """An input (11) or output (12) of a graph."""
    sizes = b"".join(field(1, field(1, size)) for size in shape)
    return field(
        number, field(1, name.encode()) + field(2, field(1, field(1, 1) + field(2, sizes)))
    )


def onnx_file(arrays: Mapping[str, Array], *graph: bytes) -> bytes:
    held = (field(5, onnx_array(name, array)) for name, array in arrays.items())
    return field(1, 6) + field(7, b"".join((*graph, *held)))


def fasnet_arrays(side_px: int = 32, wrapped: bool = False) -> dict[str, Array]:
    """The arrays of a MiniFASNet with random numbers, under PyTorch's names."""
    draw = np.random.default_rng(5)
    arrays: dict[str, Array] = {}

    def norm(name: str, size: int) -> None:
        for role in ("weight", "bias", "running_mean"):
            arrays[f"{name}.{role}"] = draw.normal(1 if role == "weight" else 0, 0.2, size)
        arrays[f"{name}.running_var"] = draw.uniform(0.5, 2, size)
        arrays[f"{name}.num_batches_tracked"] = np.array(9, np.int64)

    def conv(name: str, channels: int, read: int, size: int, prelu: bool = True) -> None:
        shape = (channels, read, size, size)
        arrays[f"{name}.conv.weight"] = draw.normal(0, (read * size**2) ** -0.5, shape)
        norm(f"{name}.bn", channels)
        if prelu:
            arrays[f"{name}.prelu.weight"] = draw.uniform(0.1, 0.4, channels)

    def block(name: str, before: int, within: int, after: int) -> None:
        conv(f"{name}.conv", within, before, 1)
        conv(f"{name}.conv_dw", within, 1, 3)
        conv(f"{name}.project", after, within, 1, prelu=False)

    conv("conv1", 32, 3, 3)
    conv("conv2_dw", 32, 1, 3)
    before = 32
    for name, stage, within, after, blocks in (
        ("conv_23", "conv_3", 103, 64, (13, 13, 13, 13)),
        ("conv_34", "conv_4", 231, 128, (231, 52, 26, 77, 26, 26)),
        ("conv_45", "conv_5", 308, 128, (26, 26)),
    ):
        block(name, before, within, after)
        for number, width in enumerate(blocks):
            block(f"{stage}.model.{number}", after, width, after)
        before = after
    conv("conv_6_sep", 512, 128, 1)
    conv("conv_6_dw", 512, 1, side_px // 16, prelu=False)
    arrays["linear.weight"] = draw.normal(0, 0.05, (128, 512))
    norm("bn", 128)
    arrays["prob.weight"] = draw.normal(0, 0.005, (3, 128))
    return {
        ("module." if wrapped else "") + name: x if x.dtype == np.int64 else x.astype(np.float32)
        for name, x in arrays.items()
    }
