"""A picture of a face on the wall is told once; from then on visitors come in beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.scene import Pose, Scene
from facedoor.config.options import CameraConfig
from facedoor.frames import Frame, Image
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.vision.reader import FaceReader
from facedoor.visit.fixtures import STILL_S
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE
from facedoor.visit.report import FrameReport
from facedoor.wire.decisions import Decision
from residents import figure_of, templates_of

FPS = 5
HALLWAY = Scene(640, 360, seed=5)
LEFT_PX, RIGHT_PX = 187, 467


@dataclass
class Hallway:
    """A frame path that sees a hallway with a picture on its wall."""

    path: FramePath
    poster: Image
    poster_x_px: int = RIGHT_PX
    time_s: float = 0.0
    reports: list[FrameReport] = field(default_factory=list)

    def show(
        self,
        seconds: float,
        visitor: Image | None = None,
        x_px: int = LEFT_PX,
        is_hidden: bool = False,
    ) -> list[Decision]:
        """Somebody stands at ``x_px``, or somebody hides the picture; what was decided."""
        before = len(self.reports)
        poster = figure_of(self.poster, 0, 153)
        stood = None if visitor is None else figure_of(visitor, 1, 160)
        for _ in range(round(seconds * FPS)):
            self.time_s += 1 / FPS
            picture = HALLWAY.empty()
            poster.paint(picture, Pose(self.poster_x_px, 187, 153, 0, 0))
            if is_hidden:
                picture[:, self.poster_x_px - 87 : self.poster_x_px + 87] = 60
            if stood is not None:
                sway_px = 3.3 * math.sin(1.7 * self.time_s)
                stood.paint(picture, Pose(x_px + sway_px, 188, 160, 0, 0))
            number = len(self.reports)
            main, lores = two_streams(HALLWAY.exposed(picture, 1.0, number), CameraConfig())
            self.reports.append(self.path.process(Frame(main, lores, self.time_s, number)))
        return [decision for report in self.reports[before:] for decision in report.decisions]

    @property
    def work(self) -> set[str]:
        """What was done for the last frame."""
        return set(self.reports[-1].latency_ms)


def portrait(photos: Path, start: str) -> Image:
    (path,) = (photos / "val").glob(f"{start}*.jpg")
    return read_picture(path)


@pytest.fixture(scope="module")
def stranger(photos: Path) -> Image:
    return portrait(photos, "elton_john/httpafiles")


@pytest.fixture(scope="module")
def ben(photos: Path) -> Image:
    return portrait(photos, "ben_afflek/httpafiles")


@pytest.fixture(scope="module")
def index(reader: FaceReader, photos: Path) -> GalleryIndex:
    """Ben lives here."""
    return GalleryIndex(templates_of(reader, photos, "Ben"))


@pytest.fixture
def hallway(reader: FaceReader, index: GalleryIndex, stranger: Image) -> Hallway:
    """With a stranger's picture on the wall."""
    path = FramePath(
        *(reader, Standard(index, 0.755), EvidencePolicy(0.05)),
        same_face_distance=1.0,
        liveness=NO_RULE,
    )
    return Hallway(path, stranger)


def test_a_picture_is_told_once_and_costs_nothing_from_then_on(hallway: Hallway) -> None:
    hallway.show(STILL_S + 1)
    (place,) = hallway.reports[-1].fixtures
    assert abs(place.centre[0] - RIGHT_PX) < 30
    assert hallway.show(15) == []
    assert hallway.work == {"motion"}
    assert hallway.reports[-1].fixtures == (place,)


def test_a_picture_that_was_hidden_for_a_while_is_known_again(hallway: Hallway) -> None:
    hallway.show(STILL_S + 1)
    assert hallway.show(15, is_hidden=True) == []
    assert hallway.show(12) == []
    assert all(report.faces == () for report in hallway.reports[-12 * FPS :])


def test_a_resident_who_stands_beside_a_picture_is_let_in(hallway: Hallway, ben: Image) -> None:
    hallway.show(STILL_S + 1)
    (decision,) = hallway.show(3, ben)
    assert decision.person == "Ben"
    assert [len(report.faces) for report in hallway.reports[-5:]] == [1] * 5


def test_a_resident_who_stands_in_front_of_a_picture_is_let_in(
    hallway: Hallway, ben: Image
) -> None:
    hallway.show(STILL_S + 1)
    (decision,) = hallway.show(3, ben, RIGHT_PX)
    assert decision.person == "Ben"


def test_a_resident_who_stands_and_sways_stays_in_view(hallway: Hallway, ben: Image) -> None:
    hallway.show(3 * STILL_S, ben)
    (fixture,) = hallway.reports[-1].fixtures
    assert abs(fixture.centre[0] - RIGHT_PX) < 30
    (view,) = hallway.reports[-1].faces
    assert view.decision is not None
    assert view.decision.person == "Ben"


def test_another_source_begins_without_pictures(hallway: Hallway) -> None:
    hallway.show(STILL_S + 1)
    hallway.path.finish()
    hallway.show(1)
    assert hallway.reports[-1].fixtures == ()
