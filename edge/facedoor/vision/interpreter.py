"""One way to run a TFLite model, whichever interpreter is installed.

LiteRT (``ai-edge-litert``) is the default; ``tflite-runtime`` is used where it is the one
installed. Both are loaded when a model is, not before: most commands never need one.
"""

from __future__ import annotations

import ctypes
import importlib
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facedoor.errors import PackError
from facedoor.languages import _
from facedoor.vision.pack import BUILD_HINT
from facedoor.vision.weight_cache import Compiled

_MODULES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")
_CONVERSION = "QUANTIZE"
"""Turns int8 into uint8, which XNNPACK cannot; at the ends of a model it costs next to nothing."""

_CHATTER = (b"INFO:", b"WARNING: [npu_registry.cc", b"WARNING: [gpu_registry.cc")
"""What LiteRT's C++ core says of itself, and of processors that a door has not."""

_STDERR = 2
_loading = threading.Lock()
"""Held while standard error is turned aside: two threads at once could leave it so."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """How a model runs: in how many XNNPACK partitions, and the operators that stayed outside."""

    partitions: int
    left_over: tuple[str, ...]
    operators: int
    """How many the model has in all."""

    @property
    def is_full(self) -> bool:
        return self.partitions == 1 and set(self.left_over) <= {_CONVERSION}

    @property
    def share(self) -> float:
        """The share of the operators that XNNPACK runs, 0 to 1."""
        return 1 - len(self.left_over) / self.operators


class Network:
    """A loaded TFLite model with one input.

    The file is mapped into memory rather than read, and the pages that loading has read are given
    back: XNNPACK keeps the weights once more, in an order of its own. Not safe for use by several
    threads at once.
    """

    def __init__(
        self,
        path: Path,
        threads: int = 1,
        compiled: Callable[[Path, int], Compiled | None] | None = None,
    ) -> None:
        """Load the model at ``path``. Raises :class:`PackError` when no interpreter can run it.

        ``compiled`` has another form of the same model, if there is one: it runs then.
        """
        module = _interpreter_module()
        try:
            with _without_greeting():
                self._interpreter = module.Interpreter(model_path=str(path), num_threads=threads)
                (self._input,) = self._interpreter.get_input_details()
                self._outputs = self._interpreter.get_output_details()
                # Before the interpreter has packed the weights once more.
                self._compiled = compiled and compiled(path, threads)
                if self._compiled is None:
                    self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise PackError(
                _("{path} cannot be run by {name} ({reason}): {build_hint}").format(
                    path=path,
                    name=module.__name__,
                    reason=str(error).strip(),
                    build_hint=_(BUILD_HINT),
                )
            ) from error
        _give_back(path)

    @property
    def has_stored_weights(self) -> bool:
        """Whether the weights are mapped from a file: see :mod:`facedoor.vision.weight_cache`."""
        return self._compiled is not None

    @property
    def input_shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in self._input["shape"])

    @property
    def input_dtype(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(self._input["dtype"])
        return dtype

    @property
    def input_quantisation(self) -> tuple[float, int]:
        """Scale and zero point of the input; (0.0, 0) for a float input."""
        scale, zero_point = self._input["quantization"]
        return float(scale), int(zero_point)

    @property
    def output_quantisation(self) -> tuple[float, int]:
        """Scale and zero point of the first output; (0.0, 0) for a float output."""
        scale, zero_point = self._outputs[0]["quantization"]
        return float(scale), int(zero_point)

    def run(self, tensor: NDArray[Any]) -> list[NDArray[Any]]:
        """The outputs, in the model's own order, for one input of its own shape and dtype.

        Raises ``ValueError`` for another.
        """
        if self._compiled is not None:
            if tensor.shape != self.input_shape or tensor.dtype != self.input_dtype:
                raise ValueError(f"the model takes {self.input_shape}, not {tensor.shape}")
            outputs = dict(
                zip(self._compiled.output_indices, self._compiled.run(tensor), strict=True)
            )
            return [outputs[int(output["index"])] for output in self._outputs]
        self._interpreter.set_tensor(self._input["index"], tensor)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output["index"]) for output in self._outputs]

    def delegation(self) -> Delegation:
        """What XNNPACK has taken over of this model.

        A model that falls back to the plain kernels still answers, only many times slower, so the
        converter refuses it and ``facedoor check`` reports it. Not for one with stored weights.
        """
        # The public interface does not tell; this method exists in both interpreters. Operators
        # that a delegate replaced stay listed, so walk back from the outputs to those that run.
        operators = self._interpreter._get_ops_details()
        producer = {int(t): op for op in operators for t in op["outputs"]}
        producer |= {
            int(t): op for op in operators if op["op_name"] == "DELEGATE" for t in op["outputs"]
        }
        running: dict[int, str] = {}
        wanted = [int(output["index"]) for output in self._outputs]
        while wanted:
            operator = producer.get(wanted.pop())
            if operator is not None and operator["index"] not in running:
                running[operator["index"]] = operator["op_name"]
                wanted += [int(t) for t in operator["inputs"] if t >= 0]
        names = list(running.values())
        return Delegation(
            partitions=names.count("DELEGATE"),
            left_over=tuple(sorted(name for name in names if name != "DELEGATE")),
            operators=sum(operator["op_name"] != "DELEGATE" for operator in operators),
        )


def _interpreter_module() -> Any:
    for name in _MODULES:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise PackError(_("no TFLite interpreter is installed: pip install ai-edge-litert"))


def _give_back(path: Path) -> None:
    """Free the memory that the pages of a mapped file take; what is needed again is read again."""
    try:
        name, maps = str(path.resolve()), Path("/proc/self/maps").read_text(encoding="utf-8")
        advise: Callable[..., int] = ctypes.CDLL(None).madvise
    except (OSError, UnicodeDecodeError, AttributeError):  # not Linux
        return
    for line in maps.splitlines():
        addresses, access, *_, mapped = line.split(maxsplit=5)
        if mapped == name and "w" not in access:
            start, end = (int(address, 16) for address in addresses.split("-"))
            advise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


@contextmanager
def _without_greeting() -> Iterator[None]:
    """Keep :data:`_CHATTER` off standard error; whatever else is said arrives there.

    LiteRT's C++ core announces its delegate when the first model is loaded, straight to the file
    descriptor, and has no setting against it.
    """
    with _loading:
        try:
            stderr = os.dup(_STDERR)
        except OSError:  # closed, so that there is nothing to keep clean
            yield
            return
        with os.fdopen(os.memfd_create("stderr"), "rb") as said:
            os.dup2(said.fileno(), _STDERR)
            try:
                yield
            finally:
                os.dup2(stderr, _STDERR)
                os.close(stderr)
                said.seek(0)
                for line in said:
                    if not line.startswith(_CHATTER):
                        with suppress(OSError):
                            os.write(_STDERR, line)
