"""Reads the arrays of a PyTorch file of the older form (``.pth``); nothing in it is run.

Such a file is five pickles one after the other, and then the arrays' numbers. A pickle is a program
for a small machine with a stack, and Python's own reader lets it import and call anything. This one
knows only the instructions that a file of arrays needs, and of what they may name only PyTorch's
own words for an array; whatever else stands there ends the reading. The instructions are those of
Python's ``pickletools``, the order of the parts that of PyTorch's ``torch.serialization``.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from facedoor.strict import shown
from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DICT, _REBUILD = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
_STORAGES: dict[str, np.dtype[Any]] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}
_MOST_VALUES = 100_000
"""In all pickles: each takes far more memory than the byte that it may have in a file."""
_LONGEST_TEXT = 256
_LONGEST_SHAPE = 8


@dataclass(frozen=True, slots=True)
class _Name:
    """What a pickle wants to import; it is never looked up."""

    name: str


@dataclass(frozen=True, slots=True)
class _Storage:
    """Numbers that come after the pickles."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _Array:
    """A view of a storage, which is all of it, row by row."""

    storage: _Storage
    shape: tuple[int, ...]


def read(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays in the file at ``path`` by name: float32 and int64, not to be written to.

    Raises :class:`WeightsError` when it is damaged, holds anything else, or a number that is not
    finite; the message names the byte at which the first wrong thing stands.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    stream = _Stream(path, data)
    try:
        return stream.arrays()
    except (struct.error, ValueError, OverflowError) as error:
        stream.refuse(str(error))


class _Stream:
    """Takes one thing after the other from the file; nothing is allocated before it is there."""

    def __init__(self, path: Path, data: memoryview) -> None:
        self._path = path
        self._data = data
        self._at = 0
        self._storages: dict[str, _Storage] = {}
        self._instructions = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        if self._pickle() != _MAGIC or self._pickle() != _PROTOCOL:
            self.refuse("it does not begin as PyTorch's older form does")
        about = self._pickle()
        if not isinstance(about, dict) or about.get("little_endian") is not True:
            self.refuse("its numbers are not written lowest byte first")
        named = self._pickle()
        if not isinstance(named, dict) or not named:
            self.refuse("it is no table of arrays")
        keys = self._pickle()
        if not isinstance(keys, list) or any(not isinstance(key, str) for key in keys):
            self.refuse("it does not list its arrays' numbers")
        if sorted(keys) != sorted(self._storages):
            self.refuse("its numbers are not those of its arrays")
        numbers = {key: self._numbers(self._storages[key]) for key in keys}
        if self._at != len(self._data):
            self.refuse("something follows the last array")
        found: dict[str, NDArray[Any]] = {}
        for name, array in named.items():
            if (
                not isinstance(array, _Array)
                or (values := numbers.pop(array.storage.key, None)) is None
            ):
                self.refuse(f"{shown(name)} is no array, or one of another array's numbers")
            found[name] = values.reshape(array.shape)
        return found

    def _numbers(self, storage: _Storage) -> NDArray[Any]:
        (count,) = struct.unpack("<q", self._take(8))
        if count != storage.count:
            self.refuse(f"there are {count} numbers, not {storage.count}")
        array = np.frombuffer(self._take(count * storage.dtype.itemsize), storage.dtype)
        if not np.isfinite(array).all():
            self.refuse("a value is not a finite number")
        return array

    def _pickle(self) -> Any:
        """The value that one pickle builds: whole numbers, texts, tables, lists and arrays."""
        stack: list[Any] = []
        marks: list[int] = []
        memo: dict[int, Any] = {}
        while True:
            self._count()
            match code := self._byte():
                case 0x80:  # PROTO
                    if self._byte() != 2:
                        self.refuse("it is a pickle of another version than 2")
                case 0x2E:  # STOP
                    if len(stack) != 1:
                        self.refuse(f"{len(stack)} values are left, not one")
                    return stack[0]
                case 0x28:  # MARK
                    marks.append(len(stack))
                case 0x4E:  # NONE
                    stack.append(None)
                case 0x88 | 0x89:  # NEWTRUE, NEWFALSE
                    stack.append(code == 0x88)
                case 0x4B:  # BININT1
                    stack.append(self._byte())
                case 0x4D:  # BININT2
                    stack.append(struct.unpack("<H", self._take(2))[0])
                case 0x4A:  # BININT
                    stack.append(struct.unpack("<i", self._take(4))[0])
                case 0x8A:  # LONG1
                    stack.append(int.from_bytes(self._take(self._byte()), "little", signed=True))
                case 0x58:  # BINUNICODE
                    stack.append(self._text(struct.unpack("<I", self._take(4))[0]))
                case 0x63:  # GLOBAL
                    stack.append(_Name(f"{self._line()} {self._line()}"))
                case 0x29:  # EMPTY_TUPLE
                    stack.append(())
                case 0x85 | 0x86:  # TUPLE1, TUPLE2
                    stack.append(self._off(stack, marks, code - 0x84))
                case 0x74:  # TUPLE
                    stack.append(self._to_mark(stack, marks))
                case 0x5D:  # EMPTY_LIST
                    stack.append([])
                case 0x7D:  # EMPTY_DICT
                    stack.append({})
                case 0x65:  # APPENDS
                    values = self._to_mark(stack, marks)
                    self._last(stack, list).extend(values)
                case 0x73:  # SETITEM
                    self._fill(stack, self._off(stack, marks, 2))
                case 0x75:  # SETITEMS
                    self._fill(stack, self._to_mark(stack, marks))
                case 0x71:  # BINPUT
                    memo[self._byte()] = self._last(stack)
                case 0x72:  # LONG_BINPUT
                    memo[struct.unpack("<I", self._take(4))[0]] = self._last(stack)
                case 0x68 | 0x6A:  # BINGET, LONG_BINGET
                    place = self._byte() if code == 0x68 else struct.unpack("<I", self._take(4))[0]
                    if place not in memo:
                        self.refuse(f"value {place} is asked for and was never kept")
                    stack.append(memo[place])
                case 0x51:  # BINPERSID
                    (reference,) = self._off(stack, marks, 1)
                    stack.append(self._storage(reference))
                case 0x52:  # REDUCE
                    stack.append(self._built(*self._off(stack, marks, 2)))
                case 0x62:  # BUILD
                    # What PyTorch knows of its layers beside their arrays; there is no use for it.
                    self._off(stack, marks, 1)
                    self._last(stack, dict)
                case _:
                    self.refuse(f"{code:#04x} is no instruction that a file of arrays needs")

    def _count(self) -> None:
        self._instructions += 1
        if self._instructions > _MOST_VALUES:
            self.refuse(f"it has more than {_MOST_VALUES} instructions")

    def _storage(self, reference: Any) -> _Storage:
        match reference:
            case ("storage", _Name(kind), str(key), str(), int(count), None) if (
                kind in _STORAGES and count >= 0
            ):
                storage = _Storage(key, _STORAGES[kind], count)
            case _:
                self.refuse(f"{shown(reference)} is no array's numbers")
        if self._storages.setdefault(key, storage) != storage:
            self.refuse(f"numbers {key:.40} are of two kinds")
        return storage

    def _built(self, maker: Any, values: Any) -> Any:
        """What PyTorch's own words build: an empty table, or an array."""
        if not isinstance(maker, _Name) or maker.name not in (_DICT, _REBUILD):
            self.refuse(f"it asks for {shown(maker)}, which a file of arrays does not need")
        if maker.name == _DICT and values == ():
            return {}
        match values:
            case (_Storage() as storage, 0, tuple(shape), strides, bool(), {}) if (
                maker.name == _REBUILD
                and len(shape) <= _LONGEST_SHAPE
                and all(type(size) is int and size >= 0 for size in shape)
                and strides == _row_by_row(shape)
                and math.prod(shape) == storage.count
            ):
                return _Array(storage, shape)
        return self.refuse(f"{shown(values)} are not all numbers of one array, row by row")

    def _fill(self, stack: list[Any], items: tuple[Any, ...]) -> None:
        table = self._last(stack, dict)
        if len(items) % 2:
            self.refuse("a table has a name without a value")
        for name, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(name, str) or name in table:
                self.refuse(f"{shown(name)} is no name of a table, or there twice")
            table[name] = value

    def _last(self, stack: list[Any], kind: type[Any] = object) -> Any:
        if not stack or (type(stack[-1]) is not kind and kind is not object):
            self.refuse(f"there is no {kind.__name__} to work on")
        return stack[-1]

    def _off(self, stack: list[Any], marks: list[int], count: int) -> tuple[Any, ...]:
        """The last values, taken off the stack, none of which lies before the last mark."""
        if len(stack) - (marks[-1] if marks else 0) < count:
            self.refuse(f"{count} values have to be there")
        values = tuple(stack[-count:])
        del stack[-count:]
        return values

    def _to_mark(self, stack: list[Any], marks: list[int]) -> tuple[Any, ...]:
        if not marks:
            self.refuse("there is no mark")
        at = marks.pop()
        values = tuple(stack[at:])
        del stack[at:]
        return values

    def _line(self) -> str:
        size = bytes(self._data[self._at :][: _LONGEST_TEXT + 1]).find(b"\n")
        if size < 0:
            self.refuse("a name does not end")
        text = self._text(size)
        self._at += 1
        return text

    def _text(self, size: int) -> str:
        if size > _LONGEST_TEXT:
            self.refuse(f"a text of {size} bytes is none of an array")
        return bytes(self._take(size)).decode("utf-8", "backslashreplace")

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> memoryview:
        if not 0 <= size <= len(self._data) - self._at:
            self.refuse(f"{size} bytes have to follow, and the file ends before")
        self._at += size
        return self._data[self._at - size : self._at]

    def refuse(self, complaint: str) -> NoReturn:
        raise WeightsError(
            f"{self._path} is no file of arrays that the converter can read: before byte "
            f"{self._at}, {complaint}; fetch it again"
        )


def _row_by_row(shape: tuple[int, ...]) -> tuple[int, ...]:
    """How many numbers further the next one along each axis stands."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
