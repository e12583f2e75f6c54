from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from faults.run import Run, read_runs, summary, write_run

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
    assert kills.startswith("kill: 1 runs, 1 struck during a pulse, 3 pulses, longest 0.402 s")
    assert freezes.startswith("freeze: 1 runs, 0 struck during a pulse")
    assert everything.startswith("all: 2 runs, 1 struck during a pulse, 6 pulses, longest 0.451 s")
