"""The real ``facedoor run``, struck by one fault a run, at random moments while it opens.

``FACEDOOR_FAULTS`` says how many runs, and ``FACEDOOR_FAULTS_FILE`` where they are written down: a
run that stands there is not repeated. ``make soak`` sets both.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import pytest

from faults.faults import FAULTS, Fault, kill, terminate, why_not
from faults.run import Run, read_runs, run_once, summary, write_run
from faults.scene import PULSE_S, Scene
from faults.verdict import ALLOWANCE_S

RUNS = int(os.environ.get("FACEDOOR_FAULTS", "4"))
FILE = os.environ.get("FACEDOOR_FAULTS_FILE")
AT_ONCE = 2
"""A door waits most of the time."""

MUTANT = str(Path(__file__).with_name("mutant.py"))


def nothing(scene: Scene) -> None:
    """Nothing goes wrong for longer than a pulse may last."""
    scene.begin()
    time.sleep(PULSE_S + ALLOWANCE_S)
    scene.send(signal.SIGTERM)
    scene.end()


def test_door_breaks_no_promise_whatever_strikes_it(
    photos: Path, inhabited: Path, tmp_path: Path
) -> None:
    reasons = why_not(tmp_path)
    for left_out, reason in reasons.items():
        warnings.warn(f"{left_out.__name__} is left out: {reason}", stacklevel=1)
    faults = [fault for fault in FAULTS if fault not in reasons]
    runs = read_runs(Path(FILE)) if FILE else []
    due = sorted(set(range(RUNS)) - {run.number for run in runs})

    def play(number: int) -> Run:
        folder = tmp_path / str(number)
        folder.mkdir()
        run = run_once(number, faults[number % len(faults)], folder, photos, inhabited)
        if not run.violations:
            shutil.rmtree(folder)
        return run

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for done in as_completed([pool.submit(play, number) for number in due]):
            run = done.result()
            runs.append(run)
            if FILE:
                write_run(Path(FILE), run)
            wrong = "; ".join(run.violations) or "nothing wrong"
            print(f"{len(runs)}/{RUNS} {run.fault}: {run.pulses} pulses, {run.seconds} s, {wrong}")
    finally:
        pool.shutdown(cancel_futures=True)
    print(f"\n{summary(runs)}")
    assert not [run for run in runs if run.violations]


@pytest.mark.parametrize(
    ("mistake", "fault", "violation"),
    [
        ("forgets_to_switch_off", nothing, "lasted"),
        ("opens_before_it_writes", kill, "without a grant"),
        ("ends_with_the_relay_on", terminate, "had ended by itself"),
    ],
)
def test_door_with_a_mistake_is_found_out(
    mistake: str, fault: Fault, violation: str, photos: Path, inhabited: Path, tmp_path: Path
) -> None:
    chance = random.Random(mistake)  # noqa: S311
    scene = Scene(tmp_path, photos, inhabited, chance, program=(MUTANT, mistake))
    with contextlib.closing(scene):
        fault(scene)
        wrong = scene.violations(delivered=0)
    assert any(violation in sentence for sentence in wrong), wrong
