"""Converts a graph, which can be written as TFLite, to Keras, where it is trained, and back.

What is trained is always a graph: genuine FaceNet, its last layers, or a small network of our own.
Keras only moves its numbers, and they come back into the same graph.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from facedoor_convert.networks.graph import (
    Add,
    Concat,
    Conv,
    Dense,
    GlobalAverage,
    Graph,
    MaxPool,
    sources,
)
from facedoor_convert.training.backend import keras

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor_convert.networks.graph import Layer

_EPSILON = 1e-3
_MOMENTUM = 0.95
"""How much of the old running statistics a step keeps: those of the last 50 steps count."""


def to_keras(graph: Graph, *, normalise: bool) -> Any:
    """A Keras model with the arrays of ``graph``: (n, *input_shape) becomes (n, values).

    With ``normalise`` every convolution is followed by batch normalisation, without which a network
    hardly learns from nothing. A network that has learned has it in its weights already, and a
    small set of photos would only spoil its statistics. Raises ``ValueError`` for a layer that only
    a network that cannot be trained here has.
    """
    tensors = {graph.input: keras.Input(graph.input_shape)}
    for layer in graph.layers:
        inputs = [tensors[name] for name in sources(layer)]
        tensors[layer.name] = _called(layer, inputs, normalise)
    model = keras.Model(tensors[graph.input], tensors[graph.layers[-1].name])
    for layer in graph.layers:
        if isinstance(layer, Conv | Dense):
            arrays = [layer.kernel] if _norm_of(model, layer) else [layer.kernel, layer.bias]
            model.get_layer(layer.name).set_weights(arrays)
    return model


def to_graph(model: Any, graph: Graph) -> Graph:
    """``graph`` with what ``model``, made of it by :func:`to_keras`, has learned since."""
    return dataclasses.replace(graph, layers=tuple(_learned(model, x) for x in graph.layers))


def cut(graph: Graph, name: str) -> tuple[Graph, Graph]:
    """``graph`` up to the layer ``name``, and what follows it.

    Raises ``ValueError`` where something else than that layer's output crosses the cut.
    """
    after = [layer.name for layer in graph.layers].index(name) + 1
    head = Graph(name, graph.shapes()[name], graph.layers[after:], graph.normalisation)
    known = {name, *(layer.name for layer in head.layers)}
    for layer in head.layers:
        if missing := set(sources(layer)) - known:
            raise ValueError(f"{layer.name} reads {missing} from before {name}")
    return dataclasses.replace(graph, layers=graph.layers[:after]), head


def joined(trunk: Graph, head: Graph) -> Graph:
    """The whole that :func:`cut` made two of."""
    return dataclasses.replace(trunk, layers=trunk.layers + head.layers)


def _called(layer: Layer, inputs: list[Any], normalise: bool) -> Any:
    make = keras.layers
    name = layer.name
    match layer:
        case Conv():
            x = make.Conv2D(
                layer.kernel.shape[-1],
                layer.kernel.shape[:2],
                strides=layer.stride,
                padding="same" if layer.same else "valid",
                use_bias=not normalise,
                name=name,
            )(inputs[0])
            if normalise:
                x = make.BatchNormalization(
                    momentum=_MOMENTUM, epsilon=_EPSILON, name=_norm_name(layer)
                )(x)
            return make.ReLU()(x) if layer.relu else x
        case MaxPool():
            return make.MaxPooling2D(layer.size, layer.stride, name=name)(inputs[0])
        case Concat():
            return make.Concatenate(name=name)(inputs)
        case Add():
            x = make.Add(name=name)(inputs)
            return make.ReLU()(x) if layer.relu else x
        case GlobalAverage():
            return make.GlobalAveragePooling2D(name=name)(inputs[0])
        case Dense():
            return make.Dense(layer.kernel.shape[-1], name=name)(inputs[0])
        case _:
            raise ValueError(f"{name} ({type(layer).__name__}) is of a kind that is not trained")


def _learned(model: Any, layer: Layer) -> Layer:
    if not isinstance(layer, Conv | Dense):
        return layer
    kernel, *bias = model.get_layer(layer.name).get_weights()
    if (norm := _norm_of(model, layer)) is None:
        return dataclasses.replace(layer, kernel=kernel, bias=bias[0])
    gamma, beta, mean, variance = (array.astype(np.float64) for array in norm.get_weights())
    factor = gamma / np.sqrt(variance + _EPSILON)
    shifted: Vector = (beta - mean * factor).astype(np.float32)
    return dataclasses.replace(layer, kernel=(kernel * factor).astype(np.float32), bias=shifted)


def _norm_name(layer: Layer) -> str:
    return f"{layer.name}_norm"


def _norm_of(model: Any, layer: Layer) -> Any | None:
    """The batch normalisation behind ``layer``, if the model has one there."""
    return next((x for x in model.layers if x.name == _norm_name(layer)), None)
