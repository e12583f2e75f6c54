"""How far pictures and replayed videos come with a head turn.

``python -m benchmarks.challenge``

- takes photos, LFW's where ``FACEDOOR_LFW=DIR`` names them, else those of the weights' package
  (``facedoor-convert photos build/photos``), and turns each before an imagined camera, flat and
  bent, as somebody would who holds it in their hand;
- where ``FACEDOOR_CLIPS=DIR`` names clips, ``DIR/live/*`` and others such as ``DIR/replay/*``, asks
  each clip as the door would, again and again along it. Nobody in the clips was asked, so what
  passes passes by chance, and nothing is learnt about how often living people fail.

Writes ``build/challenge.json``.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import BUILD, PACK
from benchmarks.turned_photos import ANGLES_DEG, BENDS_RAD, DISTANCES_M, Held, rendered
from facedoor.camera.opencv import VideoFile
from facedoor.camera.pictures import read_picture
from facedoor.camera.recorded import Pacing
from facedoor.config.options import CameraConfig, RecognitionConfig
from facedoor.errors import FacedoorError, UsageError
from facedoor.frames import Face, Image, Vector
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.vision import flatness, pack
from facedoor.vision.pose import yaw_deg
from facedoor.vision.reader import FaceReader
from facedoor.visit.challenge import (
    FRONTAL_DEG,
    LEAST_LOOKS,
    RECOGNISED_FROM_DEG,
    Challenge,
    Draw,
)
from facedoor.visit.challenge import ChallengeState as State
from facedoor.wire.prompts import Side

PHOTOS = 20
FPS = 15.0
ENROLLED = 10
"""People whose threshold is asked of a look."""

ASKED_EVERY_S = 0.5
DELAYS_S = (0.2, 0.6, 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """What the door sees of a face at a moment."""

    time_s: float
    yaw_deg: float
    is_known: bool
    """Near enough to the person's own frontal looks."""
    patch: Image


class Eyes:
    """The pack's networks, and what the door makes of a look."""

    def __init__(self) -> None:
        models = pack.load(PACK)
        self.reader = FaceReader.of(models)
        risk = Risk(models.manifest, RecognitionConfig())
        self._correction = risk.correction
        self._threshold = risk.limit(ENROLLED).threshold

    def embedding(self, image: Image, face: Face) -> Vector | None:
        """``None`` for a view that the gate keeps back."""
        return self.reader.view(image, face).embedding

    def gallery(self, vectors: Sequence[Vector]) -> GalleryIndex:
        """One person with these templates."""
        owners = np.zeros(len(vectors), np.intp)
        return GalleryIndex(Templates(("somebody",), np.stack(vectors), owners), self._correction)

    def knows(self, gallery: GalleryIndex, embedding: Vector | None) -> bool:
        return embedding is not None and gallery.match(embedding).distance <= self._threshold


def asked(looks: Sequence[Look], sides: Sequence[Side], delay_s: float, *, loose: bool) -> State:
    """What the door says of ``looks`` when it draws these ``sides``.

    ``loose``: every turned look counts as recognised, and nothing is asked of depth.
    """
    drawn = iter(sides)
    challenge = Challenge(len(sides), looks[0].time_s, Draw(lambda: next(drawn), lambda: delay_s))
    frontal: Image | None = None
    for look in looks:
        counts = loose or look.is_known
        if abs(look.yaw_deg) < FRONTAL_DEG:
            frontal = look.patch
        elif counts and not loose and challenge.wants_recognition(look.yaw_deg):
            counts = frontal is not None and not flatness.is_flat(frontal, look.patch)
        if challenge.look(look.time_s, look.yaw_deg, counts).is_over:
            break
    return challenge.state


def photos() -> list[Path]:
    """The photos to turn. Raises :class:`UsageError` where there are none."""
    folder = Path(os.environ.get("FACEDOOR_LFW") or BUILD / "photos" / "val")
    folder = folder / "lfw" if (folder / "lfw").is_dir() else folder
    people = sorted(path for path in folder.glob("*") if path.is_dir())
    first = [path for person in people for path in sorted(person.glob("*.jpg"))[:1]]
    if not first:
        raise UsageError(f"there are no photos in {folder}: facedoor-convert photos build/photos")
    chosen = np.random.default_rng(1).permutation(len(first))[:PHOTOS]
    return [first[place] for place in sorted(chosen)]


def turned(eyes: Eyes, photo: Image, face: Face, bend_rad: float, distance_m: float) -> list[Look]:
    """The photo held at each angle, in order; what is not found is left out."""
    own = eyes.embedding(photo, face)
    if own is None:
        return []
    gallery, detector = eyes.gallery([own]), eyes.reader.detector
    looks, seen = [], None
    for angle in ANGLES_DEG:
        view = rendered(photo, face, Held(bend_rad, distance_m, float(angle)))
        seen = detector.follow(view, seen.box) if seen else next(iter(detector.find(view)), None)
        if seen is not None:
            known = eyes.knows(gallery, eyes.embedding(view, seen))
            patch = flatness.patch(view, seen)
            looks.append(Look(float(angle), yaw_deg(seen), known, patch))
    return looks


def swung(looks: Sequence[Look], side: Side, *, loose: bool) -> bool:
    """Whether the photo passes one prompt, if it is held frontal and then turned as is best."""
    frontal = [look for look in looks if abs(look.yaw_deg) < FRONTAL_DEG]
    for first in frontal[:: max(1, len(frontal) // 3)]:
        for direction in (1, -1):
            way = sorted(
                (look for look in looks if (look.time_s - first.time_s) * direction > 0),
                key=lambda look: abs(look.time_s - first.time_s),
            )
            timed = [
                replace(look, time_s=number / FPS)
                for number, look in enumerate((*[first] * LEAST_LOOKS, *way), 1)
            ]
            if timed and asked(timed, [side], 0.0, loose=loose) is State.PASSED:
                return True
    return False


def of_photos(eyes: Eyes) -> dict[str, Any]:
    """Photos turned by hand, by up to 60 degrees: how far they seem to turn, and how many pass one
    prompt for the side that suits them."""
    reached: dict[str, list[float]] = defaultdict(list)
    passed: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for path in photos():
        photo = read_picture(path)
        faces = eyes.reader.detector.find(photo)
        if not faces:
            continue
        for bend, distance in itertools.product(BENDS_RAD, DISTANCES_M):
            looks = turned(eyes, photo, faces[0], bend, distance)
            if not looks:
                continue
            way = f"{'flat' if bend == 0 else f'bent {bend:g} rad'}, {distance:g} m"
            gentle = [abs(look.yaw_deg) for look in looks if abs(look.time_s) <= 40]
            reached[way].append(max(gentle, default=0.0))
            passed[way].append(
                (
                    any(swung(looks, side, loose=True) for side in Side),
                    any(swung(looks, side, loose=False) for side in Side),
                )
            )
    return {
        way: {
            "photos": len(passed[way]),
            "median_yaw_within_40_deg": round(float(np.median(reached[way])), 1),
            "largest_yaw_within_40_deg": round(max(reached[way]), 1),
            "pass_by_landmarks_alone": sum(loose for loose, _ in passed[way]),
            "pass": sum(strict for _, strict in passed[way]),
        }
        for way in passed
    }


def watched(eyes: Eyes, path: Path) -> list[Look]:
    """The looks at the largest face of a clip, as often as the door would take them."""
    detector = eyes.reader.detector
    found: list[tuple[float, Face, Vector | None, Image]] = []
    face, next_s = None, 0.0
    with VideoFile(path, CameraConfig(), Pacing(sleep=lambda _: None)) as camera:
        while (frame := camera.read()) is not None:
            if frame.time_s < next_s:
                continue
            next_s = frame.time_s + 1 / FPS - 0.004
            face = detector.follow(frame.main, face.box) if face else None
            face = face or next(iter(detector.find(frame.main, frame.lores)), None)
            if face is not None:
                embedding = eyes.embedding(frame.main, face)
                patch = flatness.patch(frame.main, face)
                found.append((frame.time_s, face, embedding, patch))
    frontal = [
        embedding
        for _, face, embedding, _ in found
        if embedding is not None and abs(yaw_deg(face)) < FRONTAL_DEG
    ]
    if not frontal:
        return []
    gallery = eyes.gallery(frontal[:: max(1, len(frontal) // 5)][:5])
    return [
        Look(time_s, yaw_deg(face), eyes.knows(gallery, embedding), patch)
        for time_s, face, embedding, patch in found
    ]


def trials(looks: Sequence[Look], prompts: int, *, loose: bool) -> Iterator[bool]:
    """Every moment, every draw: whether the clip, played in a loop, passes by chance."""
    length_s = looks[-1].time_s - looks[0].time_s + 1 / FPS
    again = [replace(look, time_s=look.time_s + length_s) for look in looks]
    endless = [*looks, *again]
    for begin_s in np.arange(looks[0].time_s, looks[-1].time_s, ASKED_EVERY_S):
        rest = [look for look in endless if begin_s <= look.time_s < begin_s + 16.0]
        for sides in itertools.product(Side, repeat=prompts):
            for delay_s in DELAYS_S:
                yield asked(rest, sides, delay_s, loose=loose) is State.PASSED


def of_clips(eyes: Eyes, directory: Path) -> dict[str, Any]:
    """What each clip comes to."""
    result: dict[str, Any] = {}
    for path in sorted(directory.glob("*/*")):
        looks = watched(eyes, path)
        if not looks:
            continue
        yaws = [look.yaw_deg for look in looks]
        far = [look for look in looks if RECOGNISED_FROM_DEG <= abs(look.yaw_deg) <= 40]
        tried = {
            f"pass_{prompts}_by_{'landmarks' if loose else 'all'}": _share(
                list(trials(looks, prompts, loose=loose))
            )
            for prompts in (1, 2)
            for loose in (True, False)
        }
        result[f"{path.parent.name}/{path.name}"] = {
            "looks": len(looks),
            "yaw_deg": [round(min(yaws), 1), round(max(yaws), 1)],
            "looks_at_20_to_40_deg": len(far),
            "of_these_recognised": sum(look.is_known for look in far),
            **tried,
        }
        print(path.name, json.dumps(result[f"{path.parent.name}/{path.name}"]), flush=True)
    return result


def _share(passed: Sequence[bool]) -> list[int]:
    """How many, of how many."""
    return [sum(passed), len(passed)]


def main() -> int:
    """Measure, print and write."""
    result: dict[str, Mapping[str, Any]] = {}
    try:
        eyes = Eyes()
        if clips := os.environ.get("FACEDOOR_CLIPS"):
            result["clips"] = of_clips(eyes, Path(clips))
        else:
            print("clips are left out: set FACEDOOR_CLIPS=DIR, with DIR/live and others")
        result["photos"] = of_photos(eyes)
    except FacedoorError as error:
        print(error, file=sys.stderr)
        return 1
    for way, figures in result["photos"].items():
        print(way, json.dumps(figures), flush=True)
    (BUILD / "challenge.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
