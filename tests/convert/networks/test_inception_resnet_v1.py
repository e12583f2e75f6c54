"""The architecture in code against the one that the Keras file itself describes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from facedoor.frames import Image
from facedoor.vision.embedder import Embedder, normalise
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import WeightsError
from facedoor_convert.networks import inception_resnet_v1
from facedoor_convert.networks.graph import Graph
from facedoor_convert.readers.keras_layers import KerasLayer, KerasModel

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


def test_layers_and_arrays_that_lack_or_are_too_many_are_named(keras_model: KerasModel) -> None:
    layers, arrays = keras_model.layers, keras_model.arrays
    more = KerasLayer("Surprise", "MaxPooling2D", {}, ("input_1",))
    changes: list[tuple[dict[str, Any], str]] = [
        ({"arrays": {**arrays, "Block17_11/kernel": np.zeros(1)}}, "has Block17_11/kernel"),
        (
            {"layers": tuple(layer for layer in layers if layer.name != "Block8_6_ScaleSum")},
            "reads layer Block8_6_ScaleSum, which it has not",
        ),
        ({"layers": (*layers, more)}, "has Surprise, which Inception-ResNet-v1 has not"),
        ({"output_names": ("Bottleneck",)}, "the output reads Bottleneck, not Bottleneck -> Bott"),
    ]
    for name in ("Block17_3_Conv2d_1x1/bias", "Bottleneck_BatchNorm/beta"):
        others = {key: array for key, array in arrays.items() if key != name}
        changes.append(({"arrays": others}, f"lacks array {name}"))
    for change, named in changes:
        with pytest.raises(WeightsError, match=named):
            inception_resnet_v1.assemble(replace(keras_model, **change))


def test_the_file_names_an_array_for_every_place(keras_model: KerasModel) -> None:
    assert len(keras_model.layers) == 426
    assert len(keras_model.arrays) == 490


def with_layer(model: KerasModel, name: str, **changes: Any) -> KerasModel:
    """``model`` with another layer ``name``; what is no field of it goes into its configuration."""
    (layer,) = (layer for layer in model.layers if layer.name == name)
    fields = {key: changes.pop(key) for key in ("kind", "sources") if key in changes}
    odd = replace(layer, config={**layer.config, **changes}, **fields)
    return replace(model, layers=tuple(odd if x is layer else x for x in model.layers))


def test_one_change_is_named(keras_model: KerasModel) -> None:
    for name, changes, named in (
        ("input_1", {"batch_input_shape": [None, 224, 224, 3]}, "NODE has height 224, not 160"),
        ("Conv2d_1a_3x3", {"strides": [1, 1]}, r"NODE has strides \(1, 1\), not \(2, 2\)"),
        ("Conv2d_2b_3x3", {"padding": "valid"}, "NODE has padding 'valid', not 'same'"),
        ("Conv2d_2b_3x3", {"kernel_size": [5, 5]}, r"NODE has size \(5, 5\), not \(3, 3\)"),
        ("Conv2d_2b_3x3", {"filters": 32}, "NODE has channels 32, not 64"),
        ("Conv2d_2b_3x3", {"dilation_rate": [2, 2]}, r"NODE has dilations \(2, 2\)"),
        ("Conv2d_2b_3x3", {"groups": 2}, "NODE has groups 2, not 1"),
        ("Conv2d_2b_3x3", {"data_format": "channels_first"}, "has data_format 'channels_first'"),
        ("Conv2d_2b_3x3", {"activation": "relu"}, "_BatchNorm reads Conv2d_2b_3x3 -> relu, not"),
        ("Conv2d_2b_3x3", {"use_bias": True}, "_BatchNorm reads Conv2d_2b_3x3 -> .*/bias, not"),
        (
            "Conv2d_1a_3x3_Activation",
            {"activation": "linear"},
            "Conv2d_2a_3x3 reads .* -> Conv2d_1a_3x3_BatchNorm, not .* -> relu",
        ),
        ("Conv2d_1a_3x3_BatchNorm", {"axis": 1}, "NODE has axis 1, not -1 or 3"),
        ("Conv2d_1a_3x3_BatchNorm", {"epsilon": 0.1}, r"has epsilon 0\.1, not 0\.001"),
        ("Conv2d_1a_3x3_BatchNorm", {"scale": True}, "has scale True, not False"),
        ("MaxPool_3a_3x3", {"pool_size": [2, 2]}, r"NODE has size \(2, 2\), not \(3, 3\)"),
        ("MaxPool_3a_3x3", {"strides": None}, r"NODE has strides \(3, 3\), not \(2, 2\)"),
        ("MaxPool_3a_3x3", {"kind": "GlobalAveragePooling2D"}, "is of the kind GlobalAverage, not"),
        ("Block35_2_ScaleSum", {"scale": 0.2}, r"NODE has scale 0\.2, not 0\.17"),
        (
            "Block35_2_ScaleSum",
            {"sources": ("Conv2d_4b_3x3_Activation", "Block35_2_Conv2d_1x1")},
            "NODE reads Conv2d_4b_3x3 .*, not Block35_1_ScaleSum -> relu",
        ),
        ("Mixed_7a", {"axis": 2}, "NODE has axis 2, not -1 or 3"),
        (
            "Block17_3_Concatenate",
            {
                "sources": (
                    "Block17_3_Branch_1_Conv2d_0c_7x1_Activation",
                    "Block17_3_Branch_0_Conv2d_1x1_Activation",
                )
            },
            "layer Block17_3_Concatenate reads Block17_3_Branch_1",
        ),
        ("Bottleneck", {"activation": "relu"}, "Bottleneck_BatchNorm reads Bottleneck -> relu"),
        ("Dropout", {"sources": ("AvgPool", "input_1")}, "layer Dropout reads 2 layers, not one"),
        ("Dropout", {"sources": ("Dropout",)}, "NODE is too long or a circle"),
        ("Dropout", {"sources": ("Surprise",)}, "reads layer Surprise, which it has not"),
    ):
        with pytest.raises(WeightsError, match=named.replace("NODE", name)):
            inception_resnet_v1.assemble(with_layer(keras_model, name, **changes))


@settings(max_examples=30)
@given(st.data())
def test_no_layer_may_read_another_one(keras_model: KerasModel, data: st.DataObject) -> None:
    layer = data.draw(st.sampled_from(keras_model.layers[1:]), label="layer")
    # Dropout does nothing when the network is used, so it may be left away.
    alike = {*layer.sources, "AvgPool", "Dropout"}
    others = [other.name for other in keras_model.layers if other.name not in alike]
    sources = list(layer.sources)
    sources[data.draw(st.integers(0, len(sources) - 1))] = data.draw(st.sampled_from(others))
    with pytest.raises(WeightsError, match="another network"):
        inception_resnet_v1.assemble(with_layer(keras_model, layer.name, sources=tuple(sources)))


def test_512_outputs_take_the_pixels_as_they_are(keras_model: KerasModel) -> None:
    wide_arrays = {"Bottleneck/kernel": np.ones((1792, 512), np.float32)}
    for role in ("beta", "moving_mean", "moving_variance"):
        wide_arrays[f"Bottleneck_BatchNorm/{role}"] = np.ones(512, np.float32)
    wide = with_layer(keras_model, "Bottleneck", units=512)
    graph = inception_resnet_v1.assemble(
        replace(wide, arrays={**keras_model.arrays, **wide_arrays})
    )
    assert graph.normalisation == "unit"
    assert graph.shapes()["Bottleneck"] == (512,)
