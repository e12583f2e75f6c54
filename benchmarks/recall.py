"""How small a face the door finds, and whether it sees faces where there are none.

``python -m benchmarks.recall`` pastes the celebrities' faces at known widths into the simulated
hallway, 640x480. *Still*: one frame, searched as a whole. *Walking*: somebody comes into an empty
view and is there for three more frames at 15 a second, 0.2 s; searched in every frame as a whole,
or by the door's own plan (:mod:`facedoor.visit.searching`). *Nobody*: people of many sizes, in
many hallways, who show the back of the head. Figures go to ``build/recall.json``.
"""

from __future__ import annotations

import copy
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks import BUILD, PACK
from benchmarks.bench_door import paint_from_behind, unpack_photos
from facedoor.camera.hallway import HORIZON
from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.errors import FacedoorError
from facedoor.frames import Box, Face, Frame, Image
from facedoor.vision import pack
from facedoor.vision.detector import Detector
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import Tracker
from facedoor.visit.in_view import FacesInView
from facedoor.visit.report import Stopwatch

WIDTH_PX, HEIGHT_PX, FPS = 640, 480, 15
WIDTHS_PX = (12, 16, 20, 24, 28, 32, 40, 56, 80, 160)
LIGHTS = (1.0, 0.1)
SECOND_S = 2 * FPS
WALK_FRAMES = 4
STEP = 0.12
"""Of the face's width, from frame to frame: a walk."""

HALLWAYS, VIEWS = 60, 10
PHOTO_WIDTHS = 2.2
"""Width of what is cut out of a photo, in widths of its face."""


class Door:
    """What a door does with frames, from an empty hallway on."""

    def __init__(self, detector: Detector, scene: Scene, light: float) -> None:
        self._tracker = Tracker(1.0)
        self._faces = FacesInView(detector, self._tracker)
        self._number = 0
        for _ in range(SECOND_S):
            self.finds(scene.exposed(scene.empty(), light, self._number))

    def finds(self, image: Image) -> list[Face]:
        """The faces that it follows after the next frame."""
        frame = Frame(image, image, self._number / FPS, self._number)
        self._faces.see(frame, [], Stopwatch(lambda: 0.0))
        self._number += 1
        return [track.face for track in self._tracker.tracks]


def main() -> int:
    try:
        detector = FaceReader.of(pack.load(PACK)).detector
        heads = list(_heads(detector))
        found = {f"light {light:g}": _by_width(detector, heads, light) for light in LIGHTS}
        figures = {"faces": len(heads), "found": found, "nobody": _nobody(detector)}
    except FacedoorError as error:
        print(f"recall: {error}", file=sys.stderr)
        return error.exit_code
    (BUILD / "recall.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _heads(detector: Detector) -> Iterator[Image]:
    """Each celebrity's photo, cut about the face."""
    with tempfile.TemporaryDirectory(prefix="facedoor-recall-") as folder:
        unpack_photos(Path(folder))
        for path in sorted(Path(folder).glob("*/*/*.jpg")):
            photo = read_picture(path)
            yield _cut(photo, detector.find(photo)[0].box)


def _cut(photo: Image, box: Box) -> Image:
    """A square about a face; the photo's edge goes on where it ends."""
    x, y = box.centre
    half = round(PHOTO_WIDTHS * box.width_px / 2)
    wide = cv2.copyMakeBorder(photo, half, half, half, half, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(wide[round(y) :, round(x) :][: 2 * half, : 2 * half])


def _by_width(detector: Detector, heads: list[Image], light: float) -> dict[int, dict[str, int]]:
    scene = Scene(WIDTH_PX, HEIGHT_PX, seed=7)
    settled = Door(detector, scene, light)
    counts = {}
    print(f"light {light:g}, {len(heads)} faces; found", flush=True)
    for width_px in WIDTHS_PX:
        count = dict.fromkeys(("still", "every_frame", "door", "first_frame"), 0)
        for number, head in enumerate(heads):
            walk = list(_walk(scene, Figure(head, number), number, width_px, light))
            door = copy.deepcopy(settled, {id(detector): detector})
            whole = [_sees(detector.find(image, image), place, width_px) for image, place in walk]
            planned = [_sees(door.finds(image), place, width_px) for image, place in walk]
            count["still"] += whole[-1]
            count["every_frame"] += any(whole)
            count["door"] += any(planned)
            count["first_frame"] += planned[0]
        counts[width_px] = count
        print(f"{width_px:>4} px: {count}", flush=True)
    return counts


Place = tuple[float, float]


def _walk(
    scene: Scene, figure: Figure, number: int, width_px: int, light: float
) -> Iterator[tuple[Image, Place]]:
    """Frames of somebody who has just come into view, and where the middle of the face is."""
    random = np.random.default_rng(number)
    x_px, y_px = random.uniform(0.2, 0.8) * WIDTH_PX, random.uniform(0.35, 0.45) * HEIGHT_PX
    for step in range(WALK_FRAMES):
        picture = scene.empty()
        place = x_px + STEP * width_px * step, y_px
        figure.paint(picture, Pose(*place, PHOTO_WIDTHS * width_px, turn_deg=0, blur_px=0))
        yield scene.exposed(picture, light, WALK_FRAMES * number + step), place


def _sees(faces: list[Face], place: Place, width_px: int) -> bool:
    """Whether one of ``faces`` is the one whose middle is at ``place``."""
    return any(math.dist(face.box.centre, place) < width_px / 2 for face in faces)


def _nobody(detector: Detector) -> dict[str, int]:
    """How many views of people who show the back of the head are taken for one with a face."""
    count = {"views": 0, "every_frame": 0, "door": 0}
    for seed in range(HALLWAYS):
        scene = Scene(WIDTH_PX, HEIGHT_PX, seed)
        settled = Door(detector, scene, 1.0)
        for view in range(VIEWS):
            random = np.random.default_rng((seed, view))
            x_px, width_px = random.uniform(0, WIDTH_PX), random.uniform(40, 300)
            door = copy.deepcopy(settled, {id(detector): detector})
            whole = planned = False
            for step in range(WALK_FRAMES):
                picture = scene.empty()
                place = x_px + STEP * width_px * step, HORIZON * HEIGHT_PX
                paint_from_behind(picture, place, width_px, coat=view)
                image = scene.exposed(picture, 1.0, WALK_FRAMES * view + step)
                whole |= bool(detector.find(image, image))
                planned |= bool(door.finds(image))
            count["views"] += 1
            count["every_frame"] += whole
            count["door"] += planned
    print(f"nobody: {count}", flush=True)
    return count


if __name__ == "__main__":
    sys.exit(main())
