"""Which views of a face the door judges, on LFW: upright and turned, and what the others lack.

``python -m benchmarks.views`` takes one photo of each of 400 people, as it is and turned by 90, 180
and 270 degrees, and counts what reading it comes to at the door and at an enrolment. Frontal are
those turned to a side by less than 20 degrees. Needs ``FACEDOOR_LFW`` as ``make lfw`` does.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import numpy as np

from benchmarks import BUILD, PACK, lfw
from facedoor.camera.pictures import read_picture, rotated
from facedoor.errors import FacedoorError
from facedoor.frames import Image
from facedoor.vision import pack, pose, quality, upright
from facedoor.vision.reader import FaceReader
from facedoor_convert.evaluation import pairs
from facedoor_convert.evaluation.pairs import person_of

PEOPLE = 400
SEED = 5
FRONTAL_DEG = 20


def main() -> int:
    try:
        images, _ = lfw.places()
        first = {person_of(name): path for name, path in sorted(pairs.people_in(images).items())}
        chosen = np.random.default_rng(SEED).permutation(sorted(first))[:PEOPLE]
        reader = FaceReader.of(pack.load(PACK))
        said: dict[str, Counter[str]] = {}
        for name in chosen:
            _count(said, read_picture(first[str(name)]), reader)
    except FacedoorError as error:
        print(f"views: {error}", file=sys.stderr)
        return error.exit_code
    (BUILD / "views.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    for view, counts in said.items():
        listed = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
        print(f"{view:<24}{counts.total():>5}: {listed}")
    return 0


def _count(said: dict[str, Counter[str]], image: Image, reader: FaceReader) -> None:
    for turn in upright.TURNS:
        turned = rotated(image, turn)
        reading = reader.read(turned)
        _add(said, f"turned by {turn}", reading.refusal)
        _add(said, f"proposed at {turn}", upright.turn_to_upright(reader.detector, turned))
        if turn == 0 and reading.face is not None:
            _add(said, "enrolment", reader.read(image, quality.FOR_ENROLMENT).refusal)
            if abs(pose.yaw_deg(reading.face)) < FRONTAL_DEG:
                _add(said, "frontal", reading.refusal)


def _add(said: dict[str, Counter[str]], view: str, outcome: object) -> None:
    said.setdefault(view, Counter())["good" if outcome is None else str(outcome)] += 1


if __name__ == "__main__":
    sys.exit(main())
