"""A Keras model's description of itself, as plain data; nothing in it is executed.

Keras describes a model in JSON, inside its own files or beside them. A Lambda layer carries its
code there as marshalled bytecode. It is dropped unread: the one Lambda that FaceNet has,
``*_ScaleSum`` (inputs + scale x branch), is known by its name and its ``scale`` argument, and any
other is refused.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.stated_layers import RELU, StatedLayer, image_sides, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from facedoor.frames import Vector
    from facedoor_convert.readers.stated_layers import Edge

_PASSING = frozenset({"Activation", "BatchNormalization", "Dropout"})
"""Layers that are steps on the way from one layer to the next."""
_KINDS = {
    "BatchNormalization": "Norm",
    "Concatenate": "Concat",
    "Conv2D": "Conv",
    "Dense": "Dense",
    "GlobalAveragePooling2D": "GlobalAverage",
    "InputLayer": "Input",
    "Lambda": "Add",
    "MaxPooling2D": "MaxPool",
}
_KNOWN_KINDS = _PASSING | set(_KINDS)
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
    """What is used of a file: the layers in order, and float32 arrays by name.

    An array's name is that of its layer, a slash, and its role: ``Conv2d_1a_3x3/kernel``. It is
    also what an architecture asks for, a
    :class:`~facedoor_convert.readers.stated_layers.NamedWeights`.
    """

    layers: tuple[KerasLayer, ...]
    output_names: tuple[str, ...]
    """The layers whose outputs are the model's."""
    arrays: Mapping[str, Vector] = field(default_factory=dict)

    @property
    def stated(self) -> dict[str, StatedLayer]:
        look = self._look()
        return {
            layer.name: StatedLayer(
                f"layer {layer.name}",
                _KINDS[layer.kind],
                tuple(trace(name, look) for name in layer.sources),
                _settings(layer),
            )
            for layer in self.layers
            if layer.kind in _KINDS
        }

    @property
    def outputs(self) -> tuple[Edge, ...]:
        look = self._look()
        return tuple(trace(name, look) for name in self.output_names)

    def _look(self) -> Callable[[str], tuple[Edge, str | None]]:
        by_name = {layer.name: layer for layer in self.layers}

        def look(name: str) -> tuple[Edge, str | None]:
            if (layer := by_name.get(name)) is None:
                raise WeightsError(f"the description reads layer {name:.60}, which it has not")
            if layer.kind not in _PASSING:
                return (name, *_steps(layer)), None
            if len(layer.sources) != 1:
                raise WeightsError(f"layer {name} reads {len(layer.sources)} layers, not one")
            return _steps(layer), layer.sources[0]

        return look


def parse(text: str | bytes) -> KerasModel:
    """A model's JSON, of Keras 2 or 3; its arrays come from elsewhere.

    Raises :class:`WeightsError` for a layer of an unknown kind, and one of :data:`DAMAGE` for what
    is no such description.
    """
    config = json.loads(text)["config"]
    layers = tuple(_layer(entry) for entry in config["layers"])
    names = set()
    for layer in layers:
        if layer.name in names:
            raise WeightsError(f"layer {layer.name} is there twice")
        names.add(layer.name)
    outputs = config["output_layers"]
    if isinstance(outputs[0], str):  # Keras 3 writes one without a list around it
        outputs = [outputs]
    return KerasModel(layers, tuple(str(output[0]) for output in outputs))


def _layer(entry: Mapping[str, Any]) -> KerasLayer:
    kind = str(entry["class_name"])
    config = dict(entry["config"])
    name = str(entry.get("name", config.get("name")))
    if kind not in _KNOWN_KINDS:
        raise WeightsError(f"layer {name} is a {kind}, which the converter does not know")
    if kind == "Lambda":
        config = {"scale": _scale(name, config.get("arguments"))}
    if (activation := config.get("activation", "linear")) not in ("linear", RELU):
        raise WeightsError(f"layer {name} has the activation {activation!r}, which FaceNet has not")
    return KerasLayer(name, kind, config, tuple(_sources(name, entry["inbound_nodes"])))


def _sources(name: str, nodes: Any) -> Iterator[str]:
    """The layers that a layer reads: its only node's, in Keras 2's form or in that of Keras 3."""
    if not nodes:
        return
    (node,) = nodes
    if isinstance(node, list):
        for source, _, _, *options in node:
            _demand_no_options(name, *options)
            yield str(source)
        return
    _demand_no_options(name, node["kwargs"])
    (inputs,) = node["args"]
    for tensor in inputs if isinstance(inputs, list) else [inputs]:
        yield str(tensor["config"]["keras_history"][0])


def _demand_no_options(name: str, options: Mapping[str, Any] | None = None) -> None:
    """Raise :class:`WeightsError` for options: called as in training, a layer is another one."""
    for key, value in (options or {}).items():
        if value:
            raise WeightsError(f"layer {name} is called with {key}, which FaceNet's is not")


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


def _steps(layer: KerasLayer) -> Edge:
    """The steps that a layer does to its own output; all steps of a passing one."""
    if layer.kind == "BatchNormalization":
        return (layer.name,)
    has_bias = layer.kind in ("Conv2D", "Dense") and layer.config.get("use_bias", True)
    bias = (f"{layer.name}/bias",) if has_bias else ()
    return (*bias, RELU) if layer.config.get("activation") == RELU else bias


def _settings(layer: KerasLayer) -> dict[str, object]:
    """What the configuration says of a layer; where it does not, Keras's own default."""

    def said(key: str, default: object) -> object:
        value = layer.config.get(key, default)
        return tuple(value) if isinstance(value, list) else value

    layout = {"data_format": said("data_format", "channels_last")}
    match layer.kind:
        case "InputLayer":
            return image_sides(said("batch_input_shape", said("batch_shape", None)))
        case "Conv2D":
            return layout | {
                "size": said("kernel_size", None),
                "channels": said("filters", None),
                "strides": said("strides", (1, 1)),
                "padding": said("padding", "valid"),
                "dilations": said("dilation_rate", (1, 1)),
                "groups": said("groups", 1),
            }
        case "MaxPooling2D":
            size = said("pool_size", (2, 2))
            strides = said("strides", None) or size
            return layout | {"size": size, "strides": strides, "padding": said("padding", "valid")}
        case "GlobalAveragePooling2D":
            return layout
        case "Concatenate":
            return {"axis": said("axis", -1)}
        case "Lambda":
            return {"scale": layer.config["scale"]}
        case "Dense":
            return {"channels": said("units", None)}
        case "BatchNormalization":
            axis = said("axis", -1)
            # TensorFlow's Keras writes a list of one.
            axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
            either = {"center": said("center", True), "scale": said("scale", True)}
            return {"axis": axis, "epsilon": said("epsilon", 1e-3)} | either
    return {}
