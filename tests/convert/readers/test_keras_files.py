"""Keras 3's files, and a description beside its weights, give what a whole legacy file gives."""

from __future__ import annotations

import json
import os
import signal
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import keras_files
from facedoor_convert.readers.keras_files import demand_an_end
from workbench import (
    keras3_archive,
    keras3_description,
    keras3_weights,
    keras_description,
    keras_file,
    keras_layer,
)

KERNEL = np.arange(24, dtype=np.float32).reshape(2, 2, 3, 2)
BETA, MEAN, VARIANCE = (np.array([value, 1], np.float32) for value in (3, 4, 5))
LAYERS = [
    keras_layer("x", "InputLayer"),
    keras_layer("a", "Conv2D", "x", strides=[2, 2], padding="valid", use_bias=False),
    keras_layer("b", "Conv2D", "a", strides=[1, 1], padding="same", use_bias=True),
    keras_layer("b_bn", "BatchNormalization", "b", scale=False, epsilon=1e-3),
    keras_layer("b_ScaleSum", "Lambda", "b_bn", arguments={"scale": 0.17}),
]
PLACES = {
    "conv2d": ("a", [KERNEL]),
    "conv2d_1": ("b", [KERNEL, BETA]),
    "batch_normalization": ("b_bn", [BETA, MEAN, VARIANCE]),
}
ARRAYS = {
    "a/kernel": KERNEL,
    "b/kernel": KERNEL,
    "b/bias": BETA,
    "b_bn/beta": BETA,
    "b_bn/moving_mean": MEAN,
    "b_bn/moving_variance": VARIANCE,
}


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def plain(arrays: Any) -> dict[str, Any]:
    return {name: array.tolist() for name, array in arrays.items()}


def description(folder: Path) -> Path:
    return file(folder, "model.json", json.dumps(keras_description(LAYERS)).encode())


def test_an_archive_holds_layers_arrays_and_wiring(tmp_path: Path) -> None:
    content = keras3_archive(keras3_description(LAYERS), keras3_weights(PLACES))
    model = keras_files.read_archive(file(tmp_path, "model.keras", content))
    assert plain(model.arrays) == plain(ARRAYS)
    total = model.stated["b_ScaleSum"]
    assert (total.kind, total.settings) == ("Add", {"scale": 0.17})
    assert total.sources == (("b", "b/bias", "b_bn"),)
    assert model.stated["a"].settings["strides"] == (2, 2)
    assert model.outputs == (("b_ScaleSum",),)


@pytest.mark.parametrize("form", ["whole", "weights", "keras 3"])
def test_a_description_takes_its_weights_in_any_form(tmp_path: Path, form: str) -> None:
    content = keras3_weights(PLACES) if form == "keras 3" else keras_file(LAYERS, ARRAYS)
    weights = file(tmp_path, "weights.h5", content)
    if form == "weights":
        with h5py.File(weights) as whole, h5py.File(tmp_path / "alone.h5", "w") as alone:
            for name, group in whole["model_weights"].items():
                whole.copy(group, alone, name)
            alone.attrs["layer_names"] = whole["model_weights"].attrs["layer_names"]
        weights = tmp_path / "alone.h5"
    model = keras_files.read_pair(description(tmp_path), weights)
    assert plain(model.arrays) == plain(ARRAYS)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    for places, named in (
        (PLACES | {"conv2d": ("b", [KERNEL])}, "conv2d of the weights is b, not a"),
        (PLACES | {"conv2d": ("a", [KERNEL, BETA])}, "layer a has 2 arrays, not 1"),
        (PLACES | {"conv2d": ("a", [np.full_like(KERNEL, np.inf)])}, "a/kernel holds a value"),
        ({"conv2d": ("a", [KERNEL])}, "no layers/conv2d_1/vars"),
    ):
        weights = file(tmp_path, "model.weights.h5", keras3_weights(places))
        with pytest.raises(WeightsError, match=named):
            keras_files.read_pair(description(tmp_path), weights)


def test_code_in_a_description_is_refused_by_the_layer_s_name(tmp_path: Path) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAA"}}
    layers = [keras_layer("Surprise", "Lambda", "x", function=code)]
    content = keras3_archive(keras3_description(layers), keras3_weights({}))
    with pytest.raises(WeightsError, match="layer Surprise is a Lambda"):
        keras_files.read_archive(file(tmp_path, "model.keras", content))


def test_a_layer_that_is_called_as_in_training_is_refused(tmp_path: Path) -> None:
    for form in ("Keras 2", "Keras 3"):
        layers = [keras_layer("x", "InputLayer"), keras_layer("bn", "BatchNormalization", "x")]
        layers[1]["inbound_nodes"][0][0][3] = {"training": True}
        described = keras_description(layers) if form == "Keras 2" else keras3_description(layers)
        path = file(tmp_path, "model.json", json.dumps(described).encode())
        with pytest.raises(WeightsError, match="layer bn is called with training"):
            keras_files.read_pair(path, tmp_path / "weights.h5")


def test_a_layer_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    described = keras_description([*LAYERS, LAYERS[1]])
    path = file(tmp_path, "model.json", json.dumps(described).encode())
    with pytest.raises(WeightsError, match="layer a is there twice"):
        keras_files.read_pair(path, tmp_path / "weights.h5")


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.keras"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(keras3_description(LAYERS)))
        archive.writestr("model.weights.h5", bytes(1_000_000))
    with pytest.raises(WeightsError, match="far too large"):
        keras_files.read_archive(bomb)


@pytest.mark.parametrize("trick", ["compressed", "empty", "elsewhere", "another file"])
def test_arrays_that_are_not_whole_in_the_file_are_refused(tmp_path: Path, trick: str) -> None:
    path = file(tmp_path, "whole.h5", keras_file(LAYERS, ARRAYS))
    with h5py.File(path, "a") as content:
        group = content["model_weights/a/a"]
        del group["kernel:0"]
        match trick:
            case "compressed":
                group.create_dataset("kernel:0", data=np.zeros(10**6, "f4"), compression="gzip")
            case "empty":
                group.create_dataset("kernel:0", (2**50,), "f4", chunks=(2**10,))
            case "elsewhere":
                group.create_dataset(
                    "kernel:0", (4,), "f4", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)]
                )
            case "another file":
                group["kernel:0"] = h5py.ExternalLink("/etc/hostname", "/x")
    with pytest.raises(WeightsError, match=r"not in the file whole|no a/kernel:0"):
        keras_files.read_h5(path)


def test_what_keras_itself_saves_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install keras jax)")
    layers = keras.layers
    x = keras.Input((8, 8, 3), name="x")
    a = layers.Conv2D(4, 3, strides=2, use_bias=False, name="a")(x)
    a_bn = layers.BatchNormalization(scale=False, epsilon=1e-3, name="a_bn")(a)
    b = layers.Conv2D(4, 1, padding="same", name="b")(layers.Activation("relu", name="r")(a_bn))
    total = layers.Lambda(
        lambda inputs, scale: inputs[0] + inputs[1] * scale,
        output_shape=(3, 3, 4),
        arguments={"scale": 0.17},
        name="b_ScaleSum",
    )([a_bn, b])
    out = layers.Dense(2, use_bias=False, name="c")(layers.GlobalAveragePooling2D(name="p")(total))
    model = keras.Model(x, out)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    (tmp_path / "model.json").write_text(model.to_json())
    expected = {
        f"{layer.name}/{weight.name}": np.asarray(weight).tolist()
        for layer in model.layers
        for weight in layer.weights
    }
    read = keras_files.read_archive(tmp_path / "model.keras")
    pair = keras_files.read_pair(tmp_path / "model.json", tmp_path / "model.weights.h5")
    assert plain(read.arrays) == plain(pair.arrays) == expected
    assert read.stated == pair.stated
    assert read.stated["b_ScaleSum"].settings == {"scale": 0.17}
    assert read.stated["b_ScaleSum"].sources == (("a", "a_bn"), ("b", "b/bias"))
    assert read.stated["b"].sources == (("a", "a_bn", "relu"),)
    assert read.stated["a"].settings["padding"] == "valid"
    assert read.stated["x"].settings == {"height": 8, "width": 8, "channels": 3}
    assert read.outputs == (("c",),)


def test_code_of_a_lambda_is_dropped_unread(tmp_path: Path) -> None:
    config = {"function": ["no base64 and no bytecode"], "arguments": {"scale": 0.17}}
    layers = [keras_layer("input_1", "InputLayer")]
    layers.append(keras_layer("Block35_1_ScaleSum", "Lambda", "input_1", **config))
    path = tmp_path / "weights.h5"
    path.write_bytes(keras_file(layers, {}))
    assert keras_files.read_h5(path).layers[1].config == {"scale": 0.17}


def test_layers_and_arrays_keep_their_names_and_order(tmp_path: Path) -> None:
    layers = [keras_layer("b", "InputLayer"), keras_layer("a", "Dense", "b", units=2)]
    kernel = np.arange(6, dtype=np.float32).reshape(3, 2)
    path = tmp_path / "weights.h5"
    path.write_bytes(keras_file(layers, {"a/kernel": kernel}))
    model = keras_files.read_h5(path)
    assert [(layer.name, layer.sources) for layer in model.layers] == [("b", ()), ("a", ("b",))]
    assert model.arrays["a/kernel"].tolist() == kernel.tolist()


def run_in_circles() -> None:
    while True:
        pass


def raise_an_error() -> None:
    raise OSError("damaged")


def test_a_reader_that_ends_is_let_through_whatever_it_says() -> None:
    demand_an_end(raise_an_error, "a.h5", 0)


@pytest.mark.parametrize("read", [run_in_circles, lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_a_reader_that_hangs_or_crashes_is_a_damaged_file(read: object) -> None:
    assert callable(read)
    with pytest.raises(WeightsError, match=r"a\.h5 makes the HDF5 library fail"):
        demand_an_end(read, "a.h5", 0)


def test_a_reader_that_takes_far_more_memory_than_its_file_is_a_damaged_file() -> None:
    bytearray(b"x") * 2**29  # what this process once took says nothing about the reader
    with pytest.raises(WeightsError, match="fail"):
        demand_an_end(lambda: bytearray(b"x") * 2**28, "a.h5", 1000)
