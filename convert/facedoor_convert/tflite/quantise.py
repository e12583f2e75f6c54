"""Quantises a float TFLite model with ranges that were recorded before.

Weights get one scale for each output channel, activations one for each tensor. The same model,
form and ranges give the same bytes for one release of the quantiser.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_quantizer import qtyping, quantizer
from ai_edge_quantizer.algorithm_manager import AlgorithmName
from ai_edge_quantizer.recipe_manager import RecipeManager

from facedoor_convert.errors import RecipeError

if TYPE_CHECKING:
    from facedoor_convert.networks.graph import Graph
    from facedoor_convert.tflite.forms import Form
    from facedoor_convert.tflite.ranges import Ranges

INPUT_LIMITS = {
    "standardise": (-3.0, 3.0),
    "unit": (0.0, 1.0),
    "centred": (-127.5 / 128, 127.5 / 128),
}
"""The range of the input by its normalisation. A standardised crop is clipped: hardly a pixel of a
face lies beyond, and a fixed range keeps one bright spot in a recording from costing every picture
its contrast. The others lose nothing: each level is one step."""

_Operator = qtyping.TFLOperationName
_ANY, _ALL = ".*", _Operator.ALL_SUPPORTED


def to_form(model: bytes, graph: Graph, form: Form, ranges: Ranges | None) -> bytes:
    """The float TFLite ``model`` of ``graph`` in another form; float32 is the model itself.

    ``ranges`` may be None for a form that needs none. Raises :class:`RecipeError` when they are
    missing, or were recorded from another network.
    """
    if form.name == "float32":
        return model
    statistics = _statistics(graph, ranges) if form.needs_ranges else None
    worker = quantizer.Quantizer(model, _settings(form))
    # It draws a bar across the converter's in spite of both options, and warns of memory.
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings(action="ignore"):
        result = worker.quantize(
            statistics, enable_progress_bar=False, enable_progress_report=False
        )
    return bytes(result.quantized_model)


def _statistics(graph: Graph, ranges: Ranges | None) -> dict[str, Any]:
    """The limits of every tensor, in the quantiser's own shape."""
    names = [graph.input, *(layer.name for layer in graph.layers)]
    recorded = {} if ranges is None else ranges.tensors
    if missing := [name for name in names if name not in recorded]:
        raise RecipeError(
            f"the recorded ranges lack {missing[0]}: record them anew with "
            "facedoor-convert build --record"
        )
    limits = {name: recorded[name] for name in names}
    limits[graph.input] = INPUT_LIMITS[graph.normalisation]
    return {
        name: {"min": np.array(low, np.float32), "max": np.array(high, np.float32)}
        for name, (low, high) in limits.items()
    }


def _settings(form: Form) -> Any:
    """The quantiser's settings for ``form``."""
    settings = RecipeManager()
    match form.name:
        case "float16":
            half = qtyping.TensorQuantizationConfig(16, dtype=qtyping.TensorDataType.FLOAT)
            operation = qtyping.OpQuantizationConfig(
                weight_tensor_config=half, explicit_dequantize=True
            )
            settings.add_quantization_config(_ANY, _ALL, operation, AlgorithmName.FLOAT_CASTING)
        case "dynamic":
            settings.add_dynamic_config(_ANY, _ALL, 8)
            # XNNPACK runs these in float or in integers throughout; their weights are few.
            settings.add_quantization_config(
                _ANY, _Operator.DEPTHWISE_CONV_2D, algorithm_key=AlgorithmName.NO_QUANTIZE
            )
            # tflite-runtime 2.14 knows one scale only for a matrix product: with one for each
            # channel its embeddings are noise. So few weights lose nothing that can be measured.
            settings.add_dynamic_config(
                _ANY, _Operator.FULLY_CONNECTED, 8, qtyping.QuantGranularity.TENSORWISE
            )
        case "int16":
            settings.add_static_config(_ANY, _ALL, 16, 8)
        case _:
            settings.add_static_config(_ANY, _ALL, 8, 8)
    for end in (_Operator.INPUT, _Operator.OUTPUT):
        if form.name == "int8_float_io":
            settings.add_quantization_config(_ANY, end, algorithm_key=AlgorithmName.NO_QUANTIZE)
        elif form.name == "int8_uint8_io":
            settings.add_quantization_config(_ANY, end, _unsigned())
    return settings.get_quantization_recipe()


def _unsigned() -> Any:
    return qtyping.OpQuantizationConfig(
        activation_tensor_config=qtyping.TensorQuantizationConfig(
            8, symmetric=False, dtype=qtyping.TensorDataType.UINT
        ),
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            8, granularity=qtyping.QuantGranularity.CHANNELWISE
        ),
        compute_precision=qtyping.ComputePrecision.INTEGER,
    )
