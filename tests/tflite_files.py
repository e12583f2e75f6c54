"""Makes TFLite files as other programs write them, out of the format's own schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

Array = NDArray[Any]
Edit = Callable[[Any], object]

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "SUB", "MUL", "RELU", "ABS", "RESHAPE")


class TfliteFile:
    """A network that grows operator by operator; tensors go by their numbers."""

    def __init__(self, *shape: int) -> None:
        self._buffers = [schema.BufferT()]
        self._tensors: list[Any] = []
        self.operators: list[Any] = []
        self.input = self.output = self.tensor(shape)

    def constant(self, array: Array) -> int:
        self._buffers.append(schema.BufferT(data=np.frombuffer(array.tobytes(), np.uint8)))
        return self.tensor(array.shape, len(self._buffers) - 1, array.dtype == np.int32)

    def add(
        self, kind: str, sources: Sequence[int], shape: Sequence[int], options: Any = None
    ) -> int:
        """One operator; the number of the tensor of ``shape`` that it makes."""
        self.output = self.tensor(shape)
        self.operators.append(
            schema.OperatorT(
                opcodeIndex=KINDS.index(kind),
                inputs=list(sources),
                outputs=[self.output],
                builtinOptionsType=_number_of(options),
                builtinOptions=options,
            )
        )
        return self.output

    def conv(
        self,
        source: int,
        kernel: Array,
        shape: Sequence[int],
        *,
        depthwise: bool = False,
        stride: int = 1,
        padding: int = schema.Padding.SAME,
    ) -> int:
        """A convolution of these weights and a bias of ones; (channels, h, w, read) or (1, h, w,
        channels)."""
        kinds = schema.Conv2DOptionsT, schema.DepthwiseConv2DOptionsT
        options = kinds[depthwise](strideH=stride, strideW=stride, padding=padding)
        if depthwise:
            options.depthMultiplier = 1
        bias = np.ones(kernel.shape[-1] if depthwise else kernel.shape[0], np.float32)
        sources = source, self.constant(kernel), self.constant(bias)
        return self.add("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", sources, shape, options)

    def prelu(self, source: int, half_slope: Array, shape: Sequence[int]) -> int:
        """As older exporters write it: relu(x) + c (x - |x|)."""
        positive = self.add("RELU", [source], shape)
        size = self.add("ABS", [source], shape)
        twice = self.add("SUB", [source, size], shape, schema.SubOptionsT())
        scaled = self.constant(half_slope), twice
        negative = self.add("MUL", scaled, shape, schema.MulOptionsT())
        return self.add("ADD", [positive, negative], shape, schema.AddOptionsT())

    def written(self, edit: Edit = lambda _model: None) -> bytes:
        """The file, after ``edit`` has changed what the schema calls a ``ModelT``."""
        graph = schema.SubGraphT(
            tensors=self._tensors,
            inputs=[self.input],
            outputs=[self.output],
            operators=self.operators,
        )
        codes = [getattr(schema.BuiltinOperator, kind) for kind in KINDS]
        model = schema.ModelT(
            version=3,
            # As older exporters write it, who do not know the newer field.
            operatorCodes=[schema.OperatorCodeT(deprecatedBuiltinCode=code) for code in codes],
            subgraphs=[graph],
            buffers=self._buffers,
        )
        edit(model)
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def tensor(self, shape: Sequence[int], buffer: int = 0, is_whole: bool = False) -> int:
        kinds = schema.TensorType.FLOAT32, schema.TensorType.INT32
        self._tensors.append(schema.TensorT(shape=list(shape), type=kinds[is_whole], buffer=buffer))
        return len(self._tensors) - 1


def _number_of(options: Any) -> int:
    """What the schema calls the kind of these options."""
    if options is None:
        return 0
    return int(getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T")))


def small_tflite() -> bytes:
    """The first layers of a MobileFaceNet, for two faces at once."""
    file = TfliteFile(2, 112, 112, 3)
    shape = 2, 56, 56, 64
    x = file.conv(file.input, np.full((64, 3, 3, 3), 0.5, np.float32), shape, stride=2)
    x = file.prelu(x, np.full(64, 0.125, np.float32), shape)
    x = file.conv(x, np.full((1, 3, 3, 64), 0.5, np.float32), shape, depthwise=True)
    file.add("RESHAPE", [x, file.constant(np.array([2, 192], np.int32))], [2, 192])
    return file.written()
