"""What only the start has needed is given back, and all goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

GIVES_BACK = """
import sqlite3
from pathlib import Path
import cv2
import numpy as np
from facedoor.service.memory import give_back

def held_kb():
    return int(Path("/proc/self/smaps_rollup").read_text().split("Rss:")[1].split()[0])

frame = np.arange(48 * 48 * 3, dtype=np.uint8).reshape(48, 48, 3)

def work():
    return cv2.resize(frame, (31, 31), interpolation=cv2.INTER_AREA).sum()

before, told = held_kb(), work()
give_back()
assert held_kb() < before - 10_000, (before, held_kb())
assert work() == told
assert sqlite3.connect(":memory:").execute("SELECT 2 + 2").fetchone() == (4,)
assert np.linalg.norm(np.ones((40, 40)) @ np.ones((40, 40))) == 1600
give_back()
"""


def test_a_process_holds_less_afterwards_and_does_all_that_it_did() -> None:
    subprocess.run([sys.executable, "-c", GIVES_BACK], check=True)


SWAPPED_OUT = r"""
import re
from pathlib import Path
import cv2
from facedoor.service.memory import give_back

def of_files_kb():
    rollup = Path("/proc/self/smaps_rollup").open().read()
    told = dict(re.findall(r"(?m)^(Rss|Anonymous): +([0-9]+)", rollup))
    return int(told["Rss"]) - int(told["Anonymous"])

def reads(path, **how):
    return re.sub("(?m)^Swap:.*$", "Swap: 4 kB", path.open(**how).read())

Path.read_text = reads
before = of_files_kb()
give_back()
assert of_files_kb() >= before, (before, of_files_kb())
"""


def test_what_was_changed_and_then_swapped_out_is_kept() -> None:
    subprocess.run([sys.executable, "-c", SWAPPED_OUT], check=True)


ANOTHER_MAPPING_COMES = """
import ctypes
import os
import sys
from pathlib import Path
import numpy
from facedoor.service.memory import give_back

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.dlopen.restype = ctypes.c_void_p
PRIVATE_AT_A_FREE_PLACE = 0x02 | 0x20 | 0x100000
read, write = 1, 2
file = next(Path(numpy.__file__).parent.glob("*core/_operand_flag_tests*.so"))

def places():
    lines = Path("/proc/self/maps").open().read().splitlines()
    mine = [line.split()[0].split("-") for line in lines if line.endswith(str(file))]
    return [(int(start, 16), int(end, 16)) for start, end in mine]

assert not places()
if sys.argv[1] == "library":
    handle = ctypes.c_void_p(libc.dlopen(bytes(file), 1))
    leave = lambda: libc.dlclose(handle)
else:
    size = file.stat().st_size
    opened = os.open(file, os.O_RDONLY)
    at = libc.mmap(None, ctypes.c_size_t(size), read, 2, opened, ctypes.c_long(0))
    leave = lambda: libc.munmap(ctypes.c_void_p(at), ctypes.c_size_t(size))
    assert Path("/proc/self/maps").exists() and ctypes.string_at(at, size)
before = places()
assert before
taken = []

def reads(path, **how):
    told = path.open(**how).read()
    if path.name == "smaps":
        leave()
        for start, end in before:
            size = ctypes.c_size_t(end - start)
            flags = PRIVATE_AT_A_FREE_PLACE
            if libc.mmap(ctypes.c_void_p(start), size, read | write, flags, -1, 0) == start:
                ctypes.memset(start, 0xAB, end - start)
                taken.append((start, end))
    return told

Path.read_text = reads
give_back()
for start, end in taken:
    assert set(ctypes.string_at(start, end - start)) == {0xAB}, hex(start)
assert taken or sys.argv[1] == "library"
"""


@pytest.mark.parametrize("what_goes", ["library", "file"])
def test_what_is_mapped_meanwhile_in_the_place_of_another_loses_nothing(what_goes: str) -> None:
    subprocess.run([sys.executable, "-c", ANOTHER_MAPPING_COMES, what_goes], check=True)
