"""TFLite: operators and arrays are read as they are; what no network here needs is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import tflite_graph
from tflite_files import TfliteFile

KERNEL = np.arange(4 * 3 * 3 * 3, dtype=np.float32).reshape(4, 3, 3, 3)


def file() -> TfliteFile:
    made = TfliteFile(2, 8, 8, 3)
    x = made.conv(made.input, KERNEL, (2, 4, 4, 4), stride=2)
    made.prelu(x, np.full(4, 0.125, np.float32), (2, 4, 4, 4))
    return made


WHOLE = file().written()


def read(folder: Path, data: bytes) -> tflite_graph.TfliteGraph:
    path = folder / "network.tflite"
    path.write_bytes(data)
    return tflite_graph.read(path)


def test_operators_keep_what_they_read_and_how_they_are_set(tmp_path: Path) -> None:
    graph = read(tmp_path, WHOLE)
    kinds = [node.kind for node in graph.nodes]
    assert kinds == ["CONV_2D", "RELU", "ABS", "SUB", "MUL", "ADD"]
    conv, *_, last = graph.nodes
    assert conv.sources[0] == graph.input
    assert graph.input_shape == (2, 8, 8, 3)
    assert last.output == graph.output
    assert conv.settings == {
        "FusedActivationFunction": 0,
        "Padding": 0,
        "StrideH": 2,
        "StrideW": 2,
        "DilationHFactor": 1,
        "DilationWFactor": 1,
    }


def test_arrays_keep_their_numbers_and_their_order_of_axes(tmp_path: Path) -> None:
    graph = read(tmp_path, WHOLE)
    _, kernel, bias = graph.nodes[0].sources
    assert np.array_equal(graph.arrays[kernel], KERNEL)
    assert graph.arrays[bias].tolist() == [1, 1, 1, 1]
    assert len(graph.arrays) == 3


def test_whole_numbers_are_read_too(tmp_path: Path) -> None:
    made = file()
    shape = made.constant(np.array([2, 64], np.int32))
    made.add("RESHAPE", [made.output, shape], [2, 64])
    graph = read(tmp_path, made.written())
    assert graph.arrays[graph.nodes[-1].sources[1]].tolist() == [2, 64]


def test_a_file_cut_at_any_byte_is_no_whole_network(tmp_path: Path) -> None:
    for size in range(0, len(WHOLE) - 4, 3):
        with pytest.raises(WeightsError, match="is not a float network in TFLite"):
            read(tmp_path, WHOLE[:size])


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    def change(path: str, value: object) -> Any:
        """A change of one value of the model, by its place there."""

        def edit(model: Any) -> None:
            *way, last = path.split(".")
            for step in way:
                model = model[int(step)] if step.isdigit() else getattr(model, step)
            if last.isdigit():
                model[int(last)] = value
            else:
                setattr(model, last, value)

        return edit

    graph = "subgraphs.0"
    nan = np.frombuffer(np.full(4, np.nan, np.float32).tobytes(), np.uint8)
    for edit, said in (
        (change("subgraphs", []), "has 0 graphs, not 1"),
        (change(f"{graph}.operators", []), "has 0 operators"),
        (change(f"{graph}.outputs", []), "not one input and one output"),
        (change(f"{graph}.outputs", [99]), "input and output are the tensors"),
        (change(f"{graph}.tensors.1.type", 9), "tensor 1 is of the type 9, neither float32"),
        (change(f"{graph}.tensors.1.isVariable", True), "tensor 1 is variable, sparse or quant"),
        (change(f"{graph}.tensors.1.buffer", 77), "tensor 1 has no buffer"),
        (change(f"{graph}.tensors.1.shape", [4, 3, 3]), "of shape .4, 3, 3. has 432 bytes"),
        (change(f"{graph}.tensors.1.shape", [-4, -3, 3, 3]), "has 432 bytes"),
        (change(f"{graph}.tensors.1.shape", [1] * 9), "tensor 1 has 9 axes"),
        (change("buffers.2.data", nan), "holds a value that is not a finite number"),
        (change(f"{graph}.operators.1.opcodeIndex", 40), "operator 1 is of no kind"),
        (change("operatorCodes.5.deprecatedBuiltinCode", 25), "operator 1 is of kind 25"),
        (change(f"{graph}.operators.1.inputs", [99]), "operator 1, RELU, reads .99,."),
        (change(f"{graph}.operators.1.outputs", [1, 1]), "reads 1 tensors and makes 2"),
        (change(f"{graph}.operators.0.builtinOptions", None), "lacks its Conv2DOptions"),
        (change(f"{graph}.operators", [file().operators[1]] * 5000), "5000 operators"),
    ):
        with pytest.raises(WeightsError, match=said):
            read(tmp_path, file().written(edit))
    with pytest.raises(WeightsError, match="does not begin as one"):
        read(tmp_path, b"no network at all")
    with pytest.raises(WeightsError, match="cannot read"):
        tflite_graph.read(tmp_path / "missing.tflite")


def test_numbers_that_many_tensors_claim_are_there_once(tmp_path: Path) -> None:
    """Else a small file would be as large in memory as it has tensors."""
    made = file()
    for _ in range(20):
        made.tensor(KERNEL.shape, buffer=1)
    with pytest.raises(WeightsError, match="more than are left of the file"):
        read(tmp_path, made.written())
