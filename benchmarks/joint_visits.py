"""How often a second network is asked, and what it costs: walk-ups of residents and of strangers.

``FACEDOOR_LFW=DIR python -m benchmarks.joint_visits [SECOND]``, see :mod:`benchmarks.joint`. Ten
people of LFW are enrolled from five photos each; they come, each with a sixth, and so do people
whom nobody knows, before the simulated camera. The CPU time of the second network's looks stands
against that of all else in the same frames, so that whatever the machine does besides falls on
both. Faces are not judged for life: what that costs would make the second look cheaper.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import PACK, lfw
from benchmarks.joint import SECOND
from facedoor.camera.pictures import read_picture
from facedoor.camera.source import open_camera
from facedoor.config.options import CameraConfig, Config, LivenessConfig
from facedoor.errors import FacedoorError, UsageError
from facedoor.frames import Face, Image, Vector
from facedoor.identity.joint import Joint, Second
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.vision import pack, second
from facedoor.vision.reader import EnrolmentReader, FaceReader
from facedoor.vision.second import SecondNetwork, SecondPack
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule
from facedoor_convert.evaluation import pairs

ENROLLED, PHOTOS, STRANGERS, SEED = 10, 5, 20, 2026


class CountedNetwork(SecondNetwork):
    """A second network that counts."""

    def __init__(self, network: SecondNetwork) -> None:
        self._counted = network
        self.asked, self.spent_s = 0, 0.0

    def embed(self, image: Image, face: Face) -> Vector:
        begun_s = time.process_time()
        found = self._counted.embed(image, face)
        self.asked, self.spent_s = self.asked + 1, self.spent_s + time.process_time() - begun_s
        return found


@dataclass(slots=True)
class Walks:
    """What the walk-ups of some people came to."""

    who: str
    visits: int = 0
    granted: int = 0
    frames: int = 0
    looks: int = 0
    asked: int = 0
    second_s: float = 0.0
    all_s: float = 0.0

    @property
    def rise(self) -> float:
        """By which share the second makes a frame dearer."""
        return self.second_s / (self.all_s - self.second_s)


def main() -> int:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else SECOND
    try:
        models = pack.load(PACK)
        beside = second.load(directory, models.manifest)
        walks = _measure(models, beside)
    except FacedoorError as error:
        print(f"joint_visits: {error}", file=sys.stderr)
        return error.exit_code
    head = ("visits", "let in", "frames", "looks", "asked", "frame dearer by")
    print(" " * 12 + "".join(f"{word:>{max(7, len(word) + 2)}}" for word in head))
    for some in walks:
        counts = f"{some.visits:>8}{some.granted:>8}{some.frames:>8}{some.looks:>7}{some.asked:>7}"
        print(f"{some.who:12}{counts}{some.rise:>17.1%}")
    return 0


def _measure(models: pack.Pack, beside: SecondPack) -> list[Walks]:
    reader = FaceReader.of(models, 1, None, beside)
    if reader.second is None:
        raise UsageError("there is no second network")
    counted = CountedNetwork(reader.second)
    people = _people()
    known = {name: photos for name, photos in people.items() if len(photos) > PHOTOS}
    draw = np.random.default_rng(SEED)
    residents = draw.permutation(sorted(known))[:ENROLLED].tolist()
    strangers = [name for name in draw.permutation(sorted(people)) if name not in residents]
    standard, risk = _standard(models, beside, reader, {name: known[name] for name in residents})
    reader.second = counted
    found = []
    for who, names, place in (
        ("residents", residents, PHOTOS),
        ("strangers", strangers[:STRANGERS], 0),
    ):
        walks = Walks(who)
        for name in names:
            _walk(_path(models, reader, standard, risk), counted, people[name][place], walks)
        found.append(walks)
    return found


def _people() -> Mapping[str, Sequence[Path]]:
    images, _ = lfw.places()
    found: dict[str, list[Path]] = {}
    for photo, path in sorted(pairs.people_in(images).items()):
        found.setdefault(pairs.person_of(photo), []).append(path)
    return found


def _standard(
    models: pack.Pack, beside: SecondPack, reader: FaceReader, people: Mapping[str, Sequence[Path]]
) -> tuple[Standard, Risk]:
    names, first, other, owners = tuple(people), [], [], []
    for place, photos in enumerate(people.values()):
        for photo in photos[:PHOTOS]:
            reading = EnrolmentReader(reader).read(read_picture(photo))
            if reading.embedding is not None and reading.second is not None:
                first.append(reading.embedding)
                other.append(reading.second)
                owners.append(place)
    risk = Risk(models.manifest, Config().recognition, beside.joint)
    by_first, by_second = (
        Templates(names, np.stack(vectors), np.array(owners, np.intp)) for vectors in (first, other)
    )
    index = GalleryIndex(by_first, risk.correction, Second(Joint.of(beside.joint), by_second))
    return risk.standard(index), risk


def _path(models: pack.Pack, reader: FaceReader, standard: Standard, risk: Risk) -> FramePath:
    return FramePath(
        reader,
        standard,
        risk.evidence_policy,
        risk.same_face_distance,
        open_at_px=Config().recognition.opens_at_px,
        liveness=LivenessRule.of(LivenessConfig("off"), models.manifest),
    )


def _walk(path: FramePath, counted: CountedNetwork, photo: Path, walks: Walks) -> None:
    walks.visits += 1
    asked, spent_s = counted.asked, counted.spent_s
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "visit.toml"
        lines = ("fps = 15", "gap_s = 0.3", "[[visitor]]", 'name = "visitor"', "stay_s = 4.0")
        shown = f"photos = [{json.dumps(str(photo))}]"
        script.write_text("\n".join((*lines, "from_px = 130", "to_px = 460", shown)))
        granted = False
        with open_camera(f"sim:{script}", CameraConfig()) as camera:
            while (frame := camera.read()) is not None:
                begun_s = time.process_time()
                report = path.process(frame)
                walks.all_s += time.process_time() - begun_s
                walks.frames += 1
                walks.looks += "search" in report.latency_ms
                granted |= any(decision.granted for decision in report.decisions)
    walks.granted += granted
    walks.asked += counted.asked - asked
    walks.second_s += counted.spent_s - spent_s


if __name__ == "__main__":
    sys.exit(main())
