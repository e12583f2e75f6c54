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
from typing import Literal

import numpy as np

from benchmarks import PACK, bench_door
from benchmarks.figures import Figure, to_json
from facedoor.camera.pictures import two_streams
from facedoor.config.options import CameraConfig, Config, LivenessConfig
from facedoor.errors import FacedoorError
from facedoor.frames import Box, Face, Frame
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.vision import pack
from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor.vision.liveness import LivenessNetworks
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule

VISITS = 100
IDLE_FRAMES = 600
FIXTURE_FRAMES = 300
"""A photo on the wall is known after ten seconds, which are half of them."""

TRACKED_FACTOR, TRACKED_MS, IDLE_MS = 1.15, 10.0, 1.5
"""Beside the embedder: 8 ms for landmarks, crop, search and evidence, 1 ms for what covers the
face, and 1 ms for whether it moves or hangs on the wall."""

SEARCH_MS, UPRIGHT_MS = 12.0, 12.0
"""What the first frame of a visit may cost beside: to search, and to see which way up a face is."""

PASSING_FRAMES, MOVING_PERCENT = 90, 6.0
"""Somebody crosses the hallway in six seconds and shows no face: CPU at 15 frames a second."""

LOOKS, LIVENESS_MS = 200, 2.0
"""Of each network; the most that one look should cost."""

LATER_FRAMES = 1.0
"""So much later a living visitor may be let in for being looked at for life."""

Mode = Literal["off", "passive"]


def measure(door: Path) -> dict[str, Figure]:
    """Run many visits, and an empty hallway, through the frame path."""
    models, recognition = pack.load(PACK), Config().recognition
    risk = Risk(models.manifest, recognition)
    with bench_door.gallery_of(door) as gallery:
        index = GalleryIndex.of(gallery, models.manifest.embedder.sha256, risk.correction)
    reader = FaceReader.of(models)

    def path_of(mode: Mode) -> FramePath:
        return FramePath(
            reader,
            risk.standard(index),
            risk.evidence_policy,
            risk.same_face_distance,
            clock=time.process_time,
            open_at_px=recognition.opens_at_px,
            liveness=LivenessRule.of(LivenessConfig(mode), models.manifest),
        )

    path = path_of("passive")
    costs = _visits(path, Network(models.path(models.manifest.embedder)), door)
    moving_percent, searched_percent = _moving_percents(path, reader.detector)
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
        "first_frame_ms": Figure(
            median(costs["searched"]),
            "ms CPU",
            tracked_target_ms + SEARCH_MS + UPRIGHT_MS,
            f"{formula}, + {SEARCH_MS:g} ms to search, + {UPRIGHT_MS:g} ms: which way up",
        ),
        "moving_cpu_percent": Figure(
            moving_percent,
            "% CPU",
            MOVING_PERCENT,
            "the frame path at 15 fps while somebody passes by who shows no face",
        ),
        "moving_searched_percent": Figure(
            searched_percent,
            "% CPU",
            against="the same frames searched as a whole, each of them: that alone, in between",
        ),
        "fixture_frame_ms": Figure(
            _fixture_ms(path, door), "ms CPU", IDLE_MS, "a hallway with a photo on the wall"
        ),
        "liveness_later_frames": Figure(
            _opens_at(path_of("passive"), door) - _opens_at(path_of("off"), door),
            "frames",
            LATER_FRAMES,
            "a living visitor is let in, against a door that does not check liveness",
        ),
        **_liveness(models, recognition.opens_at_px(bench_door.WIDTH_PX)),
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
            time_s = bench_door.PAUSE_S * number + place / bench_door.FPS
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


def _liveness(models: pack.Pack, face_px: float) -> dict[str, Figure]:
    """A look of each liveness network at a face as wide as the door asks for."""
    liveness = models.manifest.liveness
    (image,) = bench_door.hallway(1)
    x, y, half = bench_door.WIDTH_PX / 2, bench_door.HEIGHT_PX / 2, face_px / 2
    face = Face(Box(x - half, y - half, x + half, y + half), np.zeros((6, 2), np.float32), 1.0)
    figures = {}
    for model in () if liveness is None else liveness.networks:
        networks = LivenessNetworks([(model, Network(models.path(model)))])
        spent_ms = []
        for _ in range(LOOKS):
            begun_s = time.process_time()
            look = networks.look(image, face)
            spent_ms.append((time.process_time() - begun_s) * 1000)
            if look.score is None:
                raise FacedoorError(f"{model.file} does not judge what it is shown: {look}")
        figures[f"{model.file.removesuffix('.tflite')}_look_ms"] = Figure(
            median(spent_ms),
            "ms CPU",
            LIVENESS_MS,
            f"crop, preparation and network, a face of {face_px:g} px",
        )
    return figures


def _opens_at(path: FramePath, door: Path) -> int:
    """The frame in which somebody who walks up is let in."""
    for number, image in enumerate(bench_door.walk_up(bench_door.visitor_photo(door))):
        main, lores = two_streams(image, CameraConfig())
        report = path.process(Frame(main, lores, number / bench_door.FPS, number))
        if any(decision.granted for decision in report.decisions):
            return number
    raise FacedoorError("whoever walked up was not let in: build the pack again, with make pack")


def _fixture_ms(path: FramePath, door: Path) -> float:
    """The median frame of a hallway with a photo on the wall, once that is known to be one."""
    photo = bench_door.visitor_photo(door)
    streams = [two_streams(image, CameraConfig()) for image in bench_door.poster(photo, 8)]
    spent_ms = []
    for number in range(FIXTURE_FRAMES):
        main, lores = streams[number % len(streams)]
        frame = Frame(main, lores, number / bench_door.FPS, number)
        begun_s = time.process_time()
        report = path.process(frame)
        if report.fixtures:
            spent_ms.append((time.process_time() - begun_s) * 1000)
    path.finish()
    return median(spent_ms)


def _moving_percents(path: FramePath, detector: Detector) -> tuple[float, float]:
    """The share of a core that frames take in which somebody moves and no face is to be found, and
    that of a search of the whole frame in every one of them."""
    still = [two_streams(image, CameraConfig()) for image in bench_door.hallway(30)]
    passing = [two_streams(image, CameraConfig()) for image in bench_door.passer_by(PASSING_FRAMES)]
    for number, (main, lores) in enumerate(still):
        path.process(Frame(main, lores, number / bench_door.FPS, number))
    spent_s = searched_s = 0.0
    for number, (main, lores) in enumerate(passing, len(still)):
        frame = Frame(main, lores, number / bench_door.FPS, number)
        begun_s = time.process_time()
        report = path.process(frame)
        between_s = time.process_time()
        found = detector.find(main, lores)
        spent_s += between_s - begun_s
        searched_s += time.process_time() - between_s
        if report.faces or found:
            raise FacedoorError("a face was found in the back of a head")
    path.finish()
    of_a_core = 100 * bench_door.FPS / PASSING_FRAMES
    return of_a_core * spent_s, of_a_core * searched_s


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
