from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import frozen_graph
from workbench import (
    field,
    graph_axis,
    graph_const,
    graph_conv,
    graph_node,
    graph_norm,
    graph_placeholder,
)

KERNEL = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
WHOLE = (
    graph_placeholder("input", -1, 160, 160, 3)
    + graph_const("weights", KERNEL)
    + graph_conv("conv", 2, "VALID", "input:0", "weights", "^norm")
    + graph_const("ones", np.float32([1.0]), (3,))
    + graph_norm("norm", 0.25, "conv", "ones", "ones", "ones", "ones")
    + graph_axis("axis", -1)
    + graph_node("concat", "ConcatV2", "norm:0", "norm:1", "axis")
)


def read(folder: Path, data: bytes) -> tuple[frozen_graph.Node, ...]:
    path = folder / "graph.pb"
    path.write_bytes(data)
    return frozen_graph.read(path)


def test_nodes_keep_what_they_read_and_their_attributes(tmp_path: Path) -> None:
    nodes = {node.name: node for node in read(tmp_path, WHOLE)}
    assert nodes["input"].attributes["shape"] == (-1, 160, 160, 3)
    assert nodes["conv"].sources == ("input", "weights")
    assert nodes["conv"].attributes == {"strides": (1, 2, 2, 1), "padding": "VALID"}
    assert nodes["norm"].attributes == {"epsilon": 0.25, "is_training": False}
    assert nodes["axis"].attributes["value"] == (-1,)
    assert nodes["concat"].sources == ("norm", "norm:1", "axis")


def test_an_array_keeps_its_shape_and_one_value_fills_it(tmp_path: Path) -> None:
    arrays = {node.name: node.array for node in read(tmp_path, WHOLE) if node.array is not None}
    assert set(arrays) == {"weights", "ones"}
    assert arrays["weights"].tolist() == KERNEL.tolist()
    assert arrays["ones"].tolist() == [1.0, 1.0, 1.0]


def test_a_file_cut_at_any_byte_is_no_whole_graph(tmp_path: Path) -> None:
    whole = read(tmp_path, WHOLE)
    for size in range(len(WHOLE)):
        try:
            # A cut between two nodes leaves fewer of them, which the architecture refuses.
            assert len(read(tmp_path, WHOLE[:size])) < len(whole)
        except WeightsError as refused:
            assert "is not a frozen TensorFlow graph" in str(refused)  # noqa: PT017


def test_the_first_wrong_thing_is_named(tmp_path: Path) -> None:
    for data, named in (
        (b"", "it has no nodes"),
        (b"no graph", "unknown form 6"),
        (b"\x0a\x7f", "the file ends before"),
        (b"\xff" * 20, "a number does not end"),
        (b"\x0b", "unknown form 3"),
        (field(1, 7), "a number stands where a part has to be"),
        (graph_const("a", np.ones(1), (2**60,)), "array a of shape"),
        (graph_const("a", np.ones(3), (2, 2)), r"array a of shape \(2, 2\) has 12 bytes"),
        (graph_const("a", np.full(2, np.nan)), "array a holds a value"),
    ):
        with pytest.raises(WeightsError, match=f"is not a frozen TensorFlow graph: .*{named}"):
            read(tmp_path, data)
