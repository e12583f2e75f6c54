"""Made-up attacks: photos of people, held up to the simulated camera in every way that it knows.

``python -m benchmarks.attacks --images DIR`` takes a photo of each of ``--people`` people of
``DIR/PERSON/*.jpg`` (by name, in order) and writes ``build/attacks``, to be measured with
``facedoor-convert liveness --clips build/attacks``:

* ``live``: the photo over a head with depth, which stands and sways. **No living person**, so the
  BPCER of these clips says nothing about anybody;
* ``print``, ``bent print``, ``cut print``, ``phone`` and ``screen`` (no bezel), in hands that
  shake, the whole medium in view;
* the same with ``, filling``: so near that the medium's edges are out of view.

What tells these from people is what we thought of when we drew them; what a network makes of them
need not be what it makes of the real thing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from benchmarks import BUILD, PACK
from facedoor.camera.pictures import read_picture
from facedoor.camera.recorded import Pacing
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig
from facedoor.errors import FacedoorError, UsageError
from facedoor.frames import Face
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader
from facedoor_convert.progress import Progress

FPS = 15
VISIT_S = 2.6
"""As long as a visit is measured for, and a frame."""

_STAY_S = VISIT_S / 0.8  # the last fifth of a stay is spent leaving

FACE_PX, FILLING_PX = 140, 370
"""Width of the face with the whole medium in view, and so near that 2.7 times the face, which a
network looks at, is all photo; at 400 px less than 1.8 times the face fits the picture."""

MEDIA = ("print", "bent print", "cut print", "phone", "screen")


@dataclass(frozen=True, slots=True)
class Subject:
    """A photo, and the one face in it."""

    name: str
    photo: Path
    width_px: int
    face: Face


def subjects(images: Path, people: int, reader: FaceReader) -> list[Subject]:
    """The first people of a folder of whom one photo has one face.

    Raises :class:`UsageError` where there are not so many.
    """
    found: list[Subject] = []
    folders = sorted(path for path in images.iterdir() if path.is_dir()) if images.is_dir() else []
    for folder in folders:
        for photo in sorted(folder.glob("*.jpg"))[:1]:
            picture = read_picture(photo)
            faces = reader.detector.find(picture)
            if len(faces) == 1:
                found.append(Subject(folder.name, photo, picture.shape[1], faces[0]))
        if len(found) == people:
            return found
    raise UsageError(f"{images} has photos with one face of {len(found)} people, not of {people}")


def species() -> dict[str, tuple[str, float]]:
    """As what a photo is shown, and how wide its face then is, by the name of the folder."""
    kinds = {"live": ("head", float(FACE_PX))}
    for medium in MEDIA:
        kinds[medium] = (medium, float(FACE_PX))
        kinds[f"{medium}, filling"] = (medium, float(FILLING_PX))
    return kinds


def script(subject: Subject, shown_as: str, face_px: float, seed: int) -> str:
    """What the simulated camera is to play."""
    to_px = face_px * subject.width_px / subject.face.box.width_px
    points = [[round(float(x), 1), round(float(y), 1)] for x, y in subject.face.landmarks[:4]]
    return "\n".join(
        [
            f"seed = {seed}",
            f"fps = {FPS}",
            "gap_s = 0.1",
            "[[visitor]]",
            f"name = {json.dumps(subject.name)}",
            f"photos = [{json.dumps(str(subject.photo.resolve()))}]",
            f"landmarks = [{points}]",
            f"as = {json.dumps(shown_as)}",
            f"stay_s = {_STAY_S}",
            f"from_px = {0.9 * to_px:.1f}",
            f"to_px = {to_px:.1f}",
        ]
    )


def record(text: str, folder: Path, clip: Path) -> None:
    """Play a script and write what the camera saw of the visit as a clip (Motion JPEG)."""
    path = folder / "script.toml"
    path.write_text(text)
    clip.parent.mkdir(parents=True, exist_ok=True)
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    writer: cv2.VideoWriter | None = None
    with SimulatedCamera(path, CameraConfig(), Pacing(sleep=lambda _: None)) as camera:
        (visit,) = camera.visitors
        end_s = visit.start_s + VISIT_S
        while (frame := camera.read()) is not None and frame.time_s < end_s:
            if frame.time_s < visit.start_s:
                continue
            size = frame.main.shape[1], frame.main.shape[0]
            writer = writer or cv2.VideoWriter(str(clip), codec, FPS, size)
            writer.write(cv2.cvtColor(frame.main, cv2.COLOR_RGB2BGR))
    if writer is not None:
        writer.release()


def make(
    found: Sequence[Subject],
    kinds: Mapping[str, tuple[str, float]],
    output: Path,
    report: Callable[[float], None],
) -> None:
    """Write a clip of everybody for each of ``kinds``, which are as :func:`species` has them."""
    with tempfile.TemporaryDirectory() as folder:
        for number, subject in enumerate(found):
            for kind, (shown_as, face_px) in kinds.items():
                text = script(subject, shown_as, face_px, seed=number)
                record(text, Path(folder), output / kind / f"{subject.name}.avi")
            report((number + 1) / len(found))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--images", metavar="DIR", type=Path, required=True)
    parser.add_argument("--people", type=int, default=20, help="how many (default: %(default)s)")
    parser.add_argument("--output", metavar="DIR", type=Path, default=BUILD / "attacks")
    options = parser.parse_args()
    try:
        found = subjects(options.images, options.people, FaceReader.of(pack.load(PACK)))
        with (
            Progress({"drawing": 0.0}, sys.stderr) as progress,
            progress.step("drawing") as report,
        ):
            make(found, species(), options.output, report)
    except FacedoorError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    print(f"{len(species())} clips of each of {len(found)} people are in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
