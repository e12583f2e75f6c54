"""What the door costs, and what the converter gains: time, memory, size, and accuracy.

``python -m benchmarks.bench`` measures the pack in ``build/`` and writes ``build/bench.json``:
figure name -> value, unit, target, and what the target is. A missed target is marked and fails
nothing: machines differ, so what counts are ratios within one run, and the processor stands beside.

Some figures need what not everybody has, and are left out without it; the table says how to get
them: Keras; the archive of ``light``; LFW's photos, which ``FACEDOOR_LFW`` names; and
``face_recognition``, whose Python ``FACEDOOR_FACE_RECOGNITION`` names.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import BUILD, LIGHT_RECIPE, RECIPE, processor, recipe_of
from benchmarks.figures import Figure, Figures, from_json, left_out, measured, table, to_json
from benchmarks.processes import cpu_share, run, script
from facedoor.errors import FacedoorError
from facedoor_convert.progress import Progress

STARTS = 5
SETTLE_S, IDLE_S = 5.0, 12.0
"""After its start a door needs a moment until its motion gate has closed on an empty hallway."""

START_S, MEMORY_MB = 1.5, 150.0
CONVERT_S, CONVERT_MB = 30.0, 1000.0

OTHER_PACKS = {"mobilefacenet": 110.0, "light": None}
"""Which other packs' memory is stated, and its target in MB."""

_DOOR, _FRAMES, _STARTS, _IDLE, _GALLERY, _PAGE, _CONVERT, _LIGHT, _OTHERS, _GAINS = (
    "preparing a door",
    "frames, stage by stage",
    "starting, and memory",
    "standing idle",
    "a large gallery",
    "the dashboard's server",
    "converting",
    "building light",
    "memory with other packs",
    "network against network",
)
_EXPECTED_S = {
    _DOOR: 5.0,
    _FRAMES: 11.0,
    _IDLE: SETTLE_S + IDLE_S,
    _STARTS: 10.0,
    _GALLERY: 6.0,
    _PAGE: 150.0,
    _CONVERT: 8.0,
    _LIGHT: 4.0,
    _OTHERS: 25.0,
    _GAINS: 10.0,
}


def main() -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="facedoor-bench-") as name:
            work = Path(name)
            with Progress(_EXPECTED_S, sys.stderr) as progress:
                figures = _measure(work, progress)
            figures = {**figures, **_faces(work)}
    except FacedoorError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(to_json(measured(figures)), encoding="utf-8")
    print(table(figures))
    return 0


def _measure(work: Path, progress: Progress) -> Figures:
    # Each part is a process of its own, so that none inherits another's memory.
    module = (sys.executable, "-m")
    with progress.step(_DOOR):
        run(*module, "benchmarks.bench_door", work)
    with progress.step(_FRAMES):
        frames = from_json(run(*module, "benchmarks.bench_frames", work).output)
        frames = {**frames, **_face_recognition(work)}
    with progress.step(_IDLE):  # which keeps its packed weights, as a door's first start does
        idle = _idle(work)
    with progress.step(_STARTS) as report:
        starts = _starts(work, report)
    with progress.step(_GALLERY):
        gallery = from_json(run(*module, "benchmarks.bench_gallery", work).output)
    with progress.step(_PAGE):
        page = _page(work)
    with progress.step(_CONVERT):
        conversion = _conversion(work)
    with progress.step(_LIGHT):
        light = _light(work)
    with progress.step(_OTHERS):
        others = _others(work)
    with progress.step(_GAINS):
        gains = from_json(run(*module, "benchmarks.bench_converter", work).output)
    door_costs = {"processor": _processor(), **frames, **starts, **idle, **gallery, **page}
    return {**door_costs, **conversion, **gains, **light, **others}


def _processor() -> Figure:
    this = processor.this()
    return Figure(this.name, "", against=f"{this.count} processors; {' '.join(this.flags)}")


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
            "start to ready; here to the decision, once the face has moved a little",
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


def _face_recognition(work: Path) -> Figures:
    """A new face's frame against the one package that everybody knows, where that is installed."""
    try:
        module = "benchmarks.bench_face_recognition"
        return from_json(run(sys.executable, "-m", module, work).output)
    except FacedoorError as error:
        return {"new_face_face_recognition": left_out(_last_line(error))}


def _page(work: Path) -> Figures:
    """What the dashboard takes, its server and in a browser, and how soon it shows who came and
    opens; left out where there is no mosquitto, or no Chromium."""
    figures: dict[str, Figure] = {}
    modules = ("bench_dashboard", "dashboard_*"), ("bench_page", "page_*"), ("bench_seen", "seen_*")
    for module, names in modules:
        try:
            output = run(sys.executable, "-m", f"benchmarks.{module}", work).output
            figures |= from_json(output)
        except FacedoorError as error:
            figures[names] = left_out(_last_line(error))
    return figures


def _conversion(work: Path) -> dict[str, Figure]:
    build = run(script("facedoor-convert"), "build", RECIPE, "--output", work / "pack", "--json")
    against = "facedoor-convert build, packages in the cache"
    return {
        "convert_s": Figure(build.seconds, "s", CONVERT_S, against),
        "convert_peak_memory_mb": Figure(build.peak_memory_mb, "MB", CONVERT_MB, against),
    }


def _light(work: Path) -> Figures:
    """Build the pack of ``light`` for those who measure it; what is left out where that fails."""
    try:
        run(script("facedoor-convert"), "build", LIGHT_RECIPE, "--output", work / "light")
    except FacedoorError as error:
        return {"light_*": left_out(_last_line(error))}
    return {}


def _others(work: Path) -> Figures:
    """What the service takes with other packs; left out is one that cannot be built."""
    figures: dict[str, Figure] = {}
    for name, target_mb in OTHER_PACKS.items():
        pack, door = work / name, work / f"{name}-door"
        try:
            if not pack.exists():
                run(script("facedoor-convert"), "build", recipe_of(name), "--output", pack)
            door.mkdir()
            made_with = ("env", f"FACEDOOR_PACK={pack}", sys.executable, "-m")
            run(*made_with, "benchmarks.bench_door", door)
            one = run(*_run_command(door, f"file:{door / 'visit.mp4'}"), "--once")
        except FacedoorError as error:
            figures[f"run_peak_memory_{name}_mb"] = left_out(_last_line(error))
            continue
        against = f"the same with the pack of {name}"
        figures[f"run_peak_memory_{name}_mb"] = Figure(one.peak_memory_mb, "MB", target_mb, against)
    return figures


def _faces(work: Path) -> Figures:
    # It loads much, and a process that is measured starts with the memory of the one it comes from.
    from benchmarks import bench_lfw

    try:
        return bench_lfw.measure(work / "light")
    except FacedoorError as error:
        return {"lfw_*": left_out(_last_line(error))}


def _last_line(error: FacedoorError) -> str:
    return str(error).splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main())
