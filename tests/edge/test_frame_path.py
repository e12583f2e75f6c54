"""The way of a frame, with the real models: who gets which decision, and when."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from facedoor.camera.pacing import Pacing
from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.camera.simulated import SimulatedCamera
from facedoor.camera.streams import two_streams
from facedoor.config import CameraConfig
from facedoor.frame_path import NOTICED_AFTER_S, FramePath, Report
from facedoor.frames import Decision, Frame, Image, Reason
from facedoor.identity.evidence import PATIENCE
from facedoor.identity.search import GalleryIndex
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import LOST_AFTER_S, SAME_VISIT_S

FPS = 5
THRESHOLD = 0.755
CAMERA = CameraConfig()
LEFT, MIDDLE, RIGHT = 250, 480, 710
GONE_S = LOST_AFTER_S + SAME_VISIT_S + 0.5
"""After so long nobody comes back to the same visit."""

HALLWAY = Scene(960, 540, seed=5)


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody who stands before the camera: whose photo, where, how wide."""

    photo: Image
    x_px: float = MIDDLE
    width_px: float = 230


@dataclass
class Door:
    """A frame path, the frames that it is shown, and what it made of them."""

    path: FramePath
    time_s: float = 0.0
    reports: list[Report] = field(default_factory=list)

    def show(self, seconds: float, *people: Person, light: float = 1.0) -> list[Decision]:
        """Let people stand before the camera; the decisions that this led to."""
        figures = [(Figure(person.photo, 0), person) for person in people]
        before = len(self.reports)
        for _ in range(round(seconds * FPS)):
            picture = HALLWAY.empty()
            for figure, person in figures:
                figure.paint(picture, Pose(person.x_px, 280, person.width_px, 0, 0))
            number = len(self.reports)
            main, lores = two_streams(HALLWAY.exposed(picture, light, number), CAMERA)
            self.time_s += 1 / FPS
            self.reports.append(self.path.process(Frame(main, lores, self.time_s, number)))
        return [decision for report in self.reports[before:] for decision in report.decisions]


@pytest.fixture(scope="module")
def index(reader: FaceReader, photos: Path) -> GalleryIndex:
    """Ben and Jerry live here."""
    names = ["ben_afflek", "jerry_seinfeld"]
    templates = [
        [
            reading.embedding
            for path in sorted((photos / "train" / name).glob("*.jpg"))[:8]
            if (reading := reader.read(read_picture(path))).embedding is not None
        ]
        for name in names
    ]
    owners = np.repeat(np.arange(2), [len(own) for own in templates])
    return GalleryIndex(["Ben", "Jerry"], np.concatenate(templates), owners)


@pytest.fixture
def door(reader: FaceReader, index: GalleryIndex) -> Door:
    return Door(FramePath(reader, index, THRESHOLD, runner_up_margin=0.05, frames_needed=3))


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Callable[[str], Image]:
    def read(name: str) -> Image:
        (path,) = (photos / "val" / name).glob("httpafiles*.jpg")
        return read_picture(path)

    return read


@pytest.fixture(scope="module")
def ben(portrait: Callable[[str], Image]) -> Image:
    return portrait("ben_afflek")


@pytest.fixture(scope="module")
def jerry(portrait: Callable[[str], Image]) -> Image:
    return portrait("jerry_seinfeld")


@pytest.fixture(scope="module")
def stranger(portrait: Callable[[str], Image]) -> Image:
    return portrait("elton_john")


def test_a_resident_is_granted_once_however_long_they_stay(door: Door, ben: Image) -> None:
    (decision,) = door.show(10, Person(ben))
    assert (decision.granted, decision.person) == (True, "Ben")
    assert decision.reason is Reason.RECOGNISED
    assert decision.distance <= decision.threshold == THRESHOLD
    assert decision.frames == 3
    assert door.show(GONE_S) == []


def test_a_decision_says_what_each_stage_took(door: Door, ben: Image) -> None:
    (decision,) = door.show(1, Person(ben))
    stages = {"motion", "detect", "crop", "quality", "embed", "search", "evidence", "total"}
    assert set(decision.latency_ms) == stages
    assert decision.latency_ms["total"] >= decision.latency_ms["embed"] > 0


def test_a_resident_who_stands_still_is_not_forgotten_by_the_motion_gate(
    door: Door, ben: Image
) -> None:
    door.show(5, Person(ben))
    last = door.reports[-1]
    assert not last.moved
    assert [view.decision.person for view in last.faces if view.decision] == ["Ben"]


def test_a_stranger_is_refused_once(door: Door, stranger: Image) -> None:
    (decision,) = door.show(8, Person(stranger))
    assert (decision.granted, decision.person) == (False, None)
    assert decision.reason is Reason.UNKNOWN
    assert decision.distance > THRESHOLD
    assert door.show(GONE_S) == []


def test_a_stranger_who_leaves_early_is_refused_soon_after(door: Door, stranger: Image) -> None:
    assert door.show(0.8, Person(stranger)) == []
    (decision,) = door.show(GONE_S)
    assert (decision.granted, decision.reason) == (False, Reason.UNKNOWN)
    assert 0 < decision.frames < PATIENCE


def test_an_empty_hallway_costs_nothing_but_the_motion_gate(door: Door) -> None:
    assert door.show(5) == []
    idle = door.reports[round(1.2 * FPS) :]
    assert all(set(report.latency_ms) == {"motion"} for report in idle)
    assert not any(report.moved or report.faces for report in idle)


def test_nothing_is_looked_for_again_when_everybody_has_left(door: Door, ben: Image) -> None:
    door.show(2, Person(ben))
    door.show(GONE_S)
    assert set(door.reports[-1].latency_ms) == {"motion"}


def test_who_stays_too_far_away_is_refused_for_that_when_they_leave(door: Door, ben: Image) -> None:
    assert door.show(2, Person(ben, width_px=48)) == []
    assert {view.refusal for view in door.reports[-1].faces} == {Reason.TOO_FAR}
    (decision,) = door.show(GONE_S)
    assert (decision.reason, decision.frames) == (Reason.TOO_FAR, 0)
    assert decision.distance == math.inf


def test_who_is_in_the_dark_is_told_so(door: Door, ben: Image) -> None:
    door.show(1, light=0.12)
    assert door.show(2, Person(ben), light=0.12) == []
    (decision,) = door.show(GONE_S, light=0.12)
    assert decision.reason is Reason.TOO_DARK


def test_who_passes_by_far_away_is_no_event(door: Door, ben: Image) -> None:
    door.show(NOTICED_AFTER_S - 0.3, Person(ben, width_px=48))
    assert any(report.faces for report in door.reports)
    assert door.show(GONE_S) == []


def test_who_comes_closer_is_granted_then(door: Door, ben: Image) -> None:
    assert door.show(1.5, Person(ben, width_px=48)) == []
    (decision,) = door.show(2, Person(ben))
    assert decision.person == "Ben"
    assert door.show(GONE_S) == []


def test_two_people_at_once_get_a_decision_each(door: Door, ben: Image, jerry: Image) -> None:
    decisions = door.show(3, Person(ben, LEFT), Person(jerry, RIGHT))
    assert sorted(decision.person for decision in decisions) == ["Ben", "Jerry"]
    assert decisions[0].track != decisions[1].track


def test_who_joins_somebody_at_the_door_gets_a_decision_too(
    door: Door, ben: Image, jerry: Image
) -> None:
    (first,) = door.show(2, Person(ben, LEFT))
    (second,) = door.show(2, Person(ben, LEFT), Person(jerry, RIGHT, width_px=180))
    assert (first.person, second.person) == ("Ben", "Jerry")


def test_a_stranger_beside_a_resident_is_refused(door: Door, ben: Image, stranger: Image) -> None:
    decisions = door.show(6, Person(ben, LEFT), Person(stranger, RIGHT))
    assert sorted((d.granted, d.person) for d in decisions) == [(False, None), (True, "Ben")]


@pytest.mark.parametrize("residents_first", [True, False])
def test_another_face_in_the_same_place_gets_its_own_decision(
    door: Door, ben: Image, stranger: Image, residents_first: bool
) -> None:
    faces = [Person(ben), Person(stranger)]
    first, second = faces if residents_first else reversed(faces)
    decisions = door.show(5, first) + door.show(6, second) + door.show(GONE_S)
    assert [decision.granted for decision in decisions] == [residents_first, not residents_first]
    assert decisions[0].track != decisions[1].track


def test_evidence_does_not_pass_from_a_resident_to_who_takes_their_place(
    door: Door, ben: Image, stranger: Image
) -> None:
    """Two frames of a resident and then somebody else's are not three of a resident."""
    door.show(2 / FPS, Person(ben))
    decisions = door.show(6, Person(stranger)) + door.show(GONE_S)
    assert not any(decision.granted for decision in decisions)
    assert sorted(decision.frames for decision in decisions) == [2, PATIENCE]


@pytest.mark.parametrize("frames", [1, 2])
def test_too_few_frames_never_open_the_door(door: Door, ben: Image, frames: int) -> None:
    assert door.show(frames / FPS, Person(ben)) == []
    (decision,) = door.show(GONE_S)
    assert (decision.granted, decision.person, decision.frames) == (False, None, frames)


def test_who_comes_back_at_once_is_on_the_same_visit(door: Door, ben: Image) -> None:
    assert len(door.show(1, Person(ben, LEFT))) == 1
    door.show(LOST_AFTER_S + 0.5)
    assert door.show(2, Person(ben, RIGHT)) == []


def test_who_comes_back_later_is_granted_again(door: Door, ben: Image) -> None:
    (first,) = door.show(1, Person(ben))
    door.show(GONE_S)
    (second,) = door.show(1, Person(ben))
    assert second.granted
    assert second.track > first.track


def test_a_removed_person_is_not_granted_from_the_next_frame_on(
    door: Door, ben: Image, index: GalleryIndex
) -> None:
    door.show(2 / FPS, Person(ben))
    jerrys = index.templates_of("Jerry")
    without_ben = GalleryIndex(["Jerry"], jerrys, np.zeros(len(jerrys), int))
    door.path.compare_with(without_ben, THRESHOLD)
    (decision,) = door.show(5, Person(ben))
    assert (decision.granted, decision.reason) == (False, Reason.UNKNOWN)


def test_where_nobody_is_enrolled_everybody_is_unknown(reader: FaceReader, ben: Image) -> None:
    nobody = GalleryIndex([], np.zeros((0, 128), np.float32), np.zeros(0, int))
    door = Door(FramePath(reader, nobody, THRESHOLD, runner_up_margin=0.05, frames_needed=3))
    (decision,) = door.show(2, Person(ben))
    assert (decision.reason, decision.frames) == (Reason.UNKNOWN, 3)
    assert decision.as_json()["distance"] is None


def test_the_end_of_a_source_concludes_every_visit_and_the_next_one_starts_afresh(
    door: Door, ben: Image, stranger: Image
) -> None:
    door.show(0.5, Person(stranger))
    (open_visit,) = door.path.finish()
    assert open_visit.reason is Reason.UNKNOWN
    assert door.path.finish() == ()
    door.time_s = 0.0
    (decision,) = door.show(1, Person(ben))
    assert decision.granted
    assert decision.track > open_visit.track


WALK_UP = """
width_px = 640
height_px = 360
fps = 10
gap_s = 1.0
"""


def simulated(folder: Path, *photos: Path) -> Iterator[Frame]:
    """Visitors who walk up to the door one after another, and leave."""
    visitor = '[[visitor]]\nname = "somebody"\nphotos = ["{}"]\nstay_s = 3\nto_px = 240\n'
    script = folder / "walk.toml"
    script.write_text(WALK_UP + "".join(visitor.format(photo.resolve()) for photo in photos))
    with SimulatedCamera(script, CAMERA, Pacing(sleep=lambda _: None)) as camera:
        while (frame := camera.read()) is not None:
            yield frame


def test_each_visitor_who_walks_up_gets_one_decision(
    door: Door, photos: Path, tmp_path: Path
) -> None:
    people = ["jerry_seinfeld", "mindy_kaling", "ben_afflek"]
    faces = [next((photos / "val" / name).glob("httpafiles*.jpg")) for name in people]
    reports = [door.path.process(frame) for frame in simulated(tmp_path, *faces)]
    decisions = [decision for report in reports for decision in report.decisions]
    decisions += door.path.finish()
    assert [decision.person for decision in decisions if decision.granted] == ["Jerry", "Ben"]
    assert len({decision.track for decision in decisions}) == len(decisions) == 3
