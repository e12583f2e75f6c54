"""The wire format of protocol buffers, read field by field; nothing is copied, and nothing is run.

It is described at protobuf.dev/programming-guides/encoding. What a field's number means is for
those to know who read a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10
NOTHING = memoryview(b"")
"""An empty message."""

Value: TypeAlias = int | memoryview
"""A whole number without its sign, or the bytes of a text, an array or a message."""


def fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """The numbers and values of a message's fields. Raises ``ValueError``."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, form = key >> 3, key & 7
        if form == _VARINT:
            value, at = varint(data, at)
            yield number, value
            continue
        if form == _BYTES:
            size, at = varint(data, at)
        elif form in (_FIXED64, _FIXED32):
            size = 8 if form == _FIXED64 else 4
        else:
            raise ValueError(f"a field has the unknown form {form}")
        if size > len(data) - at:
            raise ValueError(f"{size} bytes have to follow, and the file ends before")
        yield number, data[at : at + size]
        at += size


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of variable length at ``at``, and the place after it."""
    value = 0
    for position, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value, at + position + 1
    raise ValueError("a number does not end")


def integers(value: Value) -> Iterator[int]:
    """The whole numbers of a repeated field, packed or one by one."""
    if isinstance(value, int):
        yield signed(value)
        return
    at = 0
    while at < len(value):
        whole, at = varint(value, at)
        yield signed(whole)


def signed(value: int) -> int:
    """A number below zero is written as what it is modulo 2^64."""
    return value - 2**64 if value >= 2**63 else value


def message(value: Value) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number stands where a part has to be")  # noqa: TRY004 - of the file, not of a call
    return value


def integer(value: Value) -> int:
    if not isinstance(value, int):
        raise ValueError("a part stands where a number has to be")  # noqa: TRY004 - of the file, not of a call
    return value


def text(value: Value) -> str:
    return bytes(message(value)).decode("utf-8", "backslashreplace")
