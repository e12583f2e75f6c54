from __future__ import annotations

import os
import signal

import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.keras_files import demand_an_end


def run_in_circles() -> None:
    while True:
        pass


def raise_an_error() -> None:
    raise OSError("damaged")


def test_a_reader_that_ends_is_let_through_whatever_it_says() -> None:
    demand_an_end(raise_an_error, "a.h5", 0)


@pytest.mark.parametrize("read", [run_in_circles, lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_a_reader_that_hangs_or_crashes_is_a_damaged_file(read: object) -> None:
    assert callable(read)
    with pytest.raises(WeightsError, match=r"a\.h5 makes the HDF5 library fail"):
        demand_an_end(read, "a.h5", 0)


def test_a_reader_that_takes_far_more_memory_than_its_file_is_a_damaged_file() -> None:
    bytearray(b"x") * 2**29  # what this process once took says nothing about the reader
    with pytest.raises(WeightsError, match="fail"):
        demand_an_end(lambda: bytearray(b"x") * 2**28, "a.h5", 1000)
