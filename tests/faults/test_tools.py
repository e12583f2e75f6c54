"""What the tests break things with does break them, and runs are written down as they were."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from faults import disks
from faults.clock import JumpingClock, why_no_clock
from faults.run import Run, read_runs, summary, write_run

TWO_CLOCKS = "import time; print(time.time() - time.monotonic())"


def clocks_apart_s(**environment: str) -> float:
    command = [sys.executable, "-c", TWO_CLOCKS]
    return float(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


@pytest.mark.skipif(why_no_clock() is not None, reason=str(why_no_clock()))
def test_wall_clock_jumps_and_the_steady_clock_does_not(tmp_path: Path) -> None:
    clock = JumpingClock(tmp_path)
    true_s = clocks_apart_s()
    for hours in (5, -7, 0):
        clock.jump(hours * 3600)
        assert clocks_apart_s(**clock.environment) == pytest.approx(true_s + hours * 3600, abs=60)


def test_disk_without_room_and_broken_disk_take_no_more(tmp_path: Path) -> None:
    small, frail = tmp_path / "small" / "state", tmp_path / "frail" / "state"
    for disk, state in ((disks.small_disk, small), (disks.frail_disk, frail)):
        state.parent.mkdir()
        if reason := disks.why_not(disk, state.with_name("try")):
            pytest.skip(reason)
    with disks.small_disk(small):
        filler = disks.fill(small)
        with pytest.raises(OSError, match="No space left"):
            (small / "entry").write_bytes(b"1")
        filler.unlink()
        (small / "entry").write_bytes(b"1")
    with disks.frail_disk(frail), (frail / "journal").open("wb", buffering=0) as journal:
        journal.write(b"1")
        disks.settle(frail)
        disks.break_disk(frail)
        with pytest.raises(OSError, match="Read-only"):
            journal.write(b"2")
        journal.close()
        disks.mend_disk(frail)
        assert (frail / "journal").read_bytes() == b"1"
        (frail / "journal").write_bytes(b"12")


RUN = Run(
    number=0,
    fault="kill",
    seconds=4.0,
    pulses=3,
    hit_pulse=True,
    longest_s=0.402,
    left_on_s=0.25,
    violations=[],
)


def test_runs_are_read_as_they_were_written_down_and_keep_their_violations(tmp_path: Path) -> None:
    file = tmp_path / "soak" / "faults.jsonl"
    assert read_runs(file) == []
    runs = [RUN, replace(RUN, number=1, violations=["pulse 1 lasted 9 s"])]
    for run in runs:
        write_run(file, run)
    assert read_runs(file) == runs


def test_summary_has_a_line_for_each_fault_and_ends_with_one_for_all() -> None:
    longer = replace(RUN, number=1, fault="freeze", longest_s=0.451, hit_pulse=False)
    kills, freezes, everything = summary([longer, RUN]).splitlines()
    assert kills.startswith("kill: 1 runs, 1 struck during a pulse, 3 pulses, 0 pictures")
    assert "longest 0.402 s" in kills
    assert freezes.startswith("freeze: 1 runs, 0 struck during a pulse")
    assert everything.startswith("all: 2 runs, 1 struck during a pulse, 6 pulses, 0 pictures")
    assert "longest 0.451 s" in everything
