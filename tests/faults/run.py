"""One run: the door, one fault, the door again, and a verdict; and what many runs came to."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from faults.faults import Fault
from faults.scene import Scene


@dataclass(frozen=True)
class Run:
    """What was seen. ``longest_s`` is the longest that the relay was on while the process could
    have switched it off, ``left_on_s`` the longest that it was on after a process had ended."""

    number: int
    fault: str
    seconds: float
    pulses: int
    hit_pulse: bool
    """Whether the relay was on when the fault struck."""
    longest_s: float
    left_on_s: float
    violations: Sequence[str]
    pictures: int = 0
    """So many were kept of visits."""
    seen_bytes: int = 0
    """So much was shown to whoever watched."""


def run_once(number: int, fault: Fault, folder: Path, photos: Path, inhabited: Path) -> Run:
    """Run number ``number``, which has moments of its own, in an empty ``folder``."""
    began_s = time.monotonic()
    chance = random.Random(f"{fault.__name__} {number}")  # noqa: S311 (has to be the same again)
    with contextlib.closing(Scene(folder, photos, inhabited, chance)) as scene:
        try:
            wrong = _play(scene, fault)
        except Exception as error:
            wrong = [f"the run broke off: {error!r}"]
        pulses = scene.pulses
        life_of = {life.process: life for life in scene.lives}
        pictures = len(scene.pictures()) if scene.lives else 0
        told = [(p, life_of[p.process]) for p in pulses if p.process in life_of]
    return Run(
        number,
        fault.__name__,
        round(time.monotonic() - began_s, 1),
        len(pulses),
        any(pulse.on_s <= scene.struck_s < pulse.off_s for pulse in pulses),
        max((life.ran_s(pulse.on_s, pulse.off_s) for pulse, life in told), default=0.0),
        max((max(0.0, pulse.off_s - life.ended_s) for pulse, life in told), default=0.0),
        wrong,
        pictures,
        scene.seen_bytes,
    )


def _play(scene: Scene, fault: Fault) -> list[str]:
    """The door with the fault, then the door again; what was wrong."""
    fault(scene)
    written = max((entry.id for entry in scene.entries()), default=0)
    scene.start()
    scene.hear_up_to(written)
    scene.send(signal.SIGTERM)
    scene.end(0)
    return scene.violations(delivered=written)


def read_runs(file: Path) -> list[Run]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [Run(**json.loads(line)) for line in lines]


def write_run(file: Path, run: Run) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(run)) + "\n")


def summary(runs: Iterable[Run]) -> str:
    """The figures of many runs, in a line for each fault and one for all."""
    runs = sorted(runs, key=lambda run: run.number)
    by_fault: dict[str, list[Run]] = {}
    for run in runs:
        by_fault.setdefault(run.fault, []).append(run)
    return "\n".join([*(_line(name, some) for name, some in by_fault.items()), _line("all", runs)])


def _line(name: str, runs: list[Run]) -> str:
    figures = (
        f"{len(runs)} runs",
        f"{sum(run.hit_pulse for run in runs)} struck during a pulse",
        f"{sum(run.pulses for run in runs)} pulses",
        f"{sum(run.pictures for run in runs)} pictures",
        f"longest {max(run.longest_s for run in runs):.3f} s",
        f"at most {max(run.left_on_s for run in runs):.3f} s on after an end",
        f"{sum(len(run.violations) for run in runs)} violations",
        f"{sum(run.seconds for run in runs):.0f} s",
    )
    return f"{name}: {', '.join(figures)}"
