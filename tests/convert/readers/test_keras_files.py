from __future__ import annotations

from pathlib import Path

import numpy as np

from facedoor_convert.readers import keras_files as keras_h5
from workbench import keras_file, keras_layer


def test_code_of_a_lambda_is_dropped_unread(tmp_path: Path) -> None:
    config = {"function": ["no base64 and no bytecode"], "arguments": {"scale": 0.17}}
    layers = [keras_layer("input_1", "InputLayer")]
    layers.append(keras_layer("Block35_1_ScaleSum", "Lambda", "input_1", **config))
    path = tmp_path / "weights.h5"
    path.write_bytes(keras_file(layers, {}))
    assert keras_h5.read(path).layers[1].config == {"scale": 0.17}


def test_layers_and_arrays_keep_their_names_and_order(tmp_path: Path) -> None:
    layers = [keras_layer("b", "InputLayer"), keras_layer("a", "Dense", "b", units=2)]
    kernel = np.arange(6, dtype=np.float32).reshape(3, 2)
    path = tmp_path / "weights.h5"
    path.write_bytes(keras_file(layers, {"a/kernel": kernel}))
    model = keras_h5.read(path)
    assert [(layer.name, layer.sources) for layer in model.layers] == [("b", ()), ("a", ("b",))]
    assert model.arrays["a/kernel"].tolist() == kernel.tolist()
