"""Visits with the real models: another attempt, another answer of the door, another face."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.config.options import CameraConfig, RecognitionConfig
from facedoor.frames import Frame, Image
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import LOST_AFTER_S, SAME_VISIT_S
from facedoor.visit.frame_path import FramePath
from facedoor.visit.report import FrameReport
from facedoor.wire.events import Decision

FPS = 5
HALLWAY = Scene(960, 540, seed=5)
LEFT_PX, MIDDLE_PX, RIGHT_PX = 250, 480, 710
GONE_S = LOST_AFTER_S + SAME_VISIT_S + 0.5


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody who stands before the camera, as people do: never quite still."""

    photo: Image
    x_px: float = MIDDLE_PX
    width_px: float = 230


@dataclass
class Stage:
    path: FramePath
    time_s: float = 0.0
    reports: list[FrameReport] = field(default_factory=list)

    def show(self, seconds: float, *people: Person) -> list[Decision]:
        """Let people stand before the camera; the decisions that this led to."""
        before = len(self.reports)
        for _ in range(round(seconds * FPS)):
            self.time_s += 1 / FPS
            picture = HALLWAY.empty()
            for number, person in enumerate(people):
                x_px = person.x_px + 5 * math.sin(1.7 * self.time_s + number)
                pose = Pose(x_px, 280, person.width_px, 0, 0)
                Figure(person.photo, number).paint(picture, pose)
            number = len(self.reports)
            main, lores = two_streams(HALLWAY.exposed(picture, 1.0, number), CameraConfig())
            self.reports.append(self.path.process(Frame(main, lores, self.time_s, number)))
        return [decision for report in self.reports[before:] for decision in report.decisions]

    def answer(self, decision: Decision, reason: Reason = Reason.RECOGNISED) -> None:
        """What the door makes of a grant."""
        granted = reason is Reason.RECOGNISED
        self.path.answered(replace(decision, granted=granted, reason=reason))


def photo(photos: Path, person: str) -> Image:
    return read_picture(sorted((photos / "val" / person).glob("*.jpg"))[0])


@pytest.fixture(scope="module")
def ben(photos: Path) -> Image:
    return photo(photos, "ben_afflek")


@pytest.fixture(scope="module")
def jerry(photos: Path) -> Image:
    return photo(photos, "jerry_seinfeld")


@pytest.fixture(scope="module")
def stranger(photos: Path) -> Image:
    return photo(photos, "elton_john")


@pytest.fixture(scope="module")
def index(reader: FaceReader, photos: Path) -> GalleryIndex:
    """Ben and Jerry live here."""
    vectors = [
        [
            reading.embedding
            for path in sorted((photos / "train" / name).glob("*.jpg"))[:6]
            if (reading := reader.read(read_picture(path))).embedding is not None
        ]
        for name in ("ben_afflek", "jerry_seinfeld")
    ]
    owners = np.repeat(np.arange(2), [len(own) for own in vectors])
    return GalleryIndex(Templates(("Ben", "Jerry"), np.concatenate(vectors), owners))


@pytest.fixture
def stage(reader: FaceReader, index: GalleryIndex) -> Stage:
    ids = map(str, itertools.count(1))
    return Stage(
        FramePath(
            reader,
            Standard(index, 0.755),
            EvidencePolicy(0.05),
            same_face_distance=1.0,
            visit_id=lambda: next(ids),
            open_at_px=RecognitionConfig().opens_at_px,
        )
    )


def in_sunglasses(reader: FaceReader, image: Image) -> Image:
    """With black glasses over the eyes, as large as a half of the face."""
    (face, *_) = reader.detector.find(image)
    (left, top), (right, _) = face.landmarks[:2].astype(int)
    wide = right - left
    covered = image.copy()
    covered[top - wide // 3 : top + wide // 2, left - wide // 2 : right + wide // 2] = 15
    return covered


def test_who_takes_off_the_sunglasses_is_let_in(
    stage: Stage, reader: FaceReader, ben: Image
) -> None:
    (refused,) = stage.show(5, Person(in_sunglasses(reader, ben)))
    assert refused.reason is Reason.UNKNOWN
    granted = stage.show(4, Person(ben))
    assert [(decision.granted, decision.person) for decision in granted] == [(True, "Ben")]


def test_the_second_of_two_is_let_in_when_the_door_has_locked_again(
    stage: Stage, ben: Image, jerry: Image
) -> None:
    both = Person(ben, LEFT_PX), Person(jerry, RIGHT_PX)
    decisions = stage.show(3, *both)
    assert sorted(decision.person or "" for decision in decisions) == ["Ben", "Jerry"]
    stage.answer(decisions[0])
    assert stage.show(3, *both) == []
    stage.answer(decisions[1], Reason.DOOR_BUSY)  # as soon as it has locked again
    (again,) = stage.show(4, *both)
    assert (again.person, again.track) == (decisions[1].person, decisions[1].track)
    assert (again.granted, again.visit, again.frames) == (True, decisions[1].visit, 3)
    stage.answer(again)
    assert stage.show(6, *both) == []


def test_what_takes_the_place_of_a_turned_head_for_a_moment_is_nobody(
    stage: Stage, ben: Image, stranger: Image
) -> None:
    """A detector finds half a face where there is one in profile: a stranger's, to the network."""
    (granted,) = stage.show(1, Person(ben))
    stage.answer(granted)
    part = Person(stranger, MIDDLE_PX + 20, 140)
    assert stage.show(2, part) + stage.show(1, Person(ben)) == []
    assert stage.show(2, part) + stage.show(GONE_S) == []


def test_a_stranger_right_behind_a_resident_is_told(
    stage: Stage, ben: Image, stranger: Image
) -> None:
    (granted,) = stage.show(1, Person(ben, LEFT_PX))
    stage.answer(granted)
    behind = Person(stranger, LEFT_PX + 190, 160)
    decisions = stage.show(7, Person(ben, LEFT_PX), behind) + stage.show(GONE_S)
    assert [(decision.granted, decision.again) for decision in decisions] == [(False, False)]


def test_a_face_far_away_is_named_and_not_judged(stage: Stage, ben: Image) -> None:
    assert stage.show(4, Person(ben, width_px=90)) == []
    (view,) = stage.reports[-1].faces
    assert view.refusal is Reason.TOO_FAR
    assert view.match is not None
    assert view.match.person == "Ben"
    assert 40 < view.face.box.width_px < RecognitionConfig().opens_at_px(960)
    (granted,) = stage.show(2, Person(ben))
    assert granted.frames == 3


def test_the_width_at_which_the_door_opens_goes_by_the_stream_or_by_the_owner() -> None:
    assert RecognitionConfig().opens_at_px(1280) == pytest.approx(110)
    assert RecognitionConfig().opens_at_px(640) == pytest.approx(55)
    assert RecognitionConfig(open_at_px=90).opens_at_px(640) == 90
