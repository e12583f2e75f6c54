"""The lamp is on while somebody moves in the dark, never for long, and never by its own light."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from facedoor.door.night_light import (
    COOLING,
    DARK_BELOW,
    HOLD_S,
    LIGHT_FROM,
    LONGEST_S,
    RESTED_S,
    SETTLE_S,
    UNSETTLED_S,
    NightLight,
    Seen,
)

FRAME_S = 0.25
DARK, BRIGHT = 20.0, 115.0

Stretch = tuple[float, float]


class Hallway:
    """A camera that exposes for the light there is, as well as it can, and takes a while for it;
    and a motion gate that takes each change of the picture for movement."""

    def __init__(self, dark: float, lamp: float = 200.0, pace: float = 0.4) -> None:
        """Grey levels of a whole exposure: of the hallway by itself, and what the lamp adds;
        ``pace`` is the share of its way that the exposure goes from one frame to the next."""
        self.dark, self.lamp, self._pace = dark, lamp, pace
        self.night = NightLight()
        self.now_s = 0.0
        self._exposure = 1.0
        self._seen = math.nan
        self._moved_until_s = 1.0
        self.lit: list[Stretch] = []

    def pass_by(self, seconds: float, *, moves: bool = False, waits: bool = False) -> None:
        for _ in range(round(seconds / FRAME_S)):
            there = self.dark + self.lamp * self.night.is_on
            light = min(255.0, there * self._exposure)
            self._exposure += self._pace * (min(1.0, BRIGHT / max(there, 1.0)) - self._exposure)
            if moves or abs(light - self._seen) > 3:
                self._moved_until_s = self.now_s + 1.0
            self._seen = light
            was_on = self.night.is_on
            is_open = self.now_s <= self._moved_until_s
            self.night.see(self.now_s, Seen(light, is_open, waits))
            if self.night.is_on and not was_on:
                self.lit.append((self.now_s, math.inf))
            elif was_on and not self.night.is_on:
                self.lit[-1] = self.lit[-1][0], self.now_s
            self.now_s += FRAME_S


def test_whoever_moves_in_the_dark_is_lit_until_nobody_has_been_there_for_a_while():
    hallway = Hallway(DARK)
    hallway.pass_by(60)
    assert not hallway.lit
    hallway.pass_by(5, moves=True)
    assert hallway.night.is_on
    hallway.pass_by(600)
    ((begun_s, ended_s),) = hallway.lit
    assert begun_s - 60 < 1
    assert HOLD_S + 5 <= ended_s - begun_s < HOLD_S + 5 + 2


def test_nobody_is_lit_by_day():
    hallway = Hallway(dark=400.0)
    hallway.pass_by(300, moves=True, waits=True)
    assert not hallway.lit


def test_whoever_stands_still_with_their_face_in_view_stays_lit_up_to_the_bound():
    hallway = Hallway(DARK)
    hallway.pass_by(SETTLE_S)
    hallway.pass_by(1, moves=True)
    hallway.pass_by(LONGEST_S - 5, waits=True)
    assert hallway.night.is_on
    hallway.pass_by(10, waits=True)
    assert not hallway.night.is_on


def test_a_face_that_is_too_dark_before_a_bright_window_is_lit():
    night = NightLight()
    night.see(0.0, Seen(BRIGHT))
    night.see(SETTLE_S, Seen(BRIGHT, moves=True, waits=True))
    assert not night.is_on
    night.see(SETTLE_S + FRAME_S, Seen(BRIGHT, waits=True, is_shadowed=True))
    assert night.is_on


def test_the_bell_lights_whom_no_camera_can_see_and_nobody_by_day():
    for light, is_lit in ((0.0, True), (BRIGHT, False)):
        night = NightLight()
        for now_s in (0.0, SETTLE_S):
            night.see(now_s, Seen(light))
        night.ring(SETTLE_S + 1)
        assert night.is_on is is_lit


def test_without_frames_it_goes_off_by_the_clock():
    night = NightLight()
    for now_s in (0.0, SETTLE_S):
        night.see(now_s, Seen(DARK, moves=True))
    assert (night.is_on, night.next_s) == (True, SETTLE_S + HOLD_S)
    night.tick(night.next_s)
    assert (night.is_on, night.next_s) == (False, math.inf)


def test_dusk_between_the_two_bounds_changes_nothing():
    night = NightLight()
    between = (DARK_BELOW + LIGHT_FROM) / 2
    for now_s, light in ((0.0, BRIGHT), (10.0, between)):
        night.see(now_s, Seen(light))
    night.see(11.0, Seen(between, waits=True))
    assert not night.is_on
    night.see(12.0, Seen(DARK))
    night.see(13.0, Seen(between, waits=True))
    assert night.is_on


levels = st.floats(0.0, 500.0)


@settings(max_examples=40)
@given(
    dark=levels,
    lamp=st.floats(0.0, 500.0),
    moved_s=st.floats(0.0, 200.0),
    pace=st.floats(0.12, 1.0),
)
def test_a_scene_that_stays_the_same_goes_dark_once_and_stays_so(dark, lamp, moved_s, pace):
    hallway = Hallway(dark, lamp, pace)
    hallway.pass_by(UNSETTLED_S)
    hallway.pass_by(moved_s, moves=True)
    hallway.pass_by(1.5)  # for so long the gate holds a movement
    switched = len(hallway.lit)
    hallway.pass_by(HOLD_S + FRAME_S)
    assert not hallway.night.is_on
    assert len(hallway.lit) == switched
    hallway.pass_by(60)
    assert len(hallway.lit) == switched


phases = st.lists(
    st.tuples(st.floats(0.5, 150.0), st.booleans(), st.booleans(), levels), min_size=1, max_size=12
)


@settings(max_examples=40)
@given(phases=phases)
def test_whatever_happens_it_is_no_strobe_and_keeps_cool(phases):
    hallway = Hallway(DARK)
    for seconds, moves, waits, dark in phases:
        hallway.dark = dark
        hallway.pass_by(seconds, moves=moves, waits=waits)
    lit = [(begun_s, min(ended_s, hallway.now_s)) for begun_s, ended_s in hallway.lit]
    for begun_s, ended_s in lit:
        assert ended_s - begun_s <= LONGEST_S + 2 * FRAME_S
    for begun_s, ended_s in hallway.lit:
        assert ended_s - begun_s >= HOLD_S - FRAME_S
    for (_, ended_s), (begun_s, _) in itertools.pairwise(lit):
        assert begun_s - ended_s >= SETTLE_S - FRAME_S
    for since_s, until_s in _windows(lit):
        on_s = sum(max(0.0, min(e, until_s) - max(b, since_s)) for b, e in lit)
        most_s = (LONGEST_S + COOLING * (until_s - since_s)) / (1 + COOLING)
        assert on_s <= most_s + 2 * FRAME_S * len(lit)


def _windows(lit: list[Stretch]) -> Iterator[Stretch]:
    begins, ends = [begun_s for begun_s, _ in lit], [ended_s for _, ended_s in lit]
    return ((b, e) for b in begins for e in ends if e > b)


def test_a_branch_in_the_wind_is_lit_two_thirds_of_the_night():
    hallway = Hallway(DARK)
    hallway.pass_by(3600, moves=True)
    on_s = sum(min(ended_s, hallway.now_s) - begun_s for begun_s, ended_s in hallway.lit)
    assert on_s < 3600 * 2 / 3 + LONGEST_S / 3 + 1
    assert all(
        later - ended_s <= (LONGEST_S - RESTED_S) / COOLING + 1
        for (_, ended_s), (later, _) in itertools.pairwise(hallway.lit)
    )
