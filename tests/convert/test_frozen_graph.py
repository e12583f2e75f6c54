from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor_convert import frozen_facenet, frozen_graph
from facedoor_convert.errors import WeightsError
from network_files import field, graph_const, graph_conv, graph_epsilon, graph_node

TOP = "InceptionResnetV1"
KERNEL = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
WHOLE = (
    graph_const(f"{TOP}/Repeat_1/block17_3/Branch_0/Conv2d_1x1/weights", KERNEL)
    + graph_conv(f"{TOP}/Repeat_1/block17_3/Branch_0/Conv2d_1x1/Conv2D", 1, "SAME")
    + graph_const(f"{TOP}/Block8/mul/x", np.float32(0.5))
    + graph_conv(f"{TOP}/Mixed_6a/Branch_0/Conv2d_1a_3x3/Conv2D", 2, "VALID")
    + graph_epsilon(f"{TOP}/Bottleneck/BatchNorm/cond/FusedBatchNorm_1", 0.25)
    + graph_const(f"{TOP}/Bottleneck/BatchNorm/Const", np.float32([1.0]), (3,))
)


def read(folder: Path, data: bytes) -> tuple[frozen_graph.Node, ...]:
    path = folder / "graph.pb"
    path.write_bytes(data)
    return frozen_graph.read(path)


def test_names_become_those_of_the_keras_form(tmp_path: Path) -> None:
    weights = frozen_facenet.named(read(tmp_path, WHOLE))
    assert set(weights.arrays) == {
        "Block17_3_Branch_0_Conv2d_1x1/kernel",
        "Bottleneck_BatchNorm/gamma",
    }
    assert weights.scales == {"Block8_6_ScaleSum": 0.5}
    assert weights.settings["Mixed_6a_Branch_0_Conv2d_1a_3x3"] == {"stride": 2, "same": False}
    assert weights.settings["Bottleneck_BatchNorm"] == {"epsilon": 0.25}


def test_an_array_keeps_its_shape_and_one_value_fills_it(tmp_path: Path) -> None:
    weights = frozen_facenet.named(read(tmp_path, WHOLE))
    assert weights.arrays["Block17_3_Branch_0_Conv2d_1x1/kernel"].tolist() == KERNEL.tolist()
    assert weights.arrays["Bottleneck_BatchNorm/gamma"].tolist() == [1.0, 1.0, 1.0]


def test_a_file_cut_at_any_byte_is_no_whole_graph(tmp_path: Path) -> None:
    whole = read(tmp_path, WHOLE)
    for size in range(len(WHOLE)):
        try:
            # A cut between two nodes leaves fewer of them, which the architecture refuses.
            assert len(read(tmp_path, WHOLE[:size])) < len(whole)
        except WeightsError as refused:
            assert "is not a frozen TensorFlow graph" in str(refused)  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "it has no nodes"),
        (b"no graph", "unknown form 6"),
        (b"\x0a\x7f", "the file ends before"),
        (b"\xff" * 20, "a number does not end"),
        (b"\x0b", "unknown form 3"),
        (field(1, 7), "a number stands where a part has to be"),
        (graph_const("a", np.ones(1), (2**60,)), "array a of shape"),
        (graph_const("a", np.ones(3), (2, 2)), r"array a of shape \(2, 2\) has 12 bytes"),
        (graph_const("a", np.full(2, np.nan)), "array a holds a value"),
    ],
)
def test_the_first_wrong_thing_is_named(tmp_path: Path, data: bytes, named: str) -> None:
    with pytest.raises(WeightsError, match=f"is not a frozen TensorFlow graph: .*{named}"):
        read(tmp_path, data)


def test_a_convolution_of_another_kind_is_named(tmp_path: Path) -> None:
    odd = graph_conv(f"{TOP}/Conv2d_1a_3x3/Conv2D", 1, "SAME").replace(
        bytes([1, 1, 1, 1]), bytes([1, 1, 2, 1])
    )
    with pytest.raises(WeightsError, match=f"node {TOP}/Conv2d_1a_3x3/Conv2D has strides"):
        frozen_facenet.named(read(tmp_path, odd))


def test_what_is_outside_of_the_network_is_left_alone(tmp_path: Path) -> None:
    nodes = read(tmp_path, graph_const("embeddings/y", KERNEL) + graph_node("input", "Placeholder"))
    assert not frozen_facenet.named(nodes).arrays
