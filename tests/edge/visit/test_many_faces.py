"""Many residents who come in together: each is let in or told, however many, also those alike.

Their faces are made up, and found as the networks find them: a few in a frame.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from facedoor.frames import Box, Face, Frame, Image, Reading, Vector
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.views import View
from facedoor.vision.detector import is_among
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE
from facedoor.visit.turns import MOST_FOLLOWED
from facedoor.wire.decisions import Decision
from faces import face_at

FPS = 15
RESIDENTS = 8
SAME_FACE, THRESHOLD = 1.0, 0.755
NOISE = 0.35
"""How far a look is from the person's own direction."""

Place = Callable[[int, float], Face]
"""Where somebody's face is at a time."""


def unit(vector: Vector) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def residents(alike: float | None) -> list[Vector]:
    """One direction each; every two are ``alike`` so far, or nobody is."""
    random = np.random.default_rng(0)
    own = [unit(random.normal(size=128)) for _ in range(RESIDENTS)]
    for first in range(0, RESIDENTS if alike else 0, 2):
        across = unit(own[first + 1] - own[first] * (own[first] @ own[first + 1]))
        along = 1 - alike**2 / 2
        own[first + 1] = unit(along * own[first] + math.sqrt(1 - along**2) * across)
    return own


@dataclass
class Crowd:
    """People before a door; what the door does about it, frame by frame."""

    people: list[Vector]
    place: Place
    faces: list[Face] = field(default_factory=list)
    work: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    """The most of each kind of work in one frame."""
    liveness: None = None

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(1)
        ids = map(str, itertools.count(1))
        names = tuple(f"resident {number}" for number in range(len(self.people)))
        templates = Templates(names, np.stack(self.people), np.arange(len(self.people)))
        self.path = FramePath(
            *(self, Standard(GalleryIndex(templates), THRESHOLD), EvidencePolicy(0.05)),
            same_face_distance=SAME_FACE,
            liveness=NO_RULE,
            visit_id=lambda: next(ids),
        )

    @property
    def detector(self) -> Crowd:
        return self

    def find(
        self, image: Image, lores: Image, known: Sequence[Box] = (), most: int | None = None
    ) -> list[Face]:
        new = [face for face in self.faces if not is_among(face.box, known)]
        self.random.shuffle(new)
        self.work["confirmed"] += len(new[:most])
        return new[:most]

    def find_within(
        self, image: Image, lores: Image, centre: object, side_px: float, *more: Any
    ) -> list[Face]:
        return self.find(image, lores, *more)

    def follow(self, image: Image, box: Box) -> Face | None:
        self.work["followed"] += 1
        reach = 1.2 * box.width_px
        near = [f for f in self.faces if math.dist(f.box.centre, box.centre) < reach]
        return min(near, key=lambda f: math.dist(f.box.centre, box.centre), default=None)

    def view(self, image: Image, face: Face, **_: object) -> Reading:
        self.work["embedded"] += 1
        centres = [math.dist(other.box.centre, face.box.centre) for other in self.faces]
        own = self.people[int(np.argmin(centres))]
        look = unit(own + NOISE / math.sqrt(128) * self.random.normal(size=128))
        return Reading(look, None, face, View(120.0, 80.0, int(face.box.width_px), 0.0))

    def ask(self, image: Image, face: Face | None) -> None:
        """There is no second network."""

    def stay(self, seconds: float) -> list[tuple[float, Decision]]:
        """All stay for so long and leave then; what was decided, and when, in seconds."""
        decided = []
        for number in range(round(seconds * FPS)):
            time_s = number / FPS
            self.faces = [self.place(person, time_s) for person in range(len(self.people))]
            image = np.random.default_rng(number).integers(0, 255, (60, 80, 3)).astype(np.uint8)
            self.work.clear()
            report = self.path.process(Frame(image, image, time_s, number))
            self.most |= self.work
            decided += [(time_s, decision) for decision in report.decisions]
            for decision in report.decisions:
                self.path.answered(decision)
        return decided + [(seconds, decision) for decision in self.path.finish()]


def walking(person: int, time_s: float) -> Face:
    """Two rows who come nearer, swaying; heads of the back row between those before them."""
    width_px = 40 + 50 * min(1.0, time_s / 3)
    row, column = divmod(person, RESIDENTS // 2)
    x = (
        320
        + (column - 1.5) * 1.4 * width_px
        + 0.7 * width_px * row
        + 3 * math.sin(5 * time_s + person)
    )
    y = 260 - 1.1 * width_px * row + 2 * math.sin(9 * time_s + person)
    return face_at(x, y, width_px * (0.8 if row else 1.0))


def standing(person: int, time_s: float) -> Face:
    """Two rows so close that the boxes of heads overlap those of the row behind."""
    row, column = divmod(person, RESIDENTS // 2)
    sway = 2 * math.sin(3 * time_s + person)
    x, y = 120 + 110 * column + 55 * row + sway, 300 - 85 * row + 0.5 * sway
    return face_at(x, y, 75 if row else 100)


@pytest.mark.parametrize("alike", [None, 0.98, 0.9])
@pytest.mark.parametrize("place", [walking, standing])
def test_eight_residents_who_come_together_are_all_let_in(
    place: Place, alike: float | None
) -> None:
    crowd = Crowd(residents(alike), place)
    decided = crowd.stay(3)
    assert len({decision.person for _, decision in decided}) == RESIDENTS
    assert all(decision.granted for _, decision in decided)
    assert all(time_s < 2 for time_s, _ in decided)


def test_time_that_a_frame_of_many_faces_takes_is_bounded() -> None:
    crowd = Crowd(residents(None), walking)
    crowd.stay(3)
    assert crowd.most["followed"] <= MOST_FOLLOWED
    assert crowd.most["confirmed"] <= MOST_FOLLOWED
    assert crowd.most["embedded"] <= 1
