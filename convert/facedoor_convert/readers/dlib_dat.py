"""Reads a network that dlib has serialised, such as its face recognition model; runs nothing.

The format has no index: it is what the objects of a network write about themselves one after the
other, so it can only be read from the first byte to the last. Integers are a length byte and that
many bytes, floats are two integers (mantissa and power of two), texts and arrays come after their
sizes, and arrays are little-endian float32. How the layers are connected is part of the program's
type, and here of :mod:`facedoor_convert.networks.resnet29`. Of it the file only shows where a
layer is tagged, to be read again later, or where the way goes on from a tag: both look the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facedoor.frames import Vector

_LONGEST_TEXT = 64
"""Bytes; the names of layers are far shorter."""
_TAG, _ON_TOP, _ON_INPUT = 1, 2, 3
"""Versions of what wraps a layer: a tag, what stands on another layer, or on the input itself."""


@dataclass(frozen=True, slots=True, eq=False)
class DlibLayer:
    """One layer, in the order in which they run.

    ``kind`` is dlib's own name without its version: ``con``, ``affine``, ``relu``, ``max_pool``,
    ``avg_pool``, ``add_prev`` or ``fc``. Arrays are float32: ``kernel`` of a ``con`` is (height,
    width, channels in, channels out), of an ``fc`` (values in, values out).
    """

    kind: str
    settings: Mapping[str, int]
    arrays: Mapping[str, Vector]
    tags: int = 0
    """How many tags, and ways on from one, come right after it."""


@dataclass(frozen=True, slots=True, eq=False)
class DlibNetwork:
    """What is used of a file. ``mean_rgb`` is what its input subtracts from each channel."""

    mean_rgb: tuple[float, float, float]
    size_px: tuple[int, int]
    """Height and width of the input."""
    layers: tuple[DlibLayer, ...]


def read(path: Path) -> DlibNetwork:
    """Read the file at ``path``.

    Raises :class:`WeightsError` when it is damaged, is no network with a metric loss on an RGB
    image, has a layer of an unknown kind, or holds a number that is not finite; the message names
    the byte at which the first wrong thing stands.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    return _Stream(path, data).network()


class _Stream:
    """Takes one thing after the other from the file; nothing is allocated before it is there."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data
        self._at = 0

    def network(self) -> DlibNetwork:
        self._expect("a loss", self._integer(), 1)
        self._expect("the loss", self._text(), "loss_metric_2")
        self._number("the margin")
        self._number("the distance")
        wraps = []  # from the last layer to the first
        while (version := self._integer()) in (_TAG, _ON_TOP):
            wraps.append(version)
        self._expect("the version of the first layer", version, _ON_INPUT)
        self._expect("the input", self._text(), "input_rgb_image_sized")
        red, green, blue = (self._number("the mean colour") for _ in range(3))
        height, width = self._integer(), self._integer()
        layers = [self._layer()]
        self._integer()  # what the first layer knows beside: how many inputs make one sample
        tags = [0]
        for wrap in reversed(wraps):
            if wrap == _TAG:
                tags[-1] += 1
            else:
                layers.append(self._layer())
                tags.append(0)
        self._expect("what follows the last layer", self._data[self._at :][:8], b"")
        tagged = (replace(layer, tags=count) for layer, count in zip(layers, tags, strict=True))
        return DlibNetwork((red, green, blue), (height, width), tuple(tagged))

    def _layer(self) -> DlibLayer:
        match name := self._text():
            case "con_4":
                layer = self._con()
            case "affine_":
                layer = self._affine()
            case "fc_2":
                layer = self._fc()
            case "max_pool_2" | "avg_pool_2":
                layer = DlibLayer(name.removesuffix("_2"), self._window(), {})
            case "relu_" | "add_prev_":
                layer = DlibLayer(name.removesuffix("_"), {}, {})
            case _:
                self._refuse(f"there is a layer {name!r}, which the converter does not know")
        for _ in range(3):
            self._flag()
        for _ in range(3):  # what training keeps; empty when training is over
            self._array("what is left of training")
        return layer

    def _con(self) -> DlibLayer:
        params = self._array("con")
        filters = self._integer()
        window = self._window()
        shape, bias_shape = self._part(), self._part()
        for _ in range(4):
            self._number("a learning rate")
        expected = (filters, shape[1], window["height"], window["width"])
        self._expect("the shape of a con", (shape, bias_shape), (expected, (1, filters, 1, 1)))
        self._expect("the size of a con", params.size, math.prod(shape) + filters)
        kernel = params[:-filters].reshape(shape).transpose(2, 3, 1, 0)
        return DlibLayer("con", window, {"kernel": kernel, "bias": params[-filters:]})

    def _affine(self) -> DlibLayer:
        params = self._array("affine")
        shape, beta_shape = self._part(), self._part()
        self._integer()  # whether it came from a convolution or a matrix product
        channels = shape[1]
        expected = (1, channels, 1, 1)
        self._expect("the shape of an affine", (shape, beta_shape), (expected, expected))
        self._expect("the size of an affine", params.size, 2 * channels)
        return DlibLayer("affine", {}, {"gamma": params[:channels], "beta": params[channels:]})

    def _fc(self) -> DlibLayer:
        outputs, inputs = self._integer(), self._integer()
        params = self._array("fc")
        shape, _ = self._part(), self._part(least=0)
        self._expect("whether the fc has a bias", self._integer(), 1)  # 1: it has none
        for _ in range(4):
            self._number("a learning rate")
        self._expect("the shape of the fc", shape, (inputs, outputs, 1, 1))
        self._expect("the size of the fc", params.size, inputs * outputs)
        return DlibLayer("fc", {}, {"kernel": params.reshape(inputs, outputs)})

    def _window(self) -> dict[str, int]:
        keys = ("height", "width", "stride_y", "stride_x", "padding_y", "padding_x")
        return {key: self._integer() for key in keys}

    def _array(self, what: str) -> Vector:
        self._expect(f"the version of the array of {what}", self._integer(), 2)
        count = math.prod(self._sizes())
        data = np.frombuffer(self._take(4 * count), "<f4").astype(np.float32)
        if not np.isfinite(data).all():
            self._refuse(f"the array of {what} holds a value that is not a finite number")
        return data

    def _part(self, least: int = 1) -> tuple[int, ...]:
        """The shape of a part of the array before."""
        self._expect("the version of a shape", self._integer(), 1)
        return self._sizes(least)

    def _sizes(self, least: int = 0) -> tuple[int, ...]:
        sizes = tuple(self._integer() for _ in range(4))
        if min(sizes) < least:
            self._refuse(f"an array has shape {sizes}")
        return sizes

    def _number(self, what: str) -> float:
        mantissa, power = self._integer(), self._integer()
        try:
            return math.ldexp(mantissa, power)
        except OverflowError:
            self._refuse(f"{what} is not a finite number")

    def _integer(self) -> int:
        (control,) = self._take(1)
        size = control & 0x0F
        if control & 0x70 or not 1 <= size <= 8:
            self._refuse(f"{control:#04x} begins no integer")
        value = int.from_bytes(self._take(size), "little")
        return -value if control & 0x80 else value

    def _text(self) -> str:
        size = self._integer()
        if not 0 <= size <= _LONGEST_TEXT:
            self._refuse(f"a name of {size} bytes is none")
        return self._take(size).decode("ascii", "backslashreplace")

    def _flag(self) -> None:
        if (byte := self._take(1)) not in (b"0", b"1"):
            self._refuse(f"{byte!r} is neither yes nor no")

    def _take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            self._refuse(f"{size} bytes have to follow, and the file ends before")
        self._at += size
        return self._data[self._at - size : self._at]

    def _expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self._refuse(f"{what} is {found!r}, not {expected!r}")

    def _refuse(self, complaint: str) -> NoReturn:
        raise WeightsError(
            f"{self._path} is not a network of dlib that the converter can read: before byte "
            f"{self._at}, {complaint}; fetch it again"
        )
