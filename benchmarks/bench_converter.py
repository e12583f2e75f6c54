"""What the converter gains: int8 against float32 and against Keras, and ``light`` against FaceNet.

Of a pack whose embedder is not in int8 only the size is stated.

``python -m benchmarks.bench_converter DIR`` runs the networks in turns, on one processor, so that
whatever else the machine does falls on all of them; of each ratio the median over all turns counts.
``DIR/light`` is the pack of ``light``, if it could be built.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias

import numpy as np

from benchmarks import PACK, float_model, processor, recipe_of
from benchmarks.figures import Figure, left_out, to_json
from facedoor.vision import pack
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import BackendError
from facedoor_convert.networks.graph import Graph

WARM_UP, TURNS = 3, 60
"""Turns that do not count, in which weights are packed and Keras compiles, and those that do."""

GAIN, SIZE_MB = 3.0, 24.0

KERAS_HINT = ".venv/bin/pip install -e '.[convert,train]' brings Keras, to be measured with"

Run: TypeAlias = Callable[[], object]
"""One face through a network."""


def measure(directory: Path) -> dict[str, Figure]:
    """Measure every network that is to be had here."""
    # No network gets a second thread so, whatever its library makes of the machine.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    models, exact = pack.load(PACK), directory / "float.tflite"
    int8 = models.path(models.manifest.embedder)
    form = models.manifest.embedder.quantisation
    said = f"{models.manifest.name} in {form}"
    size = Figure(int8.stat().st_size / 1e6, "MB", SIZE_MB, said)
    if form != "int8":
        return {"embedder_mb": size, "int8_*": left_out(f"the pack is {said}")}
    graph = float_model.write(recipe_of(models.manifest.name), exact)
    runs = {"int8": _litert(int8), "float32": _litert(exact)}
    if (directory / "light").is_dir():
        light = pack.load(directory / "light")
        runs["light"] = _litert(light.path(light.manifest.embedder))
    try:
        keras_version, runs["Keras"] = _keras(graph)
    except BackendError:
        keras_version = ""
    times_ms = in_turns(runs, WARM_UP, TURNS)
    figures = {
        "embedder_mb": size,
        "int8_gain_over_float32": _gain(times_ms, "float32", "int8", "both on LiteRT"),
        "int8_gain_over_keras": left_out(KERAS_HINT),
    }
    if keras_version:
        said = f"{keras_version}, predict_on_batch of one face, its batch normalisation folded"
        figures["int8_gain_over_keras"] = _gain(times_ms, "Keras", "int8", said)
    if "light" in runs:
        against = f"{_medians(times_ms, 'int8', 'light')}: FaceNet and light, both in int8"
        ratio = _ratio(times_ms, "int8", "light")
        figures["light_gain_over_facenet"] = Figure(ratio, "x", GAIN, against, at_least=True)
    return figures


def in_turns(
    runs: Mapping[str, Run],
    warm_up: int,
    turns: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, list[float]]:
    """The milliseconds of each run, turn by turn."""
    times_ms: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(warm_up + turns):
        for name, run in runs.items():
            begun_s = clock()
            run()
            if turn >= warm_up:
                times_ms[name].append((clock() - begun_s) * 1000)
    return times_ms


def _litert(file: Path) -> Run:
    network = Network(file)
    return partial(network.run, np.zeros(network.input_shape, network.input_dtype))


def _keras(graph: Graph) -> tuple[str, Run]:
    """Which Keras it is, and the network in it. Raises :class:`BackendError` where there is none.

    The twin has its batch normalisation folded into the convolutions, so it is a little faster than
    the network as published.
    """
    from facedoor_convert.training import keras_twin  # which loads Keras, if there is one
    from facedoor_convert.training.backend import keras

    model = keras_twin.to_keras(graph, normalise=False)
    face = np.zeros((1, *graph.input_shape), np.float32)
    version = f"Keras {keras.__version__} on {keras.backend.backend()}"
    return version, partial(model.predict_on_batch, face)


def _gain(times_ms: Mapping[str, list[float]], slow: str, quick: str, said: str) -> Figure:
    """What int8 gains, with a target only where the processor has an instruction for it."""
    machine = processor.this()
    against = f"{_medians(times_ms, slow, quick)}: {said}; {' '.join(machine.flags)}"
    target = GAIN if machine.has_dot_product else None
    return Figure(_ratio(times_ms, slow, quick), "x", target, against, at_least=True)


def _ratio(times_ms: Mapping[str, list[float]], slow: str, quick: str) -> float:
    return median(s / q for s, q in zip(times_ms[slow], times_ms[quick], strict=True))


def _medians(times_ms: Mapping[str, list[float]], slow: str, quick: str) -> str:
    return f"{median(times_ms[slow]):.1f} ms to {median(times_ms[quick]):.1f} ms CPU"


if __name__ == "__main__":
    print(to_json(measure(Path(sys.argv[1]))))
