"""The way of a frame, with the real models: who gets which decision, and when."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facedoor.camera.pictures import read_picture, rotated, two_streams
from facedoor.camera.recorded import Pacing
from facedoor.camera.scene import Pose, Scene
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig
from facedoor.frames import Frame, Image
from facedoor.identity.evidence import PATIENCE, EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.vision import upright
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import LOST_AFTER_S, SAME_VISIT_S
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE
from facedoor.visit.report import FrameReport
from facedoor.visit.visit import NOTICED_AFTER_S
from facedoor.wire.decisions import Decision
from residents import figure_of, templates_of

FPS = 5
HALLWAY = Scene(960, 540, seed=5)
LEFT, MIDDLE, RIGHT = 250, 480, 710


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody who stands before the camera: whose photo, where, how wide."""

    photo: Image
    x_px: float = MIDDLE
    width_px: float = 230


@dataclass
class Stage:
    """A frame path, the frames that it is shown, and what it made of them."""

    path: FramePath
    time_s: float = 0.0
    reports: list[FrameReport] = field(default_factory=list)

    def show(self, seconds: float, *people: Person, light: float = 1.0) -> list[Decision]:
        """Let people stand before the camera; the decisions that this led to."""
        figures = [(figure_of(person.photo, 0, person.width_px), person) for person in people]
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


THRESHOLD = 0.755
CAMERA = CameraConfig()
BEN, JERRY = "ben_afflek/httpafiles", "jerry_seinfeld/httpblognj"
STRANGER = "elton_john/httpafiles"
GONE_S = LOST_AFTER_S + SAME_VISIT_S + 0.5
"""After so long nobody comes back to the same visit."""


@pytest.fixture(scope="module")
def templates(reader: FaceReader, photos: Path) -> Templates:
    """Ben and Jerry live here."""
    return templates_of(reader, photos, "Ben", "Jerry")


@pytest.fixture(scope="module")
def index(templates: Templates) -> GalleryIndex:
    return GalleryIndex(templates)


def door_of(reader: FaceReader, index: GalleryIndex) -> FramePath:
    standard = Standard(index, THRESHOLD)
    ids = map(str, itertools.count(1))
    policy = EvidencePolicy(0.05)
    return FramePath(
        *(reader, standard, policy),
        same_face_distance=1.0,
        liveness=NO_RULE,
        visit_id=lambda: next(ids),
    )


@pytest.fixture
def stage(reader: FaceReader, index: GalleryIndex) -> Stage:
    return Stage(door_of(reader, index))


def portrait(photos: Path, start: str) -> Path:
    """The photo of ``val/`` whose path begins so."""
    (path,) = (photos / "val").glob(f"{start}*.jpg")
    return path


@pytest.fixture(scope="module")
def ben(photos: Path) -> Image:
    return read_picture(portrait(photos, BEN))


@pytest.fixture(scope="module")
def jerry(photos: Path) -> Image:
    return read_picture(portrait(photos, JERRY))


@pytest.fixture(scope="module")
def stranger(photos: Path) -> Image:
    return read_picture(portrait(photos, STRANGER))


def test_a_resident_is_granted_once_however_long_they_stay(stage: Stage, ben: Image) -> None:
    (decision,) = stage.show(6, Person(ben))
    assert (decision.granted, decision.person) == (True, "Ben")
    assert decision.reason is Reason.RECOGNISED
    assert decision.distance <= decision.threshold == THRESHOLD
    assert decision.frames == 3
    assert stage.show(GONE_S) == []


def test_a_decision_says_what_each_stage_took(stage: Stage, ben: Image) -> None:
    (decision,) = stage.show(1, Person(ben))
    stages = {"motion", "detect", "crop", "quality", "embed", "search", "evidence", "total"}
    assert set(decision.latency_ms) == stages
    assert decision.latency_ms["total"] >= decision.latency_ms["embed"] > 0


def test_a_resident_who_stands_still_is_not_forgotten(stage: Stage, ben: Image) -> None:
    stage.show(5, Person(ben))
    last = stage.reports[-1]
    assert not last.moved
    assert [view.decision.person for view in last.faces if view.decision] == ["Ben"]


def test_a_stranger_is_refused_once(stage: Stage, stranger: Image) -> None:
    (decision,) = stage.show(8, Person(stranger))
    assert (decision.granted, decision.person) == (False, None)
    assert decision.reason is Reason.UNKNOWN
    assert decision.distance > THRESHOLD
    assert stage.show(GONE_S) == []


def test_a_stranger_who_leaves_early_is_refused_soon_after(stage: Stage, stranger: Image) -> None:
    assert stage.show(0.8, Person(stranger)) == []
    (decision,) = stage.show(GONE_S)
    assert (decision.granted, decision.reason) == (False, Reason.UNKNOWN)
    assert 0 < decision.frames < PATIENCE


def test_an_empty_hallway_costs_nothing_but_the_motion_gate(stage: Stage) -> None:
    assert stage.show(5) == []
    idle = stage.reports[round(1.2 * FPS) :]
    assert all(set(report.latency_ms) == {"motion"} for report in idle)
    assert not any(report.moved or report.faces for report in idle)


def test_nothing_is_looked_for_again_when_everybody_has_left(stage: Stage, ben: Image) -> None:
    stage.show(2, Person(ben))
    stage.show(GONE_S)
    assert set(stage.reports[-1].latency_ms) == {"motion"}


def test_who_stays_too_far_away_is_refused_for_that_later(stage: Stage, ben: Image) -> None:
    assert stage.show(2, Person(ben, width_px=48)) == []
    assert {view.refusal for view in stage.reports[-1].faces} == {Reason.TOO_FAR}
    (decision,) = stage.show(GONE_S)
    assert (decision.reason, decision.frames) == (Reason.TOO_FAR, 0)
    assert decision.distance == math.inf


def test_who_is_in_the_dark_is_told_so(stage: Stage, ben: Image) -> None:
    stage.show(1, light=0.12)
    assert stage.show(2, Person(ben), light=0.12) == []
    (decision,) = stage.show(GONE_S, light=0.12)
    assert decision.reason is Reason.TOO_DARK


def test_decision_says_when_its_visit_began_and_what_its_looks_came_to(
    stage: Stage, ben: Image, stranger: Image
) -> None:
    before = utc_now()
    (granted,) = stage.show(3, Person(ben))
    assert before <= str(granted.began) <= granted.time
    assert granted.looks["recognised"] == granted.frames
    assert granted.view is not None
    widths_px = [view.face.box.width_px for report in stage.reports for view in report.faces]
    assert min(widths_px) <= granted.view.face_px <= max(widths_px)
    stage.show(GONE_S)
    stage.show(1, Person(stranger), light=0.12)
    (refused,) = stage.show(6, Person(stranger))
    assert refused.looks["unknown"] == refused.frames == PATIENCE
    assert refused.looks["too_dark"] >= 3
    assert refused.view is not None
    assert refused.view.brightness > 40, "the best look is one that was judged"


def test_best_view_of_a_visit_in_the_dark_says_how_dark_it_was(stage: Stage, ben: Image) -> None:
    stage.show(2, Person(ben), light=0.12)
    (refused,) = stage.show(GONE_S)
    assert set(refused.looks) == {"too_dark"}
    assert refused.view is not None
    assert refused.view.brightness < 40


def test_face_that_is_upside_down_is_never_judged(
    stage: Stage, reader: FaceReader, photos: Path
) -> None:
    upside_down = [
        rotated(read_picture(path), 180) for path in sorted((photos / "val").glob("ben*/*.jpg"))
    ]
    found = [picture for picture in upside_down if reader.detector.find(picture)]
    for picture in found:
        decisions = stage.show(2, Person(picture)) + stage.show(GONE_S)
        assert {(one.granted, one.reason) for one in decisions} <= {(False, Reason.UPSIDE_DOWN)}
    refusals = {view.refusal for report in stage.reports for view in report.faces}
    assert refusals <= {Reason.UPSIDE_DOWN, None}
    assert Reason.UPSIDE_DOWN in refusals


def test_way_up_is_looked_at_once_for_each_visit(
    stage: Stage, ben: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    is_upside_down = upright.is_upside_down

    def counted(*about: Any) -> bool:
        looked.append(about)
        return is_upside_down(*about)

    monkeypatch.setattr(upright, "is_upside_down", counted)
    stage.show(4, Person(ben))
    assert len(looked) == 1


def test_who_passes_by_far_away_is_no_event(stage: Stage, ben: Image) -> None:
    stage.show(NOTICED_AFTER_S - 0.3, Person(ben, width_px=48))
    assert any(report.faces for report in stage.reports)
    assert stage.show(GONE_S) == []


def test_visits_that_are_decided_get_an_id_each_and_no_others_do(stage: Stage, ben: Image) -> None:
    stage.show(NOTICED_AFTER_S - 0.3, Person(ben, width_px=48))
    stage.show(GONE_S)
    visits = []
    for _ in range(2):
        visits += [decision.visit for decision in stage.show(2, Person(ben))]
        stage.show(GONE_S)
    assert visits == ["1", "2"]


def test_who_comes_closer_is_granted_then(stage: Stage, ben: Image) -> None:
    assert stage.show(1.5, Person(ben, width_px=48)) == []
    (decision,) = stage.show(2, Person(ben))
    assert decision.person == "Ben"
    assert stage.show(GONE_S) == []


def test_two_people_at_once_get_a_decision_each(stage: Stage, ben: Image, jerry: Image) -> None:
    decisions = stage.show(3, Person(ben, LEFT), Person(jerry, RIGHT))
    assert sorted(decision.person for decision in decisions) == ["Ben", "Jerry"]
    assert decisions[0].track != decisions[1].track


def test_who_joins_somebody_gets_a_decision_too(stage: Stage, ben: Image, jerry: Image) -> None:
    (first,) = stage.show(2, Person(ben, LEFT))
    (second,) = stage.show(2, Person(ben, LEFT), Person(jerry, RIGHT, width_px=180))
    assert (first.person, second.person) == ("Ben", "Jerry")


def test_a_stranger_beside_a_resident_is_refused(stage: Stage, ben: Image, stranger: Image) -> None:
    decisions = stage.show(6, Person(ben, LEFT), Person(stranger, RIGHT))
    assert sorted((d.granted, d.person) for d in decisions) == [(False, None), (True, "Ben")]


@pytest.mark.parametrize("residents_first", [True, False])
def test_another_face_in_the_same_place_gets_its_own_decision(
    stage: Stage, ben: Image, stranger: Image, residents_first: bool
) -> None:
    faces = [Person(ben), Person(stranger)]
    first, second = faces if residents_first else reversed(faces)
    decisions = stage.show(5, first) + stage.show(6, second) + stage.show(GONE_S)
    assert [decision.granted for decision in decisions] == [residents_first, not residents_first]
    assert decisions[0].track != decisions[1].track


def test_evidence_does_not_pass_to_the_next(stage: Stage, ben: Image, stranger: Image) -> None:
    """Two frames of a resident and then somebody else's are not three of a resident."""
    stage.show(2 / FPS, Person(ben))
    decisions = stage.show(6, Person(stranger)) + stage.show(GONE_S)
    assert not any(decision.granted for decision in decisions)
    assert sorted(decision.frames for decision in decisions) == [2, PATIENCE]


@pytest.mark.parametrize("frames", [1, 2])
def test_too_few_frames_never_open_the_door(stage: Stage, ben: Image, frames: int) -> None:
    assert stage.show(frames / FPS, Person(ben)) == []
    (decision,) = stage.show(GONE_S)
    assert (decision.granted, decision.person, decision.frames) == (False, None, frames)


def test_who_comes_back_at_once_is_on_the_same_visit(stage: Stage, ben: Image) -> None:
    assert len(stage.show(1, Person(ben, LEFT))) == 1
    stage.show(LOST_AFTER_S + 0.5)
    assert stage.show(2, Person(ben, RIGHT)) == []


def test_who_comes_back_later_is_granted_again(stage: Stage, ben: Image) -> None:
    (first,) = stage.show(1, Person(ben))
    stage.show(GONE_S)
    (second,) = stage.show(1, Person(ben))
    assert second.granted
    assert second.track > first.track


def test_removed_person_is_refused_at_once(stage: Stage, ben: Image, templates: Templates) -> None:
    stage.show(2 / FPS, Person(ben))
    jerrys = templates.of("Jerry")
    without_ben = GalleryIndex(Templates(("Jerry",), jerrys, np.zeros(len(jerrys), int)))
    stage.path.compare_with(Standard(without_ben, THRESHOLD))
    (decision,) = stage.show(5, Person(ben))
    assert (decision.granted, decision.reason) == (False, Reason.UNKNOWN)


def test_where_nobody_is_enrolled_everybody_is_unknown(reader: FaceReader, ben: Image) -> None:
    nobody = GalleryIndex(Templates((), np.zeros((0, 128), np.float32), np.zeros(0, int)))
    stage = Stage(door_of(reader, nobody))
    (decision,) = stage.show(2, Person(ben))
    assert (decision.reason, decision.frames) == (Reason.UNKNOWN, 3)
    assert decision.as_json()["distance"] is None


def test_the_end_of_a_source_concludes_every_visit_and_the_next_one_starts_afresh(
    stage: Stage, ben: Image, stranger: Image
) -> None:
    stage.show(0.5, Person(stranger))
    (open_visit,) = stage.path.finish()
    assert open_visit.reason is Reason.UNKNOWN
    assert stage.path.finish() == ()
    stage.time_s = 0.0
    (decision,) = stage.show(1, Person(ben))
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
        yield from iter(camera.read, None)


def test_each_visitor_gets_one_decision(stage: Stage, photos: Path, tmp_path: Path) -> None:
    faces = [portrait(photos, who) for who in (JERRY, STRANGER, BEN)]
    reports = [stage.path.process(frame) for frame in simulated(tmp_path, *faces)]
    decisions = [decision for report in reports for decision in report.decisions]
    decisions += stage.path.finish()
    assert [decision.person for decision in decisions if decision.granted] == ["Jerry", "Ben"]
    assert len({decision.track for decision in decisions}) == len(decisions) == 3


def test_strangers_who_stand_nearer_do_not_keep_a_resident_waiting(
    stage: Stage, ben: Image, photos: Path
) -> None:
    names = [STRANGER, "madonna/", "mindy_kaling/"]
    crowd = [
        Person(read_picture(next((photos / "val").glob(f"{name}*.jpg"))), 150 + 250 * number)
        for number, name in enumerate(names)
    ]
    stage.show(1, *crowd)
    decisions = stage.show(3, *crowd, Person(ben, 855, 180))
    assert "Ben" in [decision.person for decision in decisions if decision.granted]


def test_a_screen_of_ever_new_faces_is_one_entry_and_every_refusal_counts(
    stage: Stage, photos: Path
) -> None:
    shown = [
        Person(read_picture(path))
        for name in ("elton_john", "madonna", "mindy_kaling")
        for path in sorted((photos / "val" / name).glob("*.jpg"))[:2]
    ]
    decisions = [decision for person in shown for decision in stage.show(1.4, person)]
    decisions += stage.show(GONE_S)
    refused = [decision for decision in decisions if decision.reason is Reason.UNKNOWN]
    assert len(refused) >= 3
    assert [decision.again for decision in refused] == [False] + [True] * (len(refused) - 1)
