"""What the door costs: CPU time, memory, and the time to start and to convert.

``python -m benchmarks.bench`` measures the pack in ``build/`` and writes ``build/bench.json``:
figure name -> value, unit, target, and what the target is. A missed target is marked and fails
nothing: machines differ, so what counts are ratios within one run, and the processor stands beside.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import BUILD, RECIPE
from benchmarks.figures import Figure, Figures, from_json, table, to_json
from benchmarks.processes import cpu_share, run, script
from facedoor.errors import FacedoorError
from facedoor_convert.progress import Progress

STARTS = 5
SETTLE_S, IDLE_S = 5.0, 12.0
"""After its start a door needs a moment until its motion gate has closed on an empty hallway."""

START_S, MEMORY_MB = 1.5, 200.0
CONVERT_S, CONVERT_MB = 30.0, 1000.0

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "asimd", "asimddp", "i8mm")
"""Instructions that decide how fast a processor is in int8, and in float."""

_DOOR, _FRAMES, _STARTS, _IDLE, _GALLERY, _CONVERT = (
    "preparing a door",
    "frames, stage by stage",
    "starting, and memory",
    "standing idle",
    "a large gallery",
    "converting",
)
_EXPECTED_S = {
    _DOOR: 5.0,
    _FRAMES: 11.0,
    _STARTS: 10.0,
    _IDLE: SETTLE_S + IDLE_S,
    _GALLERY: 6.0,
    _CONVERT: 8.0,
}


def main() -> int:
    try:
        with (
            closing(Progress(_EXPECTED_S, sys.stderr)) as progress,
            tempfile.TemporaryDirectory(prefix="facedoor-bench-") as work,
        ):
            figures = _measure(Path(work), progress)
    except FacedoorError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(to_json(figures), encoding="utf-8")
    print(table(figures))
    return 0


def _measure(door: Path, progress: Progress) -> Figures:
    # Each part is a process of its own, so that none inherits another's memory.
    module = (sys.executable, "-m")
    with progress.step(_DOOR):
        run(*module, "benchmarks.bench_door", door)
    with progress.step(_FRAMES):
        frames = from_json(run(*module, "benchmarks.bench_frames", door).output)
    with progress.step(_STARTS) as report:
        starts = _starts(door, report)
    with progress.step(_IDLE):
        idle = _idle(door)
    with progress.step(_GALLERY):
        gallery = from_json(run(*module, "benchmarks.bench_gallery", door).output)
    with progress.step(_CONVERT):
        conversion = _conversion(door)
    return {"processor": _processor(), **frames, **starts, **idle, **gallery, **conversion}


def _processor() -> Figure:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    values = {key.strip(): value.strip() for key, _, value in (n.partition(":") for n in lines)}
    known = values.get("flags", values.get("Features", "")).split()
    flags = " ".join(flag for flag in FLAGS if flag in known)
    name = values.get("model name") or platform.machine()
    return Figure(name, "", against=f"{os.cpu_count()} processors; {flags}")


def _run_command(door: Path, source: str) -> tuple[str | Path, ...]:
    settings = ("--config", door / "facedoor.toml")
    return script("facedoor"), "run", *settings, "--camera", source, "--json"


def _starts(door: Path, on_progress: Callable[[float], None]) -> dict[str, Figure]:
    """The whole service, somebody who is enrolled standing before the door from the first frame."""
    runs = []
    for number in range(STARTS):
        runs.append(run(*_run_command(door, f"file:{door / 'visit.mp4'}"), "--once"))
        if json.loads(runs[-1].output.splitlines()[0]).get("decision") != "granted":
            raise FacedoorError(f"the visitor was not let in at once: {runs[-1].output}")
        on_progress((number + 1) / STARTS)
    return {
        "start_to_decision_s": Figure(
            statistics.median(one.first_line_s for one in runs),
            "s",
            START_S,
            "start to ready; here to the third frame's decision",
        ),
        "run_peak_memory_mb": Figure(
            max(one.peak_memory_mb for one in runs),
            "MB",
            MEMORY_MB,
            "facedoor run, a visit in a video of 1280x960",
        ),
    }


def _idle(door: Path) -> dict[str, Figure]:
    percent = 100 * cpu_share(
        *_run_command(door, f"folder:{door / 'empty'}"), after_s=SETTLE_S, during_s=IDLE_S
    )
    against = "facedoor run at 15 fps, all threads; 15 frames of 1.5 ms would be 2.25 %"
    return {"idle_cpu_percent": Figure(percent, "% CPU", against=against)}


def _conversion(work: Path) -> dict[str, Figure]:
    build = run(script("facedoor-convert"), "build", RECIPE, "--output", work / "pack", "--json")
    against = "facedoor-convert build, packages in the cache"
    return {
        "convert_s": Figure(build.seconds, "s", CONVERT_S, against),
        "convert_peak_memory_mb": Figure(build.peak_memory_mb, "MB", CONVERT_MB, against),
    }


if __name__ == "__main__":
    sys.exit(main())
