"""What LED and buzzer play, and that they never hold up or bring down the door."""

from __future__ import annotations

import threading

import pytest

from doorway import grant, refusal, status
from facedoor.door import signals
from facedoor.door.signals import (
    GAP_S,
    LONG_S,
    SHORT_S,
    STATES,
    Beat,
    Pattern,
    beats,
    pattern_for,
    prompt_beats,
)
from facedoor.hardware.lamps import NoLamp
from facedoor.hardware.signaller import WAITING_LIMIT, Signaller
from facedoor.reasons import Reason
from facedoor.wire.events import DoorHappened, Happening, RelayChanged
from facedoor.wire.mode import DoorName
from facedoor.wire.prompts import Prompt, Side

DEADLINE_S = 30.0
TIME = "2026-11-24T09:30:01.000Z"


def test_pattern_is_played_in_dots_and_dashes_on_both_at_once() -> None:
    assert beats(Pattern(led=".-", buzzer=".")) == [
        Beat(True, True, SHORT_S),
        Beat(False, False, pytest.approx(GAP_S)),
        Beat(True, False, pytest.approx(LONG_S)),
        Beat(False, False, pytest.approx(GAP_S)),
    ]
    assert beats(Pattern()) == []


def test_every_state_has_a_pattern_and_every_reason_an_answer() -> None:
    assert set(STATES) == set(DoorName)
    for pattern in (*map(pattern_for, Reason), *STATES.values()):
        assert beats(pattern) or pattern == Pattern()


def test_granted_differs_from_every_refusal() -> None:
    granted = pattern_for(Reason.RECOGNISED)
    kind = {Reason.RECOGNISED, Reason.COMMANDED, Reason.EXIT_REQUESTED}
    assert all(pattern_for(reason) != granted for reason in Reason if reason not in kind)
    assert pattern_for(Reason.TOO_FAR) not in signals.ANSWERS.values()


class WatchedLamp(NoLamp):
    """Remembers each level, and when it was lit, and dark again after that."""

    def __init__(self) -> None:
        self.levels: list[bool] = []
        self.lit, self.went_out = threading.Event(), threading.Event()

    def set(self, on: bool) -> None:
        self.levels.append(on)
        if on:
            self.lit.set()
        elif self.lit.is_set():
            self.went_out.set()


class Stage:
    """A signaller whose pauses end at once, and that tells when it has played so many."""

    def __init__(self, led: WatchedLamp) -> None:
        self.buzzer = WatchedLamp()
        self.pauses = 0
        self.wanted = 0
        self.played = threading.Event()
        self.signaller = Signaller(led, self.buzzer, self.rest)

    def rest(self, _seconds: float) -> None:
        self.pauses += 1
        if self.pauses >= self.wanted:
            self.played.set()

    def wait_for(self, pauses: int) -> None:
        self.wanted = pauses
        self.signaller.start()
        assert self.played.wait(DEADLINE_S)
        self.signaller.close()


def test_answer_is_played_once_and_ends_dark() -> None:
    led = WatchedLamp()
    stage = Stage(led)
    stage.signaller.happened(refusal(1))
    stage.wait_for(pauses=6)
    assert led.levels[:6] == stage.buzzer.levels[:6] == [True, False] * 3
    assert not any(led.levels[6:])


def test_state_is_played_until_it_changes() -> None:
    led = WatchedLamp()
    stage = Stage(led)
    stage.signaller.stands(status(on=True, time=TIME))
    stage.wait_for(pauses=2)
    assert led.levels[:2] == [True, False]
    assert not any(stage.buzzer.levels)


def test_what_nobody_at_the_door_asked_for_is_no_answer() -> None:
    led = WatchedLamp()
    stage = Stage(led)
    stage.signaller.happened(RelayChanged(TIME, on=True))
    stage.signaller.happened(DoorHappened(TIME, Happening.BELL))
    stage.signaller.happened(grant(1))
    stage.wait_for(pauses=2)
    assert led.levels[0] is True


def test_answers_that_nobody_plays_are_dropped_without_waiting() -> None:
    signaller = Signaller(NoLamp(), NoLamp())
    for track in range(WAITING_LIMIT + 1):
        signaller.happened(refusal(track))
    signaller.close()


def test_lamp_that_fails_is_logged_and_nothing_else(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()

    class Broken(NoLamp):
        def set(self, on: bool) -> None:
            raise OSError("the pin is gone")

    monkeypatch.setattr(caplog.handler, "handle", lambda record: told.set())
    signaller = Signaller(Broken(), NoLamp())
    signaller.happened(refusal(1))
    signaller.start()
    assert told.wait(DEADLINE_S)
    signaller.happened(refusal(2))
    signaller.close()


each_side = pytest.mark.parametrize("side", Side)
BEEPS = {Side.LEFT: 1, Side.RIGHT: 2}


@each_side
def test_prompt_lights_its_side_for_as_long_as_it_lasts_and_beeps_once_or_twice(
    side: Side,
) -> None:
    asked = prompt_beats(side, 3.0)
    assert sum(beat.lasts_s for beat in asked) == pytest.approx(3.0)
    assert {beat.side for beat in asked} == {side}
    assert sum(beat.buzzer for beat in asked) == BEEPS[side]
    assert sum(beat.led for beat in asked) > 2 * BEEPS[side]  # the LED repeats it


def test_one_led_tells_left_from_right_and_both_from_every_answer_and_state() -> None:
    codes = [signals.PROMPTS[side].led for side in Side]
    others = {pattern.led for pattern in (*map(pattern_for, Reason), *STATES.values())}
    assert len({*codes, *others}) == 2 + len(others)


def with_sides() -> tuple[Signaller, dict[Side, WatchedLamp]]:
    """A signaller with an LED for each side."""
    lamps = {side: WatchedLamp() for side in Side}
    return Signaller(NoLamp(), NoLamp(), sides=lamps), lamps


@each_side
def test_prompt_goes_before_what_is_being_played_and_ends_when_it_is_over(side: Side) -> None:
    """Nothing here waits for the real length of a pattern: a minute's prompt ends at once."""
    signaller, lamps = with_sides()
    prompt = Prompt.asking(side, 60.0, track=1, visit=None)
    signaller.stands(status(on=True, time=TIME))
    signaller.start()
    signaller.prompted(prompt)
    assert lamps[side].lit.wait(DEADLINE_S)
    assert not lamps[side.other].lit.is_set()
    signaller.prompted(prompt.over)
    assert lamps[side].went_out.wait(DEADLINE_S)
    signaller.close()
    assert lamps[side].levels[-1] is False


def test_prompt_takes_the_place_of_one_that_lasts_still() -> None:
    signaller, lamps = with_sides()
    signaller.start()
    for side in Side:
        signaller.prompted(Prompt.asking(side, 60.0, track=1, visit=None))
        assert lamps[side].lit.wait(DEADLINE_S)
        assert lamps[side.other].levels[-1] is False
    signaller.close()
    assert not any(lamp.levels[-1] for lamp in lamps.values())
