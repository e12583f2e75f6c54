"""The architecture in code against the one that the Keras file itself describes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from facedoor.frames import Image
from facedoor.vision.embedder import Embedder, normalise
from facedoor.vision.interpreter import Network
from facedoor_convert import inception_resnet_v1
from facedoor_convert.errors import WeightsError
from facedoor_convert.graph import Graph
from facedoor_convert.keras_layers import KerasLayer, KerasModel

Array = NDArray[Any]


def windows(x: Array, size: list[int], stride: list[int], padding: str, fill: float) -> Array:
    """All windows of an (h, w, c) image, as Keras slides them: (h', w', c, height, width)."""
    if padding == "same":
        assert stride == [1, 1]
        before = [(side - 1) // 2 for side in size]
        after = [side - 1 - left for side, left in zip(size, before, strict=True)]
        x = np.pad(x, [*zip(before, after, strict=True), (0, 0)], constant_values=fill)
    return sliding_window_view(x, size, (0, 1))[:: stride[0], :: stride[1]]


def run_layer(model: KerasModel, layer: KerasLayer, inputs: list[Array]) -> Array:
    """What Keras's documentation says that this layer does to its inputs, without a batch."""

    def array(role: str) -> Array:
        return model.arrays[f"{layer.name}/{role}"]

    def conv() -> Array:
        config = layer.config
        view = windows(x, config["kernel_size"], config["strides"], config["padding"], 0.0)
        rows = view.transpose(0, 1, 3, 4, 2).reshape(*view.shape[:2], -1)
        out: Array = rows @ array("kernel").reshape(rows.shape[-1], -1)
        return out + array("bias") if config["use_bias"] else out

    def normalised() -> Array:
        assert not layer.config["scale"]
        deviation = np.sqrt(array("moving_variance") + layer.config["epsilon"])
        out: Array = (x - array("moving_mean")) / deviation + array("beta")
        return out

    def pooled() -> Array:
        config = layer.config
        view = windows(x, config["pool_size"], config["strides"], config["padding"], -np.inf)
        out: Array = view.max(axis=(3, 4))
        return out

    x = inputs[0] if inputs else np.empty(0)
    does: dict[str, Callable[[], Array]] = {
        "Activation": lambda: np.maximum(x, 0),
        "BatchNormalization": normalised,
        "Concatenate": lambda: np.concatenate(inputs, axis=2),
        "Conv2D": conv,
        "Dense": lambda: x @ array("kernel"),
        "Dropout": lambda: x,
        "GlobalAveragePooling2D": lambda: x.mean(axis=(0, 1)),
        "Lambda": lambda: x + layer.config["scale"] * inputs[1],
        "MaxPooling2D": pooled,
    }
    assert layer.kind != "Activation" or layer.config["activation"] == "relu"
    return does[layer.kind]()


def run_keras(model: KerasModel, image: Array) -> Array:
    """Run the layers as the file wires them."""
    first, *rest = model.layers
    values = {first.name: image}
    for layer in rest:
        values[layer.name] = run_layer(model, layer, [values[name] for name in layer.sources])
    return values[model.layers[-1].name]


def test_float_network_gives_what_the_keras_file_describes(
    keras_model: KerasModel, float_network: Network, crops: list[Image]
) -> None:
    expected = run_keras(keras_model, normalise(crops[0], "standardise"))
    expected = expected / np.linalg.norm(expected)
    assert np.abs(Embedder(float_network, "standardise").embed(crops[0]) - expected).max() < 1e-5


def test_genuine_weights_fill_the_architecture(graph: Graph) -> None:
    shapes = graph.shapes()
    assert shapes["Conv2d_4b_3x3"] == (17, 17, 256)
    assert shapes["Mixed_6a"] == (8, 8, 896)
    assert shapes["Mixed_7a"] == (3, 3, 1792)
    assert shapes["Bottleneck"] == (128,)


@pytest.mark.parametrize("name", ["Block17_3_Conv2d_1x1/bias", "Bottleneck_BatchNorm/beta"])
def test_a_missing_array_is_named(keras_model: KerasModel, name: str) -> None:
    arrays = {key: array for key, array in keras_model.arrays.items() if key != name}
    with pytest.raises(WeightsError, match=f"lacks array {name}"):
        inception_resnet_v1.assemble(replace(keras_model, arrays=arrays))


def test_an_array_that_nothing_uses_is_named(keras_model: KerasModel) -> None:
    arrays = {**keras_model.arrays, "Block17_11/kernel": np.zeros(1, np.float32)}
    with pytest.raises(WeightsError, match="has Block17_11/kernel"):
        inception_resnet_v1.assemble(replace(keras_model, arrays=arrays))


def test_a_missing_scale_is_named(keras_model: KerasModel) -> None:
    layers = tuple(layer for layer in keras_model.layers if layer.name != "Block8_6_ScaleSum")
    with pytest.raises(WeightsError, match="lacks layer Block8_6_ScaleSum"):
        inception_resnet_v1.assemble(replace(keras_model, layers=layers))


def test_the_file_names_an_array_for_every_place(keras_model: KerasModel) -> None:
    assert len(keras_model.layers) == 426
    assert len(keras_model.arrays) == 490


def test_another_stride_is_named(keras_model: KerasModel) -> None:
    first = next(layer for layer in keras_model.layers if layer.name == "Conv2d_1a_3x3")
    odd = replace(first, config={**first.config, "strides": [1, 1]})
    layers = tuple(odd if layer is first else layer for layer in keras_model.layers)
    with pytest.raises(WeightsError, match="Conv2d_1a_3x3 has stride 1, not 2"):
        inception_resnet_v1.assemble(replace(keras_model, layers=layers))


def test_another_wiring_is_named(keras_model: KerasModel) -> None:
    block = next(layer for layer in keras_model.layers if layer.name == "Block17_3_Concatenate")
    odd = replace(block, sources=block.sources[::-1])
    layers = tuple(odd if layer is block else layer for layer in keras_model.layers)
    with pytest.raises(WeightsError, match="layer Block17_3_Concatenate reads Block17_3_Branch_1"):
        inception_resnet_v1.assemble(replace(keras_model, layers=layers))


def test_512_outputs_take_the_pixels_as_they_are(keras_model: KerasModel) -> None:
    wide_arrays = {"Bottleneck/kernel": np.ones((1792, 512), np.float32)}
    for role in ("beta", "moving_mean", "moving_variance"):
        wide_arrays[f"Bottleneck_BatchNorm/{role}"] = np.ones(512, np.float32)
    graph = inception_resnet_v1.assemble(
        replace(keras_model, arrays={**keras_model.arrays, **wide_arrays})
    )
    assert graph.normalisation == "unit"
    assert graph.shapes()["Bottleneck"] == (512,)
