"""PyTorch's older form: arrays are read as they are, and nothing that a pickle asks for is run."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import torch_archive
from fasnet_files import TORCH_START, pickled, torch_array, torch_file

ARRAYS = {
    "module.conv1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "module.bn.num_batches_tracked": np.array(1234567890123, np.int64),
    "empty": np.empty((0, 3), np.float32),
}
WHOLE = torch_file(ARRAYS)
ONE = np.ones(1, np.float32)


def read(folder: Path, data: bytes) -> dict[str, np.ndarray]:
    path = folder / "network.pth"
    path.write_bytes(data)
    return torch_archive.read(path)


def named(program: bytes) -> bytes:
    """A file whose table of arrays is what ``program`` builds."""
    return TORCH_START + pickled(program)


def table(*arrays: bytes) -> bytes:
    items = b"".join(b"X\x01\x00\x00\x00%d" % n + array for n, array in enumerate(arrays))
    return b"}(" + items + b"u"


def test_arrays_keep_names_shapes_and_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].shape == array.shape
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()


def test_what_pytorch_knows_beside_the_arrays_is_passed_over(tmp_path: Path) -> None:
    beside = b"}X\x09\x00\x00\x00_metadata}q\x01sb"
    assert list(read(tmp_path, torch_file(ARRAYS, beside))) == list(ARRAYS)


class Trap:
    """Pickled, it asks whoever opens it to make a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return open, (str(self.trace), "w")


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_code_in_a_pickle_is_never_run_wherever_it_stands(tmp_path: Path, place: int) -> None:
    trace = tmp_path / "trace"
    trap = pickle.dumps(Trap(trace), protocol=2)
    parts = [TORCH_START[:15], TORCH_START[15:21], TORCH_START[21:]]
    parts.append(pickled(table(torch_array("0", ONE))))
    with pytest.raises(WeightsError, match=r"asks for .*'io open'.* does not need"):
        read(tmp_path, b"".join([*parts[:place], trap]))
    assert not trace.exists()


def test_a_file_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    for size in range(len(WHOLE)):
        with pytest.raises(WeightsError, match="fetch it again"):
            read(tmp_path, WHOLE[:size])


def test_the_first_wrong_thing_is_named(tmp_path: Path) -> None:
    once = torch_array("0", np.ones((2, 2), np.float32))
    for data, said in (
        (b"", "1 bytes have to follow"),
        (b"PK\x03\x04", "0x50 is no instruction"),
        (b"\x80\x04.", "another version than 2"),
        (pickled(b"K\x01") * 3, "does not begin as PyTorch's older form"),
        (TORCH_START.replace(b"\x88", b"\x89"), "lowest byte first"),
        (named(b"K\x01"), "no table of arrays"),
        (named(b"}"), "no table of arrays"),
        (named(b"cos\nsystem\n(X\x02\x00\x00\x00lstR"), "asks for .*os system"),
        (named(b"cos\n" + b"x" * 300), "a name does not end"),
        (named(b"X\xff\xff\xff\xff"), "a text of 4294967295 bytes"),
        (named(b"h\x07"), "value 7 is asked for"),
        (named(b"t"), "there is no mark"),
        (named(b"K\x01(R"), "2 values have to be there"),
        (named(b"K\x01K\x02s"), "there is no dict"),
        (named(table(once).replace(b"(K\x02K\x01t", b"(K\x01K\x02t")), "row by row"),
        (named(table(once).replace(b"NtQK\x00", b"NtQK\x01")), "row by row"),
        (named(table(once).replace(b"Float", b"Half_")), "no array's numbers"),
        (named(table(once)) + pickled(b"]"), "not those of its arrays"),
        (named(b"}" + b"X\x01\x00\x00\x00aK\x01s") + pickled(b"]"), "'?a'? is no array"),
        (torch_file({"a": np.array([np.inf], np.float32)}), "not a finite number"),
        (torch_file({"a": ONE}) + b"\x00", "something follows the last array"),
        (torch_file({"a": ONE}).replace(struct.pack("<q", 1), struct.pack("<q", -1)), "-1 numbers"),
        (named(b"(" * 200_000), "more than 100000 instructions"),
        (named(b")" + b"\x85" * 50_000 + b"Q"), "something very long is no array's numbers"),
    ):
        with pytest.raises(WeightsError, match=said) as error:
            read(tmp_path, data)
        assert len(str(error.value)) < 500


def test_two_arrays_never_share_their_numbers(tmp_path: Path) -> None:
    shared = named(table(torch_array("0", ONE), torch_array("0", ONE)))
    with pytest.raises(WeightsError, match="another array's numbers"):
        read(tmp_path, shared + pickled(b"](X\x01\x00\x00\x000e") + struct.pack("<qf", 1, 1.0))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot read .*nothing\.pth"):
        torch_archive.read(tmp_path / "nothing.pth")
