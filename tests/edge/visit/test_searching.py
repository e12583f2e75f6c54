"""When the view is searched for faces, and where: seldom enough to cost little, and soon enough."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.frames import Box, Face, Frame, Image
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import Tracker
from facedoor.visit.in_view import FacesInView
from facedoor.visit.report import Stopwatch
from facedoor.visit.searching import (
    SEARCH_BESIDE_EVERY_S,
    SEARCH_EVERY_S,
    WHOLE,
    WIDEST_REGION,
    SearchPlan,
)

FPS = 15
SIZE_PX = 640, 480
HALLWAY = Scene(*SIZE_PX, seed=3)

SLACK_S = 1e-6


@given(
    fps=st.floats(5, 60),
    jitter=st.lists(st.floats(-0.01, 0.01), min_size=40, max_size=40),
    is_following=st.booleans(),
)
def test_searches_are_as_far_apart_as_they_should_be_and_no_farther(
    fps: float, jitter: list[float], is_following: bool
) -> None:
    every_s = SEARCH_BESIDE_EVERY_S if is_following else SEARCH_EVERY_S
    plan = SearchPlan()
    times = sorted(number / fps + late for number, late in enumerate(jitter))
    done = [
        time_s
        for time_s in times
        if plan.next(time_s, None, SIZE_PX, is_following=is_following) is not None
    ]
    assert done[0] == times[0], "the first frame is searched at once"
    frame_s = max(later - earlier for earlier, later in itertools.pairwise(times))
    for earlier, later in itertools.pairwise(done):
        assert later - earlier >= every_s - 0.02 - SLACK_S
        assert later - earlier <= every_s + frame_s + SLACK_S


@given(
    left=st.floats(0, 600),
    top=st.floats(0, 440),
    width=st.floats(8, 640),
    height=st.floats(8, 480),
)
def test_every_other_search_is_of_the_whole_frame_and_the_rest_of_all_that_moves(
    left: float, top: float, width: float, height: float
) -> None:
    moving = Box(left, top, min(640.0, left + width), min(480.0, top + height))
    plan = SearchPlan()
    searches = [
        plan.next(number * SEARCH_EVERY_S, moving, SIZE_PX, is_following=False)
        for number in range(6)
    ]
    assert WHOLE in (searches[0], searches[1])
    assert searches[1] == searches[3] == searches[5] == WHOLE
    for search in searches[::2]:
        assert search is not None
        if search.is_whole:
            continue
        half, (x, y) = search.side_px / 2, search.centre
        assert search.side_px <= WIDEST_REGION * max(SIZE_PX)
        assert x - half <= moving.left < moving.right <= x + half
        assert y - half <= moving.top < moving.bottom <= y + half


def test_beside_a_face_that_is_followed_the_whole_frame_is_searched() -> None:
    plan = SearchPlan()
    moving = Box(300, 200, 340, 300)
    for number in range(4):
        time_s = number * SEARCH_BESIDE_EVERY_S
        assert plan.next(time_s, moving, SIZE_PX, is_following=True) == WHOLE


@dataclass
class Counted:
    """A detector that counts its searches, and sees one face where and as soon as it is shown."""

    face: Face | None = None
    searches: list[str] = field(default_factory=list)

    def find(
        self, image: Image, lores: Image, known: Sequence[Box] = (), most: int | None = None
    ) -> list[Face]:
        self.searches.append("whole")
        return [self.face] if self.face else []

    def find_within(
        self, image: Image, lores: Image, centre: tuple[float, float], side_px: float, *_: object
    ) -> list[Face]:
        self.searches.append("region")
        if self.face is None:
            return []
        x, y = self.face.box.centre
        inside = max(abs(x - centre[0]), abs(y - centre[1])) < side_px / 2
        return [self.face] if inside else []

    def follow(self, image: Image, box: Box) -> Face | None:
        return self.face


@dataclass
class View:
    """What a door sees at :data:`FPS`, frame by frame."""

    detector: Counted | object
    number: int = 0

    def __post_init__(self) -> None:
        self.tracker = Tracker(1.0)
        self.faces = FacesInView(self.detector, self.tracker)

    def see(self, picture: Image) -> bool:
        """Whether a face is followed after this frame."""
        image = HALLWAY.exposed(picture, 1.0, self.number)
        self.faces.see(
            Frame(image, image, self.number / FPS, self.number), [], Stopwatch(lambda: 0.0)
        )
        self.number += 1
        return bool(self.tracker.tracks)


def walker(number: int, width_px: float = 60) -> Image:
    """Somebody without a face who walks to the right."""
    picture = HALLWAY.empty()
    blank = np.full((100, 100, 3), 60, np.uint8)
    Figure(blank, 1).paint(picture, Pose(150 + 5 * number, 200, width_px, 0, 0))
    return picture


def test_movement_without_a_face_is_searched_five_times_a_second_and_every_other_time_there() -> (
    None
):
    detector = Counted()
    view = View(detector)
    for _ in range(3 * FPS):
        view.see(HALLWAY.empty())
    detector.searches.clear()
    for number in range(3 * FPS):
        view.see(walker(number))
        if number == 0:
            assert detector.searches == ["region"], "the first frame of it is searched at once"
    assert len(detector.searches) == 15
    assert detector.searches.count("region") in (7, 8)


def test_face_that_a_search_could_find_is_found_within_one_interval() -> None:
    """Wherever in the rhythm of the searches it comes."""
    for comes in range(6):
        detector = Counted()
        view = View(detector)
        for _ in range(2 * FPS):
            view.see(HALLWAY.empty())
        late = 0
        for number in range(comes + 6):
            if number == comes:
                x = 150 + 5 * number
                detector.face = Face(
                    Box(x - 15, 185, x + 15, 215), np.zeros((6, 2), np.float32), 0.9
                )
            found = view.see(walker(number))
            if number >= comes and not found:
                late += 1
        assert late / FPS <= SEARCH_EVERY_S, comes


@pytest.mark.parametrize("from_px", [24, 300])
def test_who_walks_up_is_found_no_later_than_by_searching_every_frame(
    reader: FaceReader, photos: Path, from_px: int
) -> None:
    photo = read_picture(next((photos / "val" / "ben_afflek").glob("httpafiles*.jpg")))
    figure, view = Figure(photo, 1), View(reader.detector)
    for _ in range(FPS):
        view.see(HALLWAY.empty())
    findable_s = math.inf
    for number in range(2 * FPS):
        picture = HALLWAY.empty()
        figure.paint(picture, Pose(200 + 6 * number, 210, from_px + 2 * number, 0, 0))
        image = HALLWAY.exposed(picture, 1.0, view.number)
        time_s = number / FPS
        found = view.see(picture)
        if math.isinf(findable_s) and reader.detector.find(image, image):
            findable_s = time_s
        if found:
            assert time_s <= findable_s + SEARCH_EVERY_S + SLACK_S
            return
        assert time_s < findable_s + SEARCH_EVERY_S
    pytest.fail("nobody was found")
