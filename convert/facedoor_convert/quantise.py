"""Makes an int8 TFLite model of a float one, with ranges that were recorded before.

Weights get one scale for each output channel, activations one for each tensor; input and output are
int8 too. The same model and ranges give the same bytes for one release of the quantiser.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
from ai_edge_quantizer import quantizer, recipe

from facedoor_convert.errors import RecipeError

if TYPE_CHECKING:
    from facedoor_convert.graph import Graph
    from facedoor_convert.ranges import Ranges

INPUT_LIMITS = {"standardise": (-3.0, 3.0), "unit": (0.0, 1.0)}
"""The range of the input by its normalisation. A standardised crop is clipped: hardly a pixel of a
face lies beyond, and a fixed range keeps one bright spot in a recording from costing every picture
its contrast. A crop of unit range loses nothing: each level is one step."""


def to_int8(model: bytes, graph: Graph, ranges: Ranges) -> bytes:
    """The int8 form of the float TFLite ``model`` of ``graph``.

    Raises :class:`RecipeError` when ``ranges`` were recorded from another network.
    """
    names = [graph.input, *(layer.name for layer in graph.layers)]
    if missing := [name for name in names if name not in ranges.tensors]:
        raise RecipeError(
            f"the recorded ranges lack {missing[0]}: record them anew with "
            "facedoor-convert build --record"
        )
    limits = {name: ranges.tensors[name] for name in names}
    limits[graph.input] = INPUT_LIMITS[graph.normalisation]
    statistics = {
        name: {"min": np.array(low, np.float32), "max": np.array(high, np.float32)}
        for name, (low, high) in limits.items()
    }
    worker = quantizer.Quantizer(model, recipe.static_wi8_ai8())
    # Whatever it is told, it draws a bar of its own across the converter's, and warns of memory.
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings(action="ignore"):
        result = worker.quantize(
            statistics, enable_progress_bar=False, enable_progress_report=False
        )
    return bytes(result.quantized_model)
