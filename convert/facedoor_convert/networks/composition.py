"""Where one matrix product follows another with nothing in between, both become one.

Networks are trained with such pairs, to have more to learn with; to run them is to multiply twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.networks.graph import Conv, Dense, Graph, sources

if TYPE_CHECKING:
    from facedoor_convert.networks.graph import Layer


def composed(graph: Graph) -> Graph:
    """``graph`` with each such pair as one layer, which has the second one's name.

    A pair is left as it is where another layer reads the first one, or where one product would be
    more work than the two.
    """
    readers = Counter(name for layer in graph.layers for name in sources(layer))
    layers: dict[str, Layer] = {}
    for layer in graph.layers:
        before = layers.get(sources(layer)[0])
        both = None
        if before is not None and readers[before.name] == 1:
            both = _product(before, layer)
            if both is not None:
                del layers[before.name]
        layers[layer.name] = both or layer
    return replace(graph, layers=tuple(layers.values()))


def _product(first: Layer, second: Layer) -> Layer | None:
    """Both in one, if they are a pair."""
    match first, second:
        case Conv(relu=False, stride=1), Conv(stride=1):
            if first.kernel.shape[:2] != (1, 1) or second.kernel.shape[:2] != (1, 1):
                return None
        case Dense(relu=False), Dense():
            pass
        case _:
            return None
    inner, outer = (layer.kernel.astype(np.float64) for layer in (first, second))
    if inner.shape[-2] * outer.shape[-1] > inner.size + outer.size:
        return None
    bias = first.bias @ outer.reshape(-1, outer.shape[-1]) + second.bias
    return replace(
        second,
        source=first.source,
        kernel=(inner @ outer).astype(np.float32),
        bias=bias.astype(np.float32),
    )
