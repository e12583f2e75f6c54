"""Which faces are covered: trains the network that says so, and shows what it is worth.

``python -m benchmarks.covers --train`` draws masks and sunglasses onto photos of LFW (people of
folds 1 to 5) and writes ``edge/facedoor/vision/covers.json``. Without ``--train`` only the report
is made, on people of folds 6 to 10, whom the training never saw: how many covered faces are
refused, how many bare ones are, and how many strangers get in at somebody who was enrolled covered.
``--real DIR`` also counts the photos in ``DIR/with_mask`` and ``DIR/without_mask``.

Needs ``FACEDOOR_LFW`` as ``make lfw`` does. Writes ``build/covers.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import BUILD, PACK
from benchmarks.cover_training import Drawn, Sample, dressed, photos_of, samples, shifted, train
from facedoor.camera.pictures import read_picture, shrunk_to_fit
from facedoor.config.options import RecognitionConfig
from facedoor.errors import FacedoorError, ImageError
from facedoor.frames import Vector
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason
from facedoor.vision import cover, pack, quality
from facedoor.vision.reader import FaceReader
from facedoor_convert.progress import Progress

SEED = 20
TRAINED_ON, REPORTED_ON = range(1, 6), range(6, 11)
LEFT_OUT = 5
"""Every so many of the people trained on are left out of the training, and set the thresholds."""
BARE_REFUSED = (0.008, 0.01)
"""Share of the bare faces left out that is taken for covered: at the mouth, at the eyes."""

REPORTED = 200
"""People of the report: 200 of 200 bare ones taken would be 98.5 % at least (rule of three)."""
COVERS, STRANGERS = 5, 33
"""Of the harm: so many covers, each worn by one who is enrolled and by so many strangers."""
REAL = 300
"""Photos of each folder of real ones, drawn by lot."""
LONGEST_PX = 800

_DRAW, _TRAIN, _REPORT, _HARM, _REAL = (
    "drawing covers",
    "training",
    "reporting on other people",
    "enrolling covered people",
    "looking at real masks",
)
_EXPECTED_S = {_DRAW: 200.0, _TRAIN: 10.0, _REPORT: 25.0, _HARM: 20.0, _REAL: 20.0}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.covers", description=__doc__)
    parser.add_argument("--train", action="store_true", help="train the network anew and write it")
    parser.add_argument("--real", type=Path, help="folder of real photos, with and without masks")
    options = parser.parse_args(arguments)
    try:
        reader = FaceReader.of(pack.load(PACK))
        with Progress(_EXPECTED_S, sys.stderr) as progress:
            if options.train:
                _write(_trained(reader, progress))
                cover.network.cache_clear()
            result = _measured(reader, options.real, progress)
    except FacedoorError as error:
        print(f"covers: {error}", file=sys.stderr)
        return error.exit_code
    (BUILD / "covers.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for line in _lines(result):
        print(line)
    return 0


def _trained(reader: FaceReader, progress: Progress) -> cover.CoverNetwork:
    with progress.step(_DRAW) as report:
        photos = photos_of(TRAINED_ON, 1)
        looks = samples(photos, reader, np.random.default_rng(SEED), report)
    people = sorted({look.photo for look in looks})
    left_out = set(people[::LEFT_OUT])
    with progress.step(_TRAIN) as report:
        known = [look for look in looks if look.photo not in left_out]
        network = train(known, np.random.default_rng(SEED), report)
    bare = [look.patch for look in looks if look.photo in left_out and look.drawn is Drawn.NOTHING]
    return shifted(network, np.stack(bare), BARE_REFUSED)


def _write(network: cover.CoverNetwork) -> None:
    said = {
        "made_by": "python -m benchmarks.covers --train",
        "hidden": cover.packed(network.hidden),
        "hidden_bias": _rounded(network.hidden_bias),
        "output": [_rounded(row) for row in network.output],
        "output_bias": _rounded(network.output_bias),
    }
    cover.NUMBERS.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _rounded(values: Vector) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _measured(reader: FaceReader, real: Path | None, progress: Progress) -> dict[str, Any]:
    rng = np.random.default_rng(SEED + 1)
    photos = photos_of(REPORTED_ON, 1)
    names = [str(name) for name in rng.permutation(sorted(photos))]
    with progress.step(_REPORT) as report:
        chosen = {name: photos[name] for name in names[:REPORTED]}
        looks = samples(chosen, reader, rng, report, keep_images=True)
    drawn = {
        kind.name.lower(): _counts([look for look in looks if look.drawn is kind], reader)
        for kind in Drawn
    }
    with progress.step(_HARM) as report:
        harm = _harm([photos[name] for name in names[-COVERS * 10 :]], reader, report)
    result: dict[str, Any] = {"drawn": drawn, "harm": harm}
    if real is not None:
        with progress.step(_REAL) as report:
            result["real"] = {
                folder: _counts(_real(real / folder, reader, report), reader)
                for folder in ("with_mask", "without_mask")
            }
    return result


def _counts(looks: Sequence[Sample], reader: FaceReader) -> dict[str, int]:
    """How many looks there are, and of those that pass everything else how many are refused."""
    said = {"looks": len(looks), "good_but_for_covers": 0}
    said |= {"refused_at_the_door": 0, "refused_at_enrolment": 0}
    for look in looks:
        crop = reader.crop(look.image, look.face)
        at_the_door = quality.assess(look.face, crop, look.image)
        if at_the_door not in (None, Reason.COVERED):
            continue
        said["good_but_for_covers"] += 1
        said["refused_at_the_door"] += at_the_door is Reason.COVERED
        covered = cover.network().judge(look.image, look.face)
        said["refused_at_enrolment"] += quality.is_covered(covered, quality.FOR_ENROLMENT)
    return said


def _real(folder: Path, reader: FaceReader, report: Callable[[float], None]) -> list[Sample]:
    """The largest face of each photo that can be read; tight crops get room around them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    chosen = np.random.default_rng(SEED).permutation(len(files))[:REAL]
    found = []
    for done, path in enumerate((files[n] for n in chosen), 1):
        try:
            picture = shrunk_to_fit(read_picture(path), LONGEST_PX, LONGEST_PX)
        except ImageError:
            continue
        room = max(picture.shape) // 3
        image = np.pad(picture, ((room, room), (room, room), (0, 0)), mode="edge")
        faces = reader.detector.find(image)
        if faces:
            face = faces[0]
            found.append(Sample(path.name, Drawn.NOTHING, np.zeros(0, np.float32), image, face))
        report(done / len(chosen))
    return found


def _harm(
    photos: Sequence[Path], reader: FaceReader, report: Callable[[float], None]
) -> dict[str, dict[str, int]]:
    """People who were enrolled in a mask, alone or with sunglasses, and strangers in the same."""
    manifest = pack.load(PACK).manifest
    risk = Risk(manifest, RecognitionConfig())
    result = {}
    for kind in (Drawn.MASK, Drawn.BOTH):
        said = {"enrolled": 0, "enrolled_now": 0, "strangers": 0, "let_in": 0, "let_in_now": 0}
        for number in range(COVERS):
            seed = SEED + 100 * number
            everybody = np.random.default_rng(seed).permutation(len(photos))[: STRANGERS + 1]
            looks = [_worn(photos[n], kind, seed, reader) for n in everybody]
            seen = [look for look in looks if look is not None]
            if len(seen) < 2:
                continue
            (first, is_covered), *others = seen
            templates = Templates(("resident",), first[np.newaxis], np.zeros(1, np.intp))
            index = GalleryIndex(templates, risk.correction)
            limit = risk.limit(1).threshold
            inside = [
                (index.match(one).distance <= limit, is_refused) for one, is_refused in others
            ]
            said["enrolled"] += 1
            said["enrolled_now"] += not is_covered
            said["strangers"] += len(others)
            said["let_in"] += sum(is_in for is_in, _ in inside)
            if not is_covered:
                said["let_in_now"] += sum(is_in and not refused for is_in, refused in inside)
            report((number + 1) / COVERS)
        result[kind.name.lower()] = said
    return result


def _worn(path: Path, kind: Drawn, seed: int, reader: FaceReader) -> tuple[Vector, bool] | None:
    """The embedding of a face in the cover of ``seed``, and whether it counts as covered; ``None``
    where it is not found or lacks something else."""
    image = read_picture(path)
    faces = reader.detector.find(image)
    if not faces:
        return None
    changed = dressed(np.random.default_rng(seed), image, faces[0], kind)
    face = reader.detector.follow(changed, faces[0].box)
    if face is None:
        return None
    crop = reader.crop(changed, face)
    refusal = quality.assess(face, crop, changed)
    if refusal not in (None, Reason.COVERED):
        return None
    return reader.embed(crop), refusal is Reason.COVERED


def _lines(result: dict[str, Any]) -> list[str]:
    header = f"{'':<24}{'looks':>8}{'judged':>8}{'refused at the door':>22}{'at enrolment':>18}"
    lines = [header]
    for group in ("drawn", "real"):
        for name, counts in result.get(group, {}).items():
            judged = counts["good_but_for_covers"]
            lines.append(
                f"{f'{group}: {name}':<24}{counts['looks']:>8}{judged:>8}"
                f"{_share(counts['refused_at_the_door'], judged):>22}"
                f"{_share(counts['refused_at_enrolment'], judged):>18}"
            )
    for name, counts in result["harm"].items():
        lines.append(
            f"enrolled in {name}: {counts['enrolled']} people, strangers in the same let in: "
            f"{_share(counts['let_in'], counts['strangers'])}; now {counts['enrolled_now']} of "
            f"them are taken, and {counts['let_in_now']} strangers are let in"
        )
    return lines


def _share(part: int, of: int) -> str:
    return f"{part} ({part / max(1, of):.1%})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
