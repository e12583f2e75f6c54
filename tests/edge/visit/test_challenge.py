"""Whom a head turn convinces, as the landmarks of the looks tell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facedoor.frames import Box, Face
from facedoor.reasons import Reason
from facedoor.vision.pose import yaw_deg
from facedoor.visit.challenge import (
    DELAY_MS,
    FRONTAL_WITHIN_S,
    MOST_APART_S,
    WITHIN_S,
    Challenge,
    ChallengeState,
    Draw,
)
from facedoor.wire.prompts import Side

FPS = 15.0
DELAY_S = 0.4

sides = st.sampled_from(Side)
paces = st.floats(10.0, 60.0)


@dataclass(frozen=True)
class Look:
    time_s: float
    yaw_deg: float
    recognised: bool = True


def challenge(side: Side, prompts: int = 1) -> Challenge:
    return Challenge(prompts, 0.0, Draw(lambda: side, lambda: DELAY_S))


def shown(asked: Challenge, looks: Iterable[Look]) -> ChallengeState:
    for look in looks:
        asked.look(look.time_s, look.yaw_deg, look.recognised)
    return asked.state


def towards(side: Side, degrees: float) -> float:
    """The yaw of somebody who has turned the head to a side of their own."""
    return degrees if side is Side.LEFT else -degrees


def turn(
    side: Side,
    fps: float = FPS,
    begins_s: float = 1.0,
    lasts_s: float = 0.8,
    reaches_deg: float = 35.0,
    until_s: float = 4.0,
    recognised: bool = True,
) -> list[Look]:
    """Frontal, then to the side and there."""
    times = np.arange(0.05, until_s, 1 / fps)
    yaws = np.interp(times, (begins_s, begins_s + lasts_s), (0.0, reaches_deg))
    return [
        Look(float(time_s), towards(side, float(yaw)), recognised)
        for time_s, yaw in zip(times, yaws, strict=True)
    ]


def face(nose_x_px: float) -> Face:
    points = [(40, 40), (80, 40), (nose_x_px, 60), (60, 80), (25, 45), (95, 45)]
    return Face(Box(20, 20, 100, 110), np.array(points, np.float32), 1.0)


def test_who_turns_to_the_left_has_the_nose_at_the_right_of_the_image() -> None:
    """Who faces the camera has their left where the picture has its right; nothing is mirrored."""
    asked = challenge(Side.LEFT)
    for number in range(40):
        time_s = 0.05 + number / FPS
        asked.look(time_s, yaw_deg(face(60 if time_s < 1 else 75)), recognised=True)
    assert asked.state is ChallengeState.PASSED


@given(sides, paces, st.floats(0.3, 1.2), st.floats(0.4, 2.0), st.integers(1, 2))
@example(Side.LEFT, 10.0, 1.2, 0.45, 1)
def test_an_honest_turn_passes(
    side: Side, fps: float, lasts_s: float, begins_s: float, prompts: int
) -> None:
    asked = challenge(side, prompts)
    once = turn(side, fps, begins_s, lasts_s)
    back = [Look(look.time_s + 4.0, look.yaw_deg) for look in once]
    assert shown(asked, once + back * (prompts - 1)) is ChallengeState.PASSED


@given(sides, paces)
def test_a_turn_to_the_other_side_fails(side: Side, fps: float) -> None:
    assert shown(challenge(side), turn(side.other, fps)) is ChallengeState.FAILED


def test_who_swings_to_the_other_side_first_fails() -> None:
    asked = challenge(Side.LEFT)
    astray = turn(Side.RIGHT, reaches_deg=17.0, until_s=1.9)
    follows = [Look(look.time_s + 2.0, look.yaw_deg) for look in turn(Side.LEFT, begins_s=0.1)]
    assert shown(asked, [*astray, *follows]) is ChallengeState.FAILED


anything = st.lists(
    st.tuples(st.floats(0.001, 0.4), st.floats(-60.0, 60.0), st.booleans()), max_size=120
)


def timed(steps: Sequence[tuple[float, float, bool]]) -> list[Look]:
    time_s, looks = 0.0, []
    for step_s, yaw, recognised in steps:
        time_s += step_s
        looks.append(Look(time_s, yaw, recognised))
    return looks


@given(sides, anything)
def test_nobody_passes_without_being_recognised_while_turned(
    side: Side, steps: list[tuple[float, float, bool]]
) -> None:
    looks = [
        Look(look.time_s, look.yaw_deg, look.recognised and towards(side, look.yaw_deg) < 20.0)
        for look in timed(steps)
    ]
    assert shown(challenge(side), looks) is not ChallengeState.PASSED


@given(sides, paces)
def test_a_photo_that_gives_way_to_a_living_accomplice_does_not_pass(
    side: Side, fps: float
) -> None:
    looks = [Look(look.time_s, look.yaw_deg, abs(look.yaw_deg) <= 15) for look in turn(side, fps)]
    assert shown(challenge(side), looks) is ChallengeState.TIMED_OUT


@given(
    sides,
    st.lists(st.tuples(st.floats(0.01, 0.1), st.floats(-15.0, 15.0), st.just(True)), max_size=300),
)
def test_what_a_picture_reaches_never_passes(
    side: Side, steps: list[tuple[float, float, bool]]
) -> None:
    assert shown(challenge(side), timed(steps)) is not ChallengeState.PASSED


@given(sides, st.floats(1.0, 8.0), st.floats(0.05, 1.2))
@example(Side.LEFT, 5.0, 0.1)
def test_a_turn_that_is_watched_too_rarely_does_not_pass(
    side: Side, fps: float, lasts_s: float
) -> None:
    looks = turn(side, fps, lasts_s=lasts_s)
    assert shown(challenge(side), looks) is not ChallengeState.PASSED


@given(sides, anything)
def test_nobody_passes_before_the_prompt_nor_to_the_other_side(
    side: Side, steps: list[tuple[float, float, bool]]
) -> None:
    asked = challenge(side)
    far = 0.0
    for look in timed(steps):
        was_asked = asked.side is not None
        asked.look(look.time_s, look.yaw_deg, look.recognised)
        if was_asked:
            far = max(far, towards(side, look.yaw_deg))
    assert asked.state is not ChallengeState.PASSED or far >= 25.0


def test_a_turn_with_a_gap_in_it_does_not_count_until_the_visitor_looks_ahead_again() -> None:
    looks = turn(Side.LEFT, begins_s=0.6, lasts_s=0.6, until_s=1.5)
    seen = [look for look in looks if not 0.7 < look.time_s < 0.8 + MOST_APART_S]
    again = [Look(look.time_s + 1.5, look.yaw_deg) for look in turn(Side.LEFT, begins_s=0.3)]
    asked = challenge(Side.LEFT)
    assert shown(asked, seen) is ChallengeState.PROMPTED
    assert shown(asked, again) is ChallengeState.PASSED


def test_a_turn_that_comes_too_late_does_not_pass() -> None:
    late = turn(Side.LEFT, begins_s=0.5 + WITHIN_S, until_s=6.0)
    asked = challenge(Side.LEFT)
    assert shown(asked, late) is ChallengeState.TIMED_OUT
    assert asked.state.refusal is Reason.CHALLENGE_TIMEOUT


def test_who_never_looks_ahead_is_asked_nothing_and_runs_out_of_time() -> None:
    asked = challenge(Side.LEFT)
    aside = [Look(number / FPS, 14.0) for number in range(1, 60)]
    assert shown(asked, aside) is ChallengeState.WAITING
    assert asked.side is None
    assert asked.tick(DELAY_S + FRONTAL_WITHIN_S + 0.1) is ChallengeState.TIMED_OUT


def test_who_is_out_of_view_runs_out_of_time() -> None:
    asked = challenge(Side.RIGHT)
    asked.look(0.5, 0.0)
    assert asked.side is Side.RIGHT
    assert asked.tick(0.5 + WITHIN_S) is ChallengeState.PROMPTED
    assert asked.tick(0.6 + WITHIN_S) is ChallengeState.TIMED_OUT
    assert asked.side is None


def test_the_second_prompt_asks_for_a_turn_of_its_own() -> None:
    drawn = iter((Side.LEFT, Side.RIGHT))
    asked = Challenge(2, 0.0, Draw(lambda: next(drawn), lambda: DELAY_S))
    assert shown(asked, turn(Side.LEFT)) is ChallengeState.WAITING
    right = [Look(look.time_s + 4.0, look.yaw_deg) for look in turn(Side.RIGHT)]
    assert shown(asked, right) is ChallengeState.PASSED


@pytest.mark.parametrize("broken_deg", [float("nan"), float("inf"), -float("inf")])
def test_landmarks_that_say_nothing_are_no_look(broken_deg: float) -> None:
    looks = [Look(look.time_s, broken_deg) for look in turn(Side.LEFT)]
    assert shown(challenge(Side.LEFT), looks) is not ChallengeState.PASSED


@given(sides, anything)
def test_what_is_over_stays_so(side: Side, steps: list[tuple[float, float, bool]]) -> None:
    asked = challenge(side)
    shown(asked, turn(side.other))
    later = [Look(look.time_s + 4.0, look.yaw_deg) for look in timed(steps)]
    assert shown(asked, later) is ChallengeState.FAILED


def test_sides_and_delays_are_drawn_anew() -> None:
    seen, delays = set(), set()
    for _ in range(60):
        asked = Challenge(1, 0.0)
        time_s = 0.0
        while asked.side is None:
            time_s += 0.01
            asked.look(time_s, 0.0)
        seen.add(asked.side)
        delays.add(time_s)
        assert DELAY_MS[0] / 1000 - 0.01 <= time_s <= DELAY_MS[1] / 1000 + 0.02
    assert seen == set(Side)
    assert len(delays) > 10
