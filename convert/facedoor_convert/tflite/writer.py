"""Writes a graph as a float32 TFLite model: the same graph always gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from facedoor_convert.networks.graph import (
    Add,
    AveragePool,
    Concat,
    Conv,
    Dense,
    Depthwise,
    GlobalAverage,
    MaxPool,
    Pad,
    PRelu,
    Sigmoid,
    Softmax,
    Weigh,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from facedoor_convert.networks.graph import Graph, Layer, Shape

_SCHEMA_VERSION = 3
_FILE_IDENTIFIER = b"TFL3"
_OPERATORS = {
    # Layer: operator and its first version that takes int8 as well, so that the operator's
    # version is still true when the model has been quantised.
    Conv: (schema.BuiltinOperator.CONV_2D, 3),
    Depthwise: (schema.BuiltinOperator.DEPTHWISE_CONV_2D, 3),
    PRelu: (schema.BuiltinOperator.PRELU, 1),
    Sigmoid: (schema.BuiltinOperator.LOGISTIC, 2),
    Softmax: (schema.BuiltinOperator.SOFTMAX, 2),
    MaxPool: (schema.BuiltinOperator.MAX_POOL_2D, 2),
    # An average is written as the convolution that it is: XNNPACK leaves an average pool out.
    AveragePool: (schema.BuiltinOperator.DEPTHWISE_CONV_2D, 3),
    Pad: (schema.BuiltinOperator.PAD, 2),
    Concat: (schema.BuiltinOperator.CONCATENATION, 2),
    Add: (schema.BuiltinOperator.ADD, 2),
    Weigh: (schema.BuiltinOperator.MUL, 2),
    GlobalAverage: (schema.BuiltinOperator.MEAN, 2),
    Dense: (schema.BuiltinOperator.FULLY_CONNECTED, 4),
}


def write(graph: Graph) -> bytes:
    """The bytes of a ``.tflite`` file with one signature, ``serving_default``.

    Its input is (1, height, width, channels), its output (1, values). Each tensor has the name of
    the layer that makes it.
    """
    return _Writer(graph).finish()


class _Writer:
    def __init__(self, graph: Graph) -> None:
        # By convention of the format the first buffer is empty: tensors without data point to it.
        self._buffers = [schema.BufferT()]
        self._tensors: list[Any] = []
        self._index: dict[str, int] = {}
        self._operators: list[Any] = []
        self._graph = graph
        used = {type(layer) for layer in graph.layers}
        self._kinds = [kind for kind in _OPERATORS if kind in used]
        shapes = graph.shapes()
        self._tensor(graph.input, (1, *graph.input_shape))
        for layer in graph.layers:
            inputs = [self._index[name] for name in sources(layer)]
            before = shapes[sources(layer)[0]]
            inputs += [self._constant(name, array) for name, array in _constants(layer, before)]
            output = self._tensor(layer.name, (1, *shapes[layer.name]))
            self._operators.append(self._operator(layer, inputs, output))

    def finish(self) -> bytes:
        subgraph = schema.SubGraphT(
            tensors=self._tensors,
            inputs=[self._index[self._graph.input]],
            outputs=[self._index[self._graph.layers[-1].name]],
            operators=self._operators,
            name="main",
        )
        signature = schema.SignatureDefT(
            inputs=[schema.TensorMapT(name="input", tensorIndex=subgraph.inputs[0])],
            outputs=[schema.TensorMapT(name="embedding", tensorIndex=subgraph.outputs[0])],
            signatureKey="serving_default",
        )
        model = schema.ModelT(
            version=_SCHEMA_VERSION,
            operatorCodes=[
                # Readers older than the wider field look at the deprecated one.
                schema.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=version)
                for code, version in map(_OPERATORS.__getitem__, self._kinds)
            ],
            subgraphs=[subgraph],
            description="facedoor",
            buffers=self._buffers,
            signatureDefs=[signature],
        )
        builder = flatbuffers.Builder(sum(_size(buffer) for buffer in self._buffers) + 2**20)
        builder.Finish(model.Pack(builder), _FILE_IDENTIFIER)
        return bytes(builder.Output())

    def _tensor(self, name: str, shape: Sequence[int], buffer: int = 0) -> int:
        self._tensors.append(
            schema.TensorT(
                name=name, shape=list(shape), type=schema.TensorType.FLOAT32, buffer=buffer
            )
        )
        self._index[name] = len(self._tensors) - 1
        return self._index[name]

    def _constant(self, name: str, array: NDArray[Any]) -> int:
        self._buffers.append(schema.BufferT(data=np.frombuffer(array.tobytes(), np.uint8)))
        tensor = self._tensor(name, array.shape, len(self._buffers) - 1)
        if array.dtype == np.int32:
            self._tensors[tensor].type = schema.TensorType.INT32
        return tensor

    def _operator(self, layer: Layer, inputs: list[int], output: int) -> Any:
        kind, options = _options(layer)
        return schema.OperatorT(
            opcodeIndex=self._kinds.index(type(layer)),
            inputs=inputs,
            outputs=[output],
            builtinOptionsType=kind,
            builtinOptions=options,
        )


def _size(buffer: Any) -> int:
    return 0 if buffer.data is None else len(buffer.data)


def _constants(layer: Layer, before: Shape) -> list[tuple[str, NDArray[Any]]]:
    """The constant inputs of ``layer``, which reads a tensor of shape ``before``.

    They are in TFLite's own order of axes.
    """
    bias = np.zeros(before[-1], np.float32)
    match layer:
        case Conv():
            kernel, bias = layer.kernel.transpose(3, 0, 1, 2), layer.bias
        case Depthwise():
            kernel, bias = layer.kernel[np.newaxis], layer.bias
        case PRelu():
            return [(f"{layer.name}/slope", layer.slope.reshape(1, 1, -1))]
        case Dense():
            kernel, bias = layer.kernel.transpose(), layer.bias
        case AveragePool():
            shape = (1, layer.size, layer.size, before[2])
            kernel = np.full(shape, 1 / layer.size**2, np.float32)
        case Pad():
            starts = (layer.before, layer.before, 0)
            rows = zip(starts, before, layer.shape, strict=True)
            ends = [(0, 0), *((start, new - old - start) for start, old, new in rows)]
            return [(f"{layer.name}/ends", np.array(ends, np.int32))]
        case GlobalAverage():
            return [(f"{layer.name}/axes", np.array([1, 2], np.int32))]
        case _:
            return []
    return [(f"{layer.name}/kernel", kernel), (f"{layer.name}/bias", bias)]


def _options(layer: Layer) -> tuple[int, Any]:
    kinds = schema.BuiltinOptions
    match layer:
        case Conv():
            return kinds.Conv2DOptions, schema.Conv2DOptionsT(
                padding=schema.Padding.SAME if layer.same else schema.Padding.VALID,
                strideW=layer.stride,
                strideH=layer.stride,
                # A ReLU of its own would cost int8 several times the convolution.
                fusedActivationFunction=_activation(layer.relu),
            )
        case Depthwise():
            return kinds.DepthwiseConv2DOptions, schema.DepthwiseConv2DOptionsT(
                padding=schema.Padding.SAME if layer.same else schema.Padding.VALID,
                strideW=layer.stride,
                strideH=layer.stride,
                depthMultiplier=1,
            )
        case PRelu() | Sigmoid():
            return kinds.NONE, None
        case Softmax():
            return kinds.SoftmaxOptions, schema.SoftmaxOptionsT(beta=1.0)
        case MaxPool():
            return kinds.Pool2DOptions, schema.Pool2DOptionsT(
                padding=schema.Padding.VALID,
                strideW=layer.stride,
                strideH=layer.stride,
                filterWidth=layer.size,
                filterHeight=layer.size,
            )
        case AveragePool():
            return kinds.DepthwiseConv2DOptions, schema.DepthwiseConv2DOptionsT(
                padding=schema.Padding.VALID,
                strideW=layer.size,
                strideH=layer.size,
                depthMultiplier=1,
            )
        case Pad():
            return kinds.PadOptions, schema.PadOptionsT()
        case Concat():
            return kinds.ConcatenationOptions, schema.ConcatenationOptionsT(axis=3)
        case Add():
            return kinds.AddOptions, schema.AddOptionsT(
                fusedActivationFunction=_activation(layer.relu)
            )
        case Weigh():
            return kinds.MulOptions, schema.MulOptionsT()
        case GlobalAverage():
            return kinds.ReducerOptions, schema.ReducerOptionsT(keepDims=False)
        case Dense():
            return kinds.FullyConnectedOptions, schema.FullyConnectedOptionsT(
                fusedActivationFunction=_activation(layer.relu)
            )


def _activation(relu: bool) -> int:
    kinds = schema.ActivationFunctionType
    return int(kinds.RELU if relu else kinds.NONE)
