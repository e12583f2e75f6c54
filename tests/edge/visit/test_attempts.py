"""Visits with the real models: another attempt, another answer of the door, another face."""

from __future__ import annotations

import itertools
import math
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doorway import PULSE_S, Doorway
from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.scene import Pose, Scene
from facedoor.config.options import CameraConfig, RecognitionConfig
from facedoor.frames import Frame, Image
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.reasons import Reason
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import LOST_AFTER_S, SAME_VISIT_S
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE
from facedoor.visit.report import FrameReport
from facedoor.wire.decisions import Decision
from facedoor.wire.events import RelayChanged
from facedoor.wire.mode import Mode
from residents import figure_of, templates_of
from vaults import open_store

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
    doorway: Doorway | None = None
    """The door that acts on what is decided, and whose answers the frame path hears."""
    time_s: float = 0.0
    reports: list[FrameReport] = field(default_factory=list)

    def show(self, seconds: float, *people: Person) -> list[Decision]:
        """Let people stand before the camera; the decisions that this led to."""
        before = len(self.reports)
        figures = [
            figure_of(person.photo, number, person.width_px) for number, person in enumerate(people)
        ]
        for _ in range(round(seconds * FPS)):
            self.time_s += 1 / FPS
            picture = HALLWAY.empty()
            for number, person in enumerate(people):
                x_px = person.x_px + 5 * math.sin(1.7 * self.time_s + number)
                pose = Pose(x_px, 280, person.width_px, 0, 0)
                figures[number].paint(picture, pose)
            number = len(self.reports)
            main, lores = two_streams(HALLWAY.exposed(picture, 1.0, number), CameraConfig())
            self.reports.append(self.path.process(Frame(main, lores, self.time_s, number)))
            self._act()
        return [decision for report in self.reports[before:] for decision in report.decisions]

    def _act(self) -> None:
        if self.doorway is None:
            return
        before = len(self.doorway.events)
        for decision in self.reports[-1].decisions:
            self.doorway.keeper.handle(decision)
        self.doorway.after(1 / FPS)
        for event in self.doorway.events[before:]:
            if isinstance(event, Decision):
                self.path.answered(event)

    def is_let_in(self, decision: Decision) -> None:
        """The door follows the grant."""
        self.path.answered(decision)


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
    return GalleryIndex(templates_of(reader, photos, "Ben", "Jerry"))


@pytest.fixture
def stage(reader: FaceReader, index: GalleryIndex) -> Stage:
    ids = map(str, itertools.count(1))
    return Stage(
        FramePath(
            reader,
            Standard(index, 0.755),
            EvidencePolicy(0.05),
            same_face_distance=1.0,
            liveness=NO_RULE,
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
    stage: Stage, ben: Image, jerry: Image, tmp_path: Path
) -> None:
    door = stage.doorway = Doorway(tmp_path / "facedoor.db")
    decisions = stage.show(3 * PULSE_S, Person(ben, LEFT_PX), Person(jerry, RIGHT_PX))
    first, second, again = decisions
    assert {first.person, second.person} == {"Ben", "Jerry"}
    assert (again.person, again.visit, again.frames) == (second.person, second.visit, 3)
    assert [reason for _, reason in door.written()] == ["recognised", "door_busy", "recognised"]
    moves = [event.on for event in door.events if isinstance(event, RelayChanged)]
    assert moves == [True, False, True, False]


def test_who_stands_there_when_the_mode_allows_it_again_is_let_in_and_told_once(
    stage: Stage, ben: Image, tmp_path: Path
) -> None:
    door = stage.doorway = Doorway(tmp_path / "facedoor.db")
    turn(door, Mode.FACE_OFF)
    stage.show(9, Person(ben))
    assert door.written() == [(1, "not_allowed_now")]
    turn(door, Mode.NORMAL)
    stage.show(6, Person(ben))
    assert door.written() == [(1, "not_allowed_now"), (1, "recognised")]


def turn(door: Doorway, mode: Mode) -> None:
    with closing(open_store(door.database)) as db, door.switch.turning(db, mode):
        pass


def test_what_takes_the_place_of_a_turned_head_for_a_moment_is_nobody(
    stage: Stage, ben: Image, stranger: Image
) -> None:
    """A detector finds half a face where there is one in profile: a stranger's, to the network."""
    (granted,) = stage.show(1, Person(ben))
    stage.is_let_in(granted)
    part = Person(stranger, MIDDLE_PX + 20, 140)
    assert stage.show(2, part) + stage.show(1, Person(ben)) == []
    assert stage.show(2, part) + stage.show(GONE_S) == []


def test_a_stranger_right_behind_a_resident_is_told(
    stage: Stage, ben: Image, stranger: Image
) -> None:
    (granted,) = stage.show(1, Person(ben, LEFT_PX))
    stage.is_let_in(granted)
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
