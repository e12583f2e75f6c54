"""ONNX: nodes, arrays and shapes are read as they are; what no network here needs is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import onnx_graph
from fasnet_files import onnx_array, onnx_declared, onnx_file, onnx_node
from workbench import field

KERNEL = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
WHOLE = onnx_file(
    {"w": KERNEL, "rest": np.array([-1], np.int64)},
    onnx_declared(11, "image", 1, 3, 128, 128),
    onnx_declared(11, "w", 1, 2, 3, 1),
    onnx_node("Conv", ["image", "w"], "x", group=1, strides=(2, 2), pads=(1, 1, 1, 1)),
    onnx_node("Constant", [], "zero", value=np.array(0, np.int64)),
    onnx_node("Gather", ["x", "zero"], "y", axis=-1, epsilon=0.25),
    onnx_declared(12, "y", 1, 3),
)


def read(folder: Path, data: bytes) -> onnx_graph.OnnxGraph:
    path = folder / "network.onnx"
    path.write_bytes(data)
    return onnx_graph.read(path)


def test_nodes_keep_what_they_read_and_their_attributes(tmp_path: Path) -> None:
    graph = read(tmp_path, WHOLE)
    assert graph.inputs == {"image": (1, 3, 128, 128)}
    assert graph.outputs == ("y",)
    conv, gather = graph.nodes
    assert (conv.kind, conv.sources, conv.outputs) == ("Conv", ("image", "w"), ("x",))
    assert conv.attributes == {"group": 1, "strides": (2, 2), "pads": (1, 1, 1, 1)}
    assert gather.attributes == {"axis": -1, "epsilon": 0.25}


def test_arrays_and_constants_keep_their_numbers(tmp_path: Path) -> None:
    arrays = read(tmp_path, WHOLE).arrays
    assert set(arrays) == {"w", "rest", "zero"}
    assert arrays["w"].tolist() == KERNEL.tolist()
    assert (arrays["rest"].tolist(), arrays["zero"].tolist()) == ([-1], 0)


def test_a_node_of_another_domain_is_of_another_kind(tmp_path: Path) -> None:
    node = field(1, field(2, b"y") + field(4, b"Conv") + field(7, b"com.example"))
    (read_node,) = read(tmp_path, onnx_file({}, node)).nodes
    assert read_node.kind == "com.example.Conv"


def test_a_file_cut_at_any_byte_is_no_whole_network(tmp_path: Path) -> None:
    for size in range(len(WHOLE)):
        with pytest.raises(WeightsError, match="is not a network in ONNX"):
            read(tmp_path, WHOLE[:size])


def test_the_first_wrong_thing_is_named(tmp_path: Path) -> None:
    node = onnx_node("Add", ["a", "b"], "c")
    external = field(2, 1) + field(8, b"a") + field(13, b"") + field(9, b"")
    floats = field(1, 1) + field(2, 1) + field(8, b"a") + field(4, b"\x00\x00\x80\x3f")
    for data, said in (
        (b"", "it has no nodes"),
        (b"no network", "unknown form 6"),
        (b"\xff" * 20, "a number does not end"),
        (field(7, 7), "a number stands where a part has to be"),
        (onnx_file({"a": np.array([np.nan], np.float32)}), "array a holds a value"),
        (field(7, field(5, field(1, 2**60) + field(2, 1))), "array  of shape"),
        (field(7, field(5, field(1, 2**64 - 1) + field(2, 1))), r"shape \[-1\] has 0 bytes"),
        (field(7, field(5, external)), "array a is not written as plain bytes"),
        (field(7, field(5, floats)), "array a is not written as plain bytes"),
        (field(7, field(5, field(2, 10))), "of the type 10, neither float32 nor int64"),
        (field(7, node + 2 * field(5, onnx_array("a", KERNEL))), "node Add_c, array a is there tw"),
        (field(7, 5000 * field(1, b"")), "more than 4096 nodes"),
        (field(7, field(5, b"\x08\x01" * 300)), "more than 256 whole numbers"),
        (field(7, field(1, field(5, field(8, b"\x01" * 300)))), "more than 256 whole numbers"),
    ):
        with pytest.raises(WeightsError, match=f"is not a network in ONNX: .*{said}"):
            read(tmp_path, data)
