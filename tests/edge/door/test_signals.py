"""What LED and buzzer play, and that they never hold up or bring down the door."""

from __future__ import annotations

import threading

import pytest

from doorway import grant, refusal, status
from facedoor.door import signals
from facedoor.door.signals import GAP_S, LONG_S, SHORT_S, STATES, Beat, Pattern, beats, pattern_for
from facedoor.hardware.signaller import WAITING_LIMIT, NoLamp, Signaller
from facedoor.reasons import Reason
from facedoor.wire.events import DoorHappened, Happening, RelayChanged
from facedoor.wire.mode import DoorName

DEADLINE_S = 10.0
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
    """Remembers each level."""

    def __init__(self) -> None:
        self.levels: list[bool] = []

    def set(self, on: bool) -> None:
        self.levels.append(on)


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
