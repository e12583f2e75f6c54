"""A new face in a frame of 640x480: the door, against ``face_recognition`` on the same frame.

``python -m benchmarks.bench_face_recognition DIR`` measures both in turns, in CPU time, so that
whatever else the machine does falls on both. The door's frame has all that the first one of a visit
takes: motion, search, landmarks, which way up, crop, gates, embedding, comparison; no liveness, of
which the other has none. The other one finds the face and encodes it, as its documentation shows.

It needs dlib, which has to be compiled, or comes as ``dlib-bin``, a name that the package does not
know. So it lives in an environment of its own; ``FACEDOOR_FACE_RECOGNITION`` names its Python.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import PACK, bench_door
from benchmarks.figures import Figure, to_json
from benchmarks.processes import run
from facedoor.camera.pictures import two_streams
from facedoor.config.options import CameraConfig, Config
from facedoor.errors import FacedoorError
from facedoor.frames import Frame, Image
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE

TURNS, FRAMES = 3, 4
EMPTY_FRAMES = 20
TIMES_CHEAPER = 15.0
SIZE = CameraConfig(width_px=640, height_px=480)

HOW = (
    "python3 -m venv fr && fr/bin/pip install dlib-bin numpy pillow click 'setuptools<81' "
    "face_recognition_models && fr/bin/pip install --no-deps face_recognition; then "
    "FACEDOOR_FACE_RECOGNITION=fr/bin/python"
)

_OTHER = """
import sys, time
import numpy as np
import face_recognition
image = np.load(sys.argv[1])
for _ in range(int(sys.argv[2])):
    begun_s = time.process_time()
    places = face_recognition.face_locations(image)
    found = face_recognition.face_encodings(image, known_face_locations=places)
    print(len(found), 1000 * (time.process_time() - begun_s))
"""


def measure(door: Path) -> dict[str, Figure]:
    """Raises :class:`FacedoorError` where it is not installed."""
    python = os.environ.get("FACEDOOR_FACE_RECOGNITION")
    if not python:
        raise FacedoorError(f"not installed: {HOW}")
    images = bench_door.visit(bench_door.visitor_photo(door))
    frame, _ = two_streams(next(images), SIZE)
    file = door / "new_face.npy"
    np.save(file, frame)
    ours: list[float] = []
    theirs: list[float] = []
    path = _path(door)
    for _ in range(TURNS):
        begins_s = [bench_door.PAUSE_S * (len(ours) + number) for number in range(FRAMES)]
        ours += [_first_frame_ms(path, frame, begin_s) for begin_s in begins_s]
        theirs += _their_ms(python, file)
    spent_ms, their_ms = median(ours), median(theirs)
    both = f"{their_ms:.3g} ms against {spent_ms:.3g} ms, CPU, a face of 75 px in 640x480"
    return {
        "new_face_face_recognition": Figure(
            their_ms / spent_ms, "x", TIMES_CHEAPER, both, at_least=True
        )
    }


def _path(door: Path) -> FramePath:
    models, recognition = pack.load(PACK), Config().recognition
    risk = Risk(models.manifest, recognition)
    with bench_door.gallery_of(door) as gallery:
        index = GalleryIndex.of(gallery, models.manifest.embedder.sha256, risk.correction)
    return FramePath(
        *(FaceReader.of(models), risk.standard(index), risk.evidence_policy),
        risk.same_face_distance,
        liveness=NO_RULE,
    )


def _first_frame_ms(path: FramePath, visitor: Image, begin_s: float) -> float:
    """The frame in which somebody comes into an empty hallway, and is embedded."""
    for number, image in enumerate(bench_door.hallway(EMPTY_FRAMES)):
        main, lores = two_streams(image, SIZE)
        path.process(Frame(main, lores, begin_s + number / bench_door.FPS, number))
    main, lores = two_streams(visitor, SIZE)
    frame = Frame(main, lores, begin_s + EMPTY_FRAMES / bench_door.FPS, EMPTY_FRAMES)
    begun_s = time.process_time()
    report = path.process(frame)
    spent_ms = (time.process_time() - begun_s) * 1000
    if "embed" not in report.latency_ms:
        raise FacedoorError(f"the new face was not judged at once: {report}")
    path.finish()
    return spent_ms


def _their_ms(python: str, file: Path) -> list[float]:
    lines = run(python, "-c", _OTHER, file, str(FRAMES + 1)).output.splitlines()
    looks = [line.split() for line in lines]
    if any(faces != "1" for faces, _ in looks):
        raise FacedoorError(f"face_recognition did not find one face: {lines}")
    return [float(spent_ms) for _, spent_ms in looks[1:]]  # the first still loads something


if __name__ == "__main__":
    print(to_json(measure(Path(sys.argv[1]))))
