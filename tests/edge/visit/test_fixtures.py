"""A picture on the wall is told from somebody who stands still: by not moving at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from facedoor.frames import Box, Image
from facedoor.visit.fixtures import (
    ALIVE_AFTER_S,
    BACK_S,
    FORGOTTEN_AFTER_S,
    REMEMBERED_AFTER_S,
    STILL_S,
    Fixtures,
    described,
)
from wall_kit import Place, face_at, frame_of, portrait, still, swaying

FPS = 10
Light = Callable[[float], float]


@dataclass
class View:
    """Fixtures, and a camera that they look through."""

    fixtures: Fixtures = field(default_factory=Fixtures)
    time_s: float = 0.0
    noise: float = 3.0
    light: Light = lambda time_s: 1.0

    def show(
        self,
        seconds: float,
        *people: tuple[Image, Place],
        hides: bool = False,
    ) -> float | None:
        """Show pictures that move; when one was taken for a fixture, seconds after the begin.

        With ``hides`` the last of them is no face and hides those of the others.
        """
        begun_s, fixed_s = self.time_s, None
        for _ in range(round(seconds * FPS)):
            self.time_s += 1 / FPS
            items = [(picture, *place(self.time_s)) for picture, place in people]
            light = self.light(self.time_s)
            image = frame_of(items, self.noise, light, round(self.time_s * FPS))
            seen = [] if hides else items
            known = self.fixtures.visible(image, self.time_s)
            # As the detector does: a face's box jitters, and where a fixture is nobody searches.
            jitter = np.random.default_rng(round(self.time_s * FPS)).uniform(-2, 2, 2)
            found = [face_at(left + jitter[0], top + jitter[1]) for _, left, top in seen]
            faces = [face for face in found if all(face.box.overlap(box) < 0.5 for box in known)]
            if self.fixtures.watch(image, faces, self.time_s) and fixed_s is None:
                fixed_s = self.time_s - begun_s
        return fixed_s


POSTER, SOMEBODY = portrait(1), portrait(2)


@pytest.mark.parametrize("noise", [0, 2, 8])
def test_a_face_that_does_not_move_at_all_becomes_a_fixture(noise: float) -> None:
    view = View(noise=noise)
    fixed_s = view.show(STILL_S + 1, (POSTER, still(190, 40)))
    assert fixed_s == pytest.approx(STILL_S, abs=0.3)
    (box,) = view.fixtures.boxes
    assert box.overlap(face_at(190, 40).box) > 0.9


@pytest.mark.parametrize("by_px", [0.8, 2, 4, 10])
def test_a_head_that_sways_by_a_hundredth_of_its_width_never_does(by_px: float) -> None:
    view = View()
    assert view.show(30, (SOMEBODY, swaying(60, 40, by_px))) is None


@pytest.mark.parametrize(
    "light",
    [
        lambda time_s: 1 - 0.03 * time_s,
        lambda time_s: 1 + 0.2 * math.sin(time_s / 2),
        lambda time_s: 1 + 0.05 * math.sin(40 * time_s),
    ],
    ids=["dusk", "clouds", "flicker"],
)
def test_light_that_changes_does_not_hide_that_a_picture_is_still(light: Light) -> None:
    assert View(light=light).show(STILL_S + 2, (POSTER, still(190, 40))) is not None


def test_a_fixture_is_seen_without_a_search_and_not_where_somebody_hides_it() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)))
    assert view.fixtures.visible(frame_of([(POSTER, 190, 40)], 3, 1.0, 0), view.time_s)
    hidden = frame_of([(POSTER, 190, 40), (SOMEBODY, 195, 46)], 3, 1.0, 0)
    assert not view.fixtures.visible(hidden, view.time_s)


def test_half_of_a_fixture_is_still_the_fixture() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)))
    half = frame_of([(POSTER, 190, 40), (SOMEBODY, 232, 40)], 3, 1.0, 0)
    assert len(view.fixtures.visible(half, view.time_s)) == 1


def test_a_picture_that_was_hidden_is_known_as_soon_as_it_is_back() -> None:
    view = View()
    view.show(REMEMBERED_AFTER_S + 1, (POSTER, still(190, 40)))
    view.show(6, (POSTER, still(190, 40)), (portrait(3, 110), still(175, 25)), hides=True)
    assert view.show(2, (POSTER, still(190, 40))) == pytest.approx(BACK_S, abs=0.25)
    view.show(60)
    assert view.show(1, (POSTER, still(190, 40))) is None, "it is not searched there again"
    assert len(view.fixtures.boxes) == 1


def test_somebody_who_comes_back_to_the_same_place_is_none() -> None:
    view = View()
    for _ in range(5):
        assert view.show(8, (SOMEBODY, swaying(60, 40, 2))) is None
        assert view.show(2) is None


def test_somebody_who_stands_in_front_of_a_fixture_is_none() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)))
    together = (POSTER, still(190, 40)), (SOMEBODY, swaying(194, 44, 2))
    assert view.show(30, *together) is None
    assert len(view.fixtures.boxes) == 1


def test_a_fixture_that_begins_to_move_is_none_any_more() -> None:
    view = View()
    view.show(STILL_S + 1, (SOMEBODY, still(60, 40)))
    view.show(ALIVE_AFTER_S + 3, (SOMEBODY, swaying(62, 40, 1)))
    assert not view.fixtures.boxes


def test_a_camera_that_shakes_for_a_moment_leaves_its_fixtures() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)))
    view.show(1, (POSTER, lambda time_s: (190 + 3 * math.sin(30 * time_s), 40)))
    view.show(1, (POSTER, still(190, 40)))
    assert len(view.fixtures.boxes) == 1


def test_a_fixture_that_was_taken_down_is_forgotten() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)))
    view.show(FORGOTTEN_AFTER_S - 5)
    assert len(view.fixtures.boxes) == 1
    view.show(10)
    assert not view.fixtures.boxes


def test_pictures_side_by_side_are_fixtures_of_their_own() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)), (portrait(5), still(40, 50)))
    assert len(view.fixtures.boxes) == 2


def test_another_source_knows_no_fixtures() -> None:
    view = View()
    view.show(STILL_S + 1, (POSTER, still(190, 40)))
    view.fixtures.forget()
    assert not view.fixtures.boxes


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (Box(1000, 20, 1120, 140), "at the top right, 120 px wide"),
        (Box(0, 600, 60, 700), "at the bottom left, 60 px wide"),
        (Box(600, 300, 700, 400), "in the middle, 100 px wide"),
        (Box(1200, 300, 1300, 400), "at the right, 100 px wide"),
        (Box(600, -20, 700, 60), "at the top, 100 px wide"),
    ],
)
def test_a_place_is_said_in_words(box: Box, words: str) -> None:
    assert described(box, 1280, 720) == words
