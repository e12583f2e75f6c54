"""Reads a whole-model Keras HDF5 file as named arrays and plain data; nothing in it is executed.

A Keras file carries the code of its Lambda layers as marshalled bytecode. It is dropped unread:
the one Lambda that FaceNet has, ``*_ScaleSum`` (inputs + scale x branch), is known by its name and
its ``scale`` argument, and any other is refused.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facedoor.frames import Vector

_KNOWN_KINDS = frozenset(
    {
        "Activation",
        "BatchNormalization",
        "Concatenate",
        "Conv2D",
        "Dense",
        "Dropout",
        "GlobalAveragePooling2D",
        "InputLayer",
        "Lambda",
        "MaxPooling2D",
    }
)


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """One layer as the file describes it; ``config`` never holds a Lambda's code."""

    name: str
    kind: str
    """The name of its Keras class, such as ``Conv2D``."""
    config: Mapping[str, Any]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KerasModel:
    """All that is of use in a file: the layers in order, and float32 arrays by name.

    An array's name is that of its layer, a slash, and its role: ``Conv2d_1a_3x3/kernel``.
    """

    layers: tuple[KerasLayer, ...]
    arrays: Mapping[str, Vector]


def read(path: Path) -> KerasModel:
    """Read the file at ``path``.

    Raises :class:`WeightsError` when it is damaged, is no Keras model, has a layer of an unknown
    kind, or holds a number that is not finite; the message names the first thing that is wrong.
    """
    try:
        with h5py.File(path, "r") as file:
            layers = _layers(file)
            arrays = _arrays(file)
    except (OSError, LookupError, AttributeError, TypeError, ValueError, RuntimeError) as error:
        # Everything that h5py, json and a strange structure can raise on the way.
        raise WeightsError(
            f"{path} is not a whole Keras model in HDF5 form ({error}): fetch it again"
        ) from error
    return KerasModel(layers, arrays)


def _layers(file: h5py.File) -> tuple[KerasLayer, ...]:
    return tuple(
        _layer(entry) for entry in json.loads(file.attrs["model_config"])["config"]["layers"]
    )


def _layer(entry: Mapping[str, Any]) -> KerasLayer:
    name, kind = str(entry["name"]), str(entry["class_name"])
    if kind not in _KNOWN_KINDS:
        raise WeightsError(f"layer {name} is a {kind}, which the converter does not know")
    config = dict(entry["config"])
    if kind == "Lambda":
        config = {"scale": _scale(name, config.get("arguments"))}
    nodes = entry["inbound_nodes"]
    return KerasLayer(name, kind, config, tuple(str(node[0]) for node in nodes[0]) if nodes else ())


def _scale(name: str, arguments: Any) -> float:
    """The factor of a ``*_ScaleSum``, the only Lambda that the converter knows."""
    if name.endswith("_ScaleSum") and isinstance(arguments, dict) and set(arguments) == {"scale"}:
        scale = arguments["scale"]
        if type(scale) in (int, float) and math.isfinite(scale):
            return float(scale)
    raise WeightsError(
        f"layer {name} is a Lambda that the converter does not know, and code from a weights file "
        "is never run: use the file that the recipe names"
    )


def _arrays(file: h5py.File) -> dict[str, Vector]:
    weights = file["model_weights"]
    arrays: dict[str, Vector] = {}
    for layer in weights.attrs["layer_names"]:
        group = weights[layer]
        for full_name in group.attrs["weight_names"]:
            name = full_name.decode().removesuffix(":0")
            array = np.asarray(group[full_name], np.float32)
            if not np.isfinite(array).all():
                raise WeightsError(f"array {name} holds a value that is not a finite number")
            if name in arrays:
                raise WeightsError(f"array {name} is there twice")
            arrays[name] = array
    return arrays
