"""What a frame costs, stage by stage, in CPU time of the whole process.

``python -m benchmarks.bench_frames DIR`` measures the frame path itself, fed with frames that are
in memory already; the camera's work is not in it. The embedder's own run is measured in between,
frame by frame, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import PACK, bench_door
from benchmarks.figures import Figure, to_json
from facedoor.camera.pictures import two_streams
from facedoor.config.options import CameraConfig, Config, LivenessConfig
from facedoor.errors import FacedoorError
from facedoor.frames import Frame
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.vision import pack
from facedoor.vision.interpreter import Network
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule

VISITS = 100
IDLE_FRAMES = 600
PAUSE_S = 60.0
"""Between two visits."""

TRACKED_FACTOR, TRACKED_MS, SEARCH_MS, IDLE_MS = 1.15, 8.0, 12.0, 1.5
LIVENESS_RUNS, LIVENESS_MS = 200, 2.0
"""Of each network; the most that one look should cost."""


def measure(door: Path) -> dict[str, Figure]:
    """Run many visits, and an empty hallway, through the frame path."""
    models, recognition = pack.load(PACK), Config().recognition
    risk = Risk(models.manifest, recognition)
    with bench_door.gallery_of(door) as gallery:
        index = GalleryIndex.of(gallery, models.manifest.embedder.sha256, risk.correction)
    path = FramePath(
        FaceReader.of(models),
        risk.standard(index),
        risk.evidence_policy,
        risk.same_face_distance,
        clock=time.process_time,
        liveness=LivenessRule.of(LivenessConfig("passive"), models.manifest),
    )
    costs = _visits(path, Network(models.path(models.manifest.embedder)), door)
    invoke_ms, tracked_ms = median(costs["invoke"]), median(costs["tracked"])
    networks = models.manifest.liveness.networks if models.manifest.liveness else ()
    other_ms = TRACKED_MS + LIVENESS_MS * len(networks)
    tracked_target_ms = TRACKED_FACTOR * invoke_ms + other_ms
    formula = f"{TRACKED_FACTOR} x embedder_ms + {other_ms:g} ms"
    return {
        "idle_frame_ms": Figure(_idle_ms(path), "ms CPU", IDLE_MS, "the motion gate on 640x480"),
        "embedder_ms": Figure(
            invoke_ms, "ms CPU", against="the network alone, in between the frames"
        ),
        "tracked_frame_ms": Figure(tracked_ms, "ms CPU", tracked_target_ms, formula),
        "search_frame_ms": Figure(
            median(costs["searched"]),
            "ms CPU",
            tracked_target_ms + SEARCH_MS,
            f"{formula}, + {SEARCH_MS:g} ms",
        ),
        **_liveness(models),
    } | {
        f"tracked_{stage}_ms": Figure(median(values), "ms CPU", against="part of tracked_frame_ms")
        for stage, values in costs.items()
        if stage not in ("invoke", "tracked", "searched")
    }


def _visits(path: FramePath, embedder: Network, door: Path) -> dict[str, list[float]]:
    """Milliseconds of whole frames, of the stages of tracked ones, and of the embedder alone."""
    images = list(bench_door.visit(bench_door.visitor_photo(door)))
    streams = [two_streams(image, CameraConfig()) for image in images]
    zeros = np.zeros(embedder.input_shape, embedder.input_dtype)
    costs: dict[str, list[float]] = defaultdict(list)
    for number in range(VISITS):
        for place, (main, lores) in enumerate(streams):
            time_s = PAUSE_S * number + place / bench_door.FPS
            begun_s = time.process_time()
            report = path.process(Frame(main, lores, time_s, place))
            spent_ms = (time.process_time() - begun_s) * 1000
            costs["searched" if place == 0 else "tracked"].append(spent_ms)
            if place:
                for stage, ms in report.latency_ms.items():
                    costs[stage].append(ms)
            begun_s = time.process_time()
            embedder.run(zeros)
            costs["invoke"].append((time.process_time() - begun_s) * 1000)
            if report.decisions:
                break
        if not any(decision.granted for decision in report.decisions):
            raise FacedoorError("the visitor was not let in: build the pack again, with make pack")
        path.finish()
    return costs


def _liveness(models: pack.Pack) -> dict[str, Figure]:
    """A look of each liveness network by itself."""
    liveness = models.manifest.liveness
    networks = () if liveness is None else liveness.networks
    return {
        f"{model.file.removesuffix('.tflite')}_ms": Figure(
            _run_ms(Network(models.path(model))), "ms CPU", LIVENESS_MS, "the network alone, a look"
        )
        for model in networks
    }


def _run_ms(network: Network) -> float:
    """The median run of a network."""
    zeros = np.zeros(network.input_shape, network.input_dtype)
    spent_ms = []
    for _ in range(LIVENESS_RUNS):
        begun_s = time.process_time()
        network.run(zeros)
        spent_ms.append((time.process_time() - begun_s) * 1000)
    return median(spent_ms)


def _idle_ms(path: FramePath) -> float:
    """The median frame of an empty hallway, once the gate has closed on it."""
    streams = [two_streams(image, CameraConfig()) for image in bench_door.hallway(8)]
    spent_ms = []
    for number in range(IDLE_FRAMES):
        main, lores = streams[number % len(streams)]
        frame = Frame(main, lores, number / bench_door.FPS, number)
        begun_s = time.process_time()
        report = path.process(frame)
        if not report.moved:
            spent_ms.append((time.process_time() - begun_s) * 1000)
    path.finish()
    return median(spent_ms)


if __name__ == "__main__":
    print(to_json(measure(Path(sys.argv[1]))))
