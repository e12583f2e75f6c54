"""Has this face moved since it was first seen?"""

from __future__ import annotations

import math

import numpy as np

from facedoor.frames import Box, Image
from facedoor.visit.movement import CONTINUOUS_S, FOR_S, Movement
from wall_kit import WALL, Place, face_at, frame_of, portrait, still, swaying

FPS = 15
POSTER, SOMEBODY = portrait(1), portrait(2)
EMPTY = WALL.astype(np.uint8)


def box(x: float, width_px: float = 100) -> Box:
    return Box(x - width_px / 2, 100 - width_px / 2, x + width_px / 2, 100 + width_px / 2)


def tracked(*boxes: Box, movement: Movement | None = None, from_s: float = 0.0) -> Movement:
    """Where the box of a face went, before a wall on which nothing is to be seen."""
    movement = movement or Movement()
    for number, place in enumerate(boxes):
        movement.see(EMPTY, place, from_s + number / FPS)
    return movement


def moved_after(
    seconds: float, picture: Image, place: Place, hidden: Place | None = None, noise: float = 3
) -> float | None:
    """After how many seconds of looks at a picture it has moved; ``hidden``: what comes before."""
    movement = Movement()
    for number in range(round(seconds * FPS)):
        time_s = number / FPS
        items = [(picture, *place(time_s))]
        items += [] if hidden is None else [(portrait(3, 60), *hidden(time_s))]
        jitter = np.random.default_rng(number).uniform(-3, 3, 2)
        face = face_at(*(np.array(place(time_s)) + jitter))
        movement.see(frame_of(items, noise, 1.0, number), face.box, time_s)
        if movement.has_moved:
            return time_s
    return None


def test_somebody_who_walks_up_has_moved() -> None:
    assert tracked(*(box(300, 60 + 4 * step) for step in range(20))).has_moved


def test_somebody_who_steps_aside_has_moved() -> None:
    assert tracked(*(box(300 + 4 * step) for step in range(20))).has_moved


def test_somebody_who_only_stands_there_has_moved_within_a_second_or_two() -> None:
    for by_px in (1.5, 3, 8):
        after_s = moved_after(4, SOMEBODY, swaying(60, 40, by_px))
        assert after_s is not None
        assert after_s < 2


def test_a_picture_on_the_wall_never_has() -> None:
    for noise in (0, 3, 10):
        assert moved_after(20, POSTER, still(190, 40), noise=noise) is None


def test_a_picture_that_somebody_uncovers_has_not() -> None:
    def steps_aside(time_s: float) -> tuple[float, float]:
        return 190 + 60 * max(0.0, time_s - 0.5), 40

    assert moved_after(6, POSTER, still(190, 40), steps_aside) is None


def test_a_picture_before_a_camera_that_shakes_for_a_moment_has_not() -> None:
    def shaken(time_s: float) -> tuple[float, float]:
        return 190 + 2.5 * math.sin(45 * time_s) * (1 < time_s < 2), 40

    assert moved_after(4, POSTER, shaken) is None


def test_a_face_whose_box_jitters_has_not() -> None:
    random = np.random.default_rng(4)
    boxes = [box(150 + random.uniform(-8, 8), 100 + random.uniform(-12, 12)) for _ in range(600)]
    assert not tracked(*boxes).has_moved


def test_a_box_that_is_shifted_for_a_moment_has_not() -> None:
    passing = [box(190)] * round(FOR_S * FPS - 1)
    assert not tracked(*([box(140)] * 9 + passing) * 5).has_moved


def test_a_leap_is_no_movement() -> None:
    assert not tracked(*[box(60)] * 9, *[box(200)] * 30).has_moved


def test_a_face_that_was_away_begins_anew() -> None:
    movement = tracked(*[box(100)] * 9)
    tracked(*[box(150)] * 30, movement=movement, from_s=2 + CONTINUOUS_S)
    assert not movement.has_moved


def test_who_has_moved_has_for_good() -> None:
    movement = tracked(*(box(100 + 5 * step) for step in range(20)))
    assert tracked(*[box(200)] * 30, movement=movement, from_s=9).has_moved
