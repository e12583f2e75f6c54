"""A Keras model's description of itself, as plain data; nothing in it is executed.

Keras describes a model in JSON, inside its own files or beside them. A Lambda layer carries its
code there as marshalled bytecode. It is dropped unread: the one Lambda that FaceNet has,
``*_ScaleSum`` (inputs + scale x branch), is known by its name and its ``scale`` argument, and any
other is refused.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from facedoor.frames import Vector
    from facedoor_convert.named_weights import Setting

_PASSING = frozenset({"Activation", "BatchNormalization", "Dropout"})
"""Layers that :attr:`KerasModel.wiring` looks through."""
_KNOWN_KINDS = _PASSING | {
    "Concatenate",
    "Conv2D",
    "Dense",
    "GlobalAveragePooling2D",
    "InputLayer",
    "Lambda",
    "MaxPooling2D",
}
DAMAGE = (
    OSError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    RuntimeError,
    OverflowError,
    MemoryError,
)
"""Everything that json, h5py, zipfile and a strange structure can raise on the way."""


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

    An array's name is that of its layer, a slash, and its role: ``Conv2d_1a_3x3/kernel``. It is
    also what an architecture asks for, a :class:`facedoor_convert.named_weights.NamedWeights`.
    """

    layers: tuple[KerasLayer, ...]
    arrays: Mapping[str, Vector]

    @property
    def scales(self) -> dict[str, float]:
        return {
            layer.name: layer.config["scale"] for layer in self.layers if layer.kind == "Lambda"
        }

    @property
    def settings(self) -> dict[str, dict[str, Setting]]:
        return {layer.name: _settings(layer) for layer in self.layers}

    @property
    def wiring(self) -> dict[str, tuple[str, ...]]:
        by_name = {layer.name: layer for layer in self.layers}

        def behind(name: str) -> str:
            seen = set()
            while (layer := by_name.get(name)) and layer.kind in _PASSING and layer.sources:
                if name in seen:
                    raise WeightsError(f"layer {name} reads itself")
                seen.add(name)
                name = layer.sources[0]
            return name

        return {layer.name: tuple(map(behind, layer.sources)) for layer in self.layers}


def parse(text: str | bytes) -> tuple[KerasLayer, ...]:
    """The layers of a model's JSON, of Keras 2 or 3.

    Raises :class:`WeightsError` for a layer of an unknown kind, and one of :data:`DAMAGE` for what
    is no such description.
    """
    return tuple(_layer(entry) for entry in json.loads(text)["config"]["layers"])


def _layer(entry: Mapping[str, Any]) -> KerasLayer:
    kind = str(entry["class_name"])
    config = dict(entry["config"])
    name = str(entry.get("name", config.get("name")))
    if kind not in _KNOWN_KINDS:
        raise WeightsError(f"layer {name} is a {kind}, which the converter does not know")
    if kind == "Lambda":
        config = {"scale": _scale(name, config.get("arguments"))}
    if (activation := config.get("activation", "linear")) not in ("linear", "relu"):
        raise WeightsError(f"layer {name} has the activation {activation!r}, which FaceNet has not")
    return KerasLayer(name, kind, config, tuple(_sources(entry["inbound_nodes"])))


def _sources(nodes: Any) -> Iterator[str]:
    """The layers that a layer reads: its only node's, in Keras 2's form or in that of Keras 3."""
    if not nodes:
        return
    (node,) = nodes
    if isinstance(node, list):
        for source in node:
            yield str(source[0])
        return
    (inputs,) = node["args"]
    for tensor in inputs if isinstance(inputs, list) else [inputs]:
        yield str(tensor["config"]["keras_history"][0])


def _scale(name: str, arguments: Any) -> float:
    """The factor of a ``*_ScaleSum``, the only Lambda that the converter knows."""
    if name.endswith("_ScaleSum") and isinstance(arguments, dict) and set(arguments) == {"scale"}:
        scale = arguments["scale"]
        if type(scale) in (int, float) and abs(scale) < math.inf:
            return float(scale)
    raise WeightsError(
        f"layer {name} is a Lambda that the converter does not know, and code from a weights file "
        "is never run: use the file that the recipe names"
    )


def _settings(layer: KerasLayer) -> dict[str, Setting]:
    match layer.kind, layer.config:
        case "Conv2D" | "MaxPooling2D", {"strides": strides, "padding": padding, **rest}:
            if strides in ([1, 1], [2, 2]) and rest.get("dilation_rate", [1, 1]) == [1, 1]:
                return {"stride": strides[0], "same": padding == "same"}
            raise WeightsError(f"layer {layer.name} has strides or dilations that FaceNet has not")
        case "BatchNormalization", {"epsilon": float(epsilon)}:
            return {"epsilon": epsilon}
    return {}
