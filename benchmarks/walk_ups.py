"""Simulated walk-ups: the looks that the door would have of somebody of whom there is one photo.

Photos of one person in a set are of different days; the looks of one visit resemble each other. So
a visit is made of one photo: laid over a head with depth it walks up to the camera and looks
around, in a light of its own, blurred and noisy as in the door's simulated camera
(:mod:`facedoor.camera.scene`). Detector, crop, gate, pace and networks are the door's own.

What it is not: expressions, glasses taken off and light that changes on the way are missing, and a
head that its photo shows turned is turned further.
"""

from __future__ import annotations

import dataclasses
import sys
import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import looks
from facedoor.camera import mover, relief, scene, script
from facedoor.config.options import OPEN_AT_SHARE
from facedoor.identity.evidence import PATIENCE
from facedoor.visit.visit import EMBED_EVERY_S, HURRIED_LOOKS, PATIENT_EVERY_S
from facedoor_convert.evaluation import embeddings
from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from benchmarks.looks import Look, Looks, MeasuringReader
    from facedoor.frames import Face, Image
    from facedoor.vision import pack

FPS = 15
WIDTH_PX, HEIGHT_PX = 640, 480
"""Of the part of the picture that is drawn: of a picture twice as wide, about the face."""

FACE_PX = OPEN_AT_SHARE * 2 * WIDTH_PX
"""A face of this width counts as evidence."""

STAY_S, LEAVES_S = 5.0, 4.0
MOST_TRIES = 24
"""Frames that are looked at, good or not."""

_NEAR = 1.15, 1.7
"""How wide the face is at the door, in :data:`FACE_PX`."""
_GLANCES_S = 0.9
"""Mean time between two glances."""
_WILD = 0.35
"""Share of glances that go further."""
_YAW_DEG, _PITCH_DEG = (4.0, 16.0), (3.0, 9.0)
"""Standard deviations of where a glance goes, usually and if it is a wild one."""
_MOST_DEG = 45.0
_NOD_DEG_PER_S = 60.0
_SEED = 7


def walk_ups(
    paths: Mapping[str, Path], models: pack.Pack, on_progress: Callable[[float], None]
) -> dict[str, Looks]:
    """The looks of a visit by whom each photo shows, by the photo's name: :data:`PATIENCE` at most,
    and none where the door judges none. Kept, and raises, as :func:`benchmarks.looks.kept` says.
    """
    hallway = scene.Scene(WIDTH_PX, HEIGHT_PX, _SEED)

    def walk(photo: Image, faces: MeasuringReader, sha256: str) -> Iterator[Look]:
        return _looks(photo, faces, hallway, sha256)

    code = (mover, relief, scene, script, sys.modules[__name__])
    return looks.kept(paths, models, code, walk, on_progress)


def visitors(photos: Collection[str]) -> list[str]:
    """The photo, of all that are known, that the visit of each person is made of: the last one by
    its name, so that the first ones are left for templates. Who has most photos comes first."""
    own: dict[str, list[str]] = defaultdict(list)
    for photo in sorted(photos):
        own[person_of(photo)].append(photo)
    return [
        those[-1] for _, those in sorted(own.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


@dataclass(frozen=True, slots=True)
class _Glances:
    """Where a visitor looks: from when on, and by how far the head is turned and lifted then."""

    from_s: tuple[float, ...]
    yaw_deg: tuple[float, ...]
    pitch_deg: tuple[float, ...]

    @classmethod
    def drawn(cls, random: np.random.Generator) -> _Glances:
        times, time_s = [], 0.0
        while time_s < STAY_S:
            times.append(time_s)
            time_s += random.exponential(_GLANCES_S)
        wild = (random.random(len(times)) < _WILD).astype(int)
        yaw, pitch = (
            np.clip(random.normal(0, np.array(spread)[wild]), -_MOST_DEG, _MOST_DEG)
            for spread in (_YAW_DEG, _PITCH_DEG)
        )
        return cls(tuple(times), tuple(map(float, yaw)), tuple(map(float, pitch)))


def _looks(
    photo: Image, faces: MeasuringReader, hallway: scene.Scene, sha256: str
) -> Iterator[Look]:
    """The looks of one walk-up, which its photo alone decides."""
    found = faces.detector.find(photo)
    if not found:
        return
    shown = embeddings.nearest_to_middle(found, photo)
    random = np.random.default_rng(zlib.crc32(sha256.encode()))
    head = scene.Head(_lit_from_a_side(photo, random), _landmarks(shown, photo))
    glances, light = _Glances.drawn(random), float(np.clip(random.lognormal(0, 0.3), 0.45, 1.6))
    visitor = _visitor(shown.box.width_px / photo.shape[1], glances, random)
    play = script.Script((visitor,), int(random.integers(2**31)), WIDTH_PX, HEIGHT_PX, FPS)
    walk, pitch, due_s, seen = mover.Mover(play, visitor, 0), 0.0, 0.0, 0
    last: Face | None = None
    tries = 0
    for number in range(int(LEAVES_S * FPS)):
        time_s = number / FPS
        pose = walk.pose(time_s / STAY_S, None)
        target = glances.pitch_deg[np.searchsorted(glances.from_s, time_s, "right") - 1]
        pitch += float(np.clip(target - pitch, -_NOD_DEG_PER_S / FPS, _NOD_DEG_PER_S / FPS))
        width_px = pose.width_px * shown.box.width_px / photo.shape[1]
        if time_s < due_s or width_px < FACE_PX:
            continue
        tries += 1
        picture = hallway.empty()
        pose = dataclasses.replace(pose, pitch_deg=pose.pitch_deg + pitch)
        scene.paint_shown(picture, head, pose)
        frame = hallway.exposed(picture, light, int(random.integers(2**31)))
        last = _followed(faces, frame, last)
        if last is not None:
            look = faces.view(frame, last)
            if look is not None:
                yield look
                seen += 1
                due_s = time_s + (EMBED_EVERY_S if seen < HURRIED_LOOKS else PATIENT_EVERY_S)
        if seen == PATIENCE or tries == MOST_TRIES:
            return


def _followed(faces: MeasuringReader, frame: Image, last: Face | None) -> Face | None:
    followed = last and faces.detector.follow(frame, last.box)
    if followed is not None:
        return followed
    found = faces.detector.find(frame)
    return found[0] if found else None


def _visitor(share: float, glances: _Glances, random: np.random.Generator) -> script.Visitor:
    """Whose face is such a ``share`` of the photo's width."""
    return script.Visitor(
        name="somebody",
        photos=("photo",),
        stay_s=STAY_S,
        from_px=0.8 * FACE_PX / share,
        to_px=float(random.uniform(*_NEAR)) * FACE_PX / share,
        blur_px=max(0.0, float(random.normal(0.3, 0.5))),
        tilt_deg=float(random.uniform(2, 8)),
        turns=tuple(zip(glances.from_s, glances.yaw_deg, strict=True)),
    )


def _lit_from_a_side(photo: Image, random: np.random.Generator) -> Image:
    across = np.linspace(-1, 1, photo.shape[1], dtype=np.float32)[:, np.newaxis]
    lit = photo * (1 + np.float32(random.uniform(-0.35, 0.35)) * across)
    return np.clip(lit, 0, 255).astype(np.uint8)


def _landmarks(face: Face, photo: Image) -> relief.Landmarks:
    points = [(float(x), float(y)) for x, y in face.landmarks[:4] / photo.shape[1]]
    return relief.Landmarks(*points)
