"""What a network costs is counted, not estimated; what a board needs for it follows from that."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import mobilenet
from benchmarks.boards import PI_4, PI_5, ZERO_2, Counted, frame_ms
from benchmarks.counting import Cost, count
from facedoor.vision.pack import Pack
from tflite_files import TfliteFile


def floats(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def written(folder: Path, data: bytes) -> Path:
    (folder / "network.tflite").write_bytes(data)
    return folder / "network.tflite"


def test_a_small_network_costs_what_a_pencil_says(tmp_path: Path) -> None:
    file = TfliteFile(1, 8, 8, 3)
    wide = file.conv(file.input, floats(16, 3, 3, 3), (1, 4, 4, 16), stride=2)
    deep = file.conv(wide, floats(1, 3, 3, 16), (1, 4, 4, 16), depthwise=True)
    file.add("ADD", [wide, deep], (1, 4, 4, 16))
    cost = count(written(tmp_path, file.written()))
    assert cost.macs == 4 * 4 * 16 * (3 * 3 * 3) + 4 * 4 * 16 * (3 * 3)
    assert cost.weight_bytes == 4 * (16 * 27 + 16 + 9 * 16 + 16)
    assert cost.read_bytes == 4 * (8 * 8 * 3 + 3 * 256)
    assert cost.written_bytes == 4 * 3 * 256
    assert cost.operators == 3
    assert not cost.is_integer


def test_what_depends_on_constants_alone_costs_a_frame_nothing(tmp_path: Path) -> None:
    file = TfliteFile(1, 2, 2, 1)
    one, two = file.constant(floats(1, 2, 2, 1)), file.constant(floats(1, 2, 2, 1))
    folded = file.add("ADD", [one, two], (1, 2, 2, 1))
    file.add("ADD", [file.input, folded], (1, 2, 2, 1))
    cost = count(written(tmp_path, file.written()))
    assert (cost.operators, cost.weight_bytes, cost.read_bytes) == (1, 16, 16)


def test_an_operator_of_unknown_cost_is_named(tmp_path: Path) -> None:
    file = TfliteFile(1, 2)
    file.add("RELU", [file.input], (1, 2))
    data = file.written(
        lambda model: setattr(model.operatorCodes[5], "deprecatedBuiltinCode", 9 + 58)
    )
    with pytest.raises(ValueError, match="TRANSPOSE_CONV"):
        count(written(tmp_path, data))


def test_facenet_has_1417_million_macs_in_int8_and_its_weights_once(pack: Pack) -> None:
    cost = count(pack.path(pack.manifest.embedder))
    assert round(cost.macs / 1e6) == 1417
    assert round(cost.weight_bytes / 1e6, 1) == 22.9
    assert cost.is_integer


def test_mobilenet_has_the_569_million_macs_that_its_authors_state(tmp_path: Path) -> None:
    cost = count(written(tmp_path, mobilenet.as_float32()))
    assert round(cost.macs / 1e6) == 569


def test_a_board_waits_for_its_memory_where_that_is_slower_than_its_core() -> None:
    much_work = Cost(4_000_000_000, 1, 0, 0, is_integer=False, operators=1)
    assert ZERO_2.seconds(much_work, 0.5) == pytest.approx(2.0)
    assert ZERO_2.seconds(much_work, 0.5, cores=4) == pytest.approx(0.5)
    many_bytes = Cost(1, 600_000_000, 600_000_000, 1_200_000_000, is_integer=False, operators=1)
    assert ZERO_2.seconds(many_bytes, 0.5) == pytest.approx(2.0)


def test_floats_take_longer_than_calculated_and_what_is_beside_the_networks_too() -> None:
    floats_ = Counted(Cost(10**9, 0, 0, 0, is_integer=False, operators=1), (), 0.5)
    whole = Counted(Cost(10**9, 0, 0, 0, is_integer=True, operators=1), (), 0.5)
    networks = {"landmarks": floats_, "embedder": whole}
    for board in (ZERO_2, PI_4, PI_5):
        alone = 1000 * board.seconds(floats_.cost, 0.5 * board.float_share)
        assert frame_ms(board, networks, {"landmarks": 2}, 0) == pytest.approx(2 * alone)
        beside = frame_ms(board, networks, {"landmarks": 2, "liveness": 1}, 1.0) - 2 * alone
        assert 1.0 < beside < 50
        assert frame_ms(board, networks, {"embedder": 1}, 0) < alone
