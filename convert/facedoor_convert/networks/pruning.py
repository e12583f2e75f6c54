"""Takes channels out of a network that add next to nothing to what it says.

Training with weight decay leaves channels whose weights are zero but for rounding: two fifths of
those of the MiniFASNet that every pack has (734 of 1,728). Such a channel still costs its share of
three convolutions: the one that makes it, the depthwise one, and the one that reads it. What it
adds by its biases, whatever the picture, goes into the bias of the last one.

How far a channel can go is estimated; that nothing has changed is for the caller to prove.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from facedoor_convert.networks.graph import (
    Conv,
    Dense,
    Depthwise,
    GlobalAverage,
    Graph,
    Pad,
    PRelu,
    sources,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer

_LEAST = 1e-2
"""What a channel has to be able to change in one that is read after it, by a generous estimate: of
the pack's network all that are below together change no probability by more than 1e-4, a twentieth
of what rounding to float16 does."""
_LARGEST_VALUE = 50.0
"""About as far as a channel goes that a convolution reads."""


def pruned(graph: Graph) -> Graph:
    """``graph`` without the idle channels of its depthwise convolutions."""
    layers = {layer.name: layer for layer in graph.layers}
    readers: dict[str, list[str]] = {}
    for layer in graph.layers:
        for source in sources(layer):
            readers.setdefault(source, []).append(layer.name)
    for layer in graph.layers:
        if isinstance(layer, Depthwise):
            before = _way_back(layers, readers, layer)
            after = _way_on(layers, readers, layer)
            if before and after:
                _prune(layers, before, layer.name, after)
    return replace(graph, layers=tuple(layers.values()))


def _way_back(
    layers: dict[str, Layer], readers: dict[str, list[str]], layer: Depthwise
) -> list[str]:
    """The layers before, up to the convolution that makes the channels; empty if others read them
    on the way, or if another kind of layer makes them."""
    way = []
    name = layer.source
    while name in layers and len(readers[name]) == 1:
        way.append(name)
        match layers[name]:
            case PRelu(source=source) | Pad(source=source):
                name = source
            case Conv():
                return way
            case _:
                break
    return []


def _way_on(layers: dict[str, Layer], readers: dict[str, list[str]], layer: Depthwise) -> list[str]:
    """The layers after, up to the one that mixes the channels; empty if there are several ways, or
    if another kind of layer reads them."""
    way: list[str] = []
    name = layer.name
    while len(readers.get(name, ())) == 1:
        (name,) = readers[name]
        way.append(name)
        match layers[name]:
            case PRelu() | GlobalAverage():
                continue
            case Conv(kernel=kernel) if kernel.shape[:2] == (1, 1):
                return way
            case Dense():
                return way
            case _:
                break
    return []


def _prune(layers: dict[str, Layer], before: list[str], name: str, after: list[str]) -> None:
    """Put layers without the idle channels in the place of those that have them."""
    maker, depthwise, reader = layers[before[-1]], layers[name], layers[after[-1]]
    if not (
        isinstance(maker, Conv)
        and isinstance(depthwise, Depthwise)
        and isinstance(reader, Conv | Dense)
    ):
        raise TypeError(f"{name} does not stand between two layers that mix channels")
    mixing = reader.kernel.reshape(reader.kernel.shape[-2:])
    reach = np.abs(maker.kernel).sum(axis=(0, 1, 2)) * _LARGEST_VALUE + np.abs(maker.bias)
    change = reach * np.abs(depthwise.kernel).sum(axis=(0, 1)) * np.abs(mixing).max(axis=1)
    kept = (change >= _LEAST) | (change == change.max())  # one has to stay
    shift = np.where(kept, 0, _constant(layers, depthwise, after)) @ mixing
    layers[maker.name] = replace(maker, kernel=_of(maker.kernel, kept), bias=maker.bias[kept])
    layers[name] = replace(depthwise, kernel=_of(depthwise.kernel, kept), bias=depthwise.bias[kept])
    layers[reader.name] = replace(
        reader,
        kernel=np.ascontiguousarray(reader.kernel[..., kept, :]),
        bias=(reader.bias + shift).astype(np.float32),
    )
    for between in (*before[:-1], *after[:-1]):
        match layers[between]:
            case PRelu() as prelu:
                layers[between] = replace(prelu, slope=prelu.slope[kept])
            case Pad() as pad:
                layers[between] = replace(pad, shape=(*pad.shape[:2], int(kept.sum())))


def _constant(
    layers: dict[str, Layer], depthwise: Depthwise, after: list[str]
) -> NDArray[np.float64]:
    """What each channel says after ``depthwise`` if nothing comes in."""
    constant: NDArray[Any] = depthwise.bias.astype(np.float64)
    for name in after:
        if isinstance(prelu := layers[name], PRelu):
            constant = np.where(constant > 0, constant, constant * prelu.slope)
    return constant


def _of(kernel: Vector, kept: NDArray[np.bool_]) -> Vector:
    """The ``kept`` ones of the channels that a kernel makes."""
    return np.ascontiguousarray(kernel[..., kept])
