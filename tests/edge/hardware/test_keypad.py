"""The keypad: from the kernel's records of keys to codes."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from facedoor.config.options import Config, DoorConfig, RulesConfig
from facedoor.hardware import keypad
from facedoor.hardware.keypad import (
    DIGITS,
    EV_KEY,
    EVENT,
    NUM_LOCK,
    PAUSE_S,
    EventKeypad,
    Typing,
    open_factors,
)
from facedoor.problems import Board, Severity

DEADLINE_S = 30.0
ENTER, KEYPAD_ENTER, ESCAPE, BACKSPACE = 28, 96, 1, 14
KEYPAD = {digit: key for key, digit in DIGITS.items() if key > 12}
ROW = {digit: key for key, digit in DIGITS.items() if key <= 12}


def typed(*keys: int, typing: Typing | None = None, now_s: float = 0.0) -> list[str]:
    """The codes that these keys give, one after another."""
    typing = typing or Typing()
    return [code for key in keys if (code := typing.press(key, now_s)) is not None]


def test_each_digit_of_row_and_block_is_one_whatever_number_lock_does() -> None:
    for keys, enter in ((ROW, ENTER), (KEYPAD, KEYPAD_ENTER)):
        assert typed(*[keys[digit] for digit in "0123456789"], enter) == ["0123456789"]
    assert typed(NUM_LOCK, KEYPAD["1"], NUM_LOCK, KEYPAD["2"], NUM_LOCK, ENTER) == ["12"]


def test_any_other_key_or_a_pause_begins_anew() -> None:
    for key in (ESCAPE, BACKSPACE, 55):
        assert typed(ROW["1"], key, ROW["2"], ENTER, ENTER) == ["2"], key
    typing = Typing()
    typing.press(ROW["1"], 0.0)
    typing.press(ROW["2"], PAUSE_S)
    assert typing.press(ENTER, PAUSE_S) == "2"


def test_too_many_digits_are_forgotten() -> None:
    assert typed(*[ROW["1"]] * 13, ENTER) == []


@given(st.lists(st.sampled_from(sorted([*DIGITS, ENTER, ESCAPE, NUM_LOCK, 255]))))
def test_code_is_digits_that_were_typed_in_this_order(keys: list[int]) -> None:
    pressed = "".join(DIGITS.get(key, "") for key in keys)
    for code in typed(*keys):
        assert 1 <= len(code) <= 12
        assert code in pressed


def record(key: int, value: int, kind: int = EV_KEY) -> bytes:
    return EVENT.pack(1, 2, kind, key, value)


def stroke(key: int) -> bytes:
    """Down, repeated, up, and the end of each report."""
    return b"".join(record(key, value) + record(0, 0, kind=0) for value in (1, 2, 0))


@pytest.fixture
def device(tmp_path: Path) -> Iterator[int]:
    os.mkfifo(tmp_path / "event0")
    device = os.open(tmp_path / "event0", os.O_RDWR)
    yield device
    os.close(device)


def test_code_is_read_also_when_a_record_comes_in_two_halves(device: int, tmp_path: Path) -> None:
    codes: queue.SimpleQueue[str] = queue.SimpleQueue()
    board = Board()
    device_keypad = EventKeypad(tmp_path / "event0", codes.put, board)
    keys = b"".join(stroke(KEYPAD[digit]) for digit in "2468") + stroke(KEYPAD_ENTER)
    os.write(device, keys[:101])
    os.write(device, keys[101:])
    assert codes.get(timeout=DEADLINE_S) == "2468"
    os.write(device, keys)
    assert codes.get(timeout=DEADLINE_S) == "2468"
    assert board.problems == ()
    device_keypad.close()
    device_keypad.close()
    assert codes.empty()


def test_keypad_that_is_not_plugged_in_does_not_keep_the_door_from_running(tmp_path: Path) -> None:
    board = Board()
    EventKeypad(tmp_path / "missing", print, board).close()
    (problem,) = board.problems
    assert problem.code == "keypad_unreadable"
    assert "plug it in" in problem.sentence


@pytest.mark.parametrize("path", [".", "/dev/null"])
def test_keypad_that_opens_and_cannot_be_read_is_one_steady_problem(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keypad, "RETRY_S", 0.001)
    seen: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    class Watched(Board):
        def report(self, *said: Any, **more: Any) -> None:
            super().report(*said, **more)
            seen.put([problem.code for problem in self.problems])

    board = Watched()
    unreadable = EventKeypad(Path(path), print, board)
    assert [seen.get(timeout=DEADLINE_S) for _ in range(6)] == [["keypad_unreadable"]] * 6
    unreadable.close()


def test_button_to_ground_is_heard(pins: MockFactory) -> None:
    heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with open_factors(Config(rules=RulesConfig(button_pin=22)), heard.put, Board()):
        pins.pin(22).drive_low()
        assert heard.get(timeout=DEADLINE_S) is None
    assert heard.empty()


def test_button_is_heard_when_it_is_pressed_and_not_when_it_is_let_go(pins: MockFactory) -> None:
    heard: list[str | None] = []
    with open_factors(Config(rules=RulesConfig(button_pin=22)), heard.append, Board()):
        pins.pin(22).drive_low()
        pins.pin(22).drive_high()
        pins.pin(22).drive_low()
    assert heard == [None, None]


def test_door_goes_on_without_a_button_that_cannot_be_had_and_says_so(pins: MockFactory) -> None:
    settings = Config(rules=RulesConfig(button_pin=22))
    board = Board()
    with open_factors(settings, print, Board()), open_factors(settings, print, board):
        (problem,) = board.problems
    assert (problem.code, problem.severity) == ("button_unusable", Severity.ERROR)
    assert "GPIO22, which is [rules] button_pin" in problem.sentence
    assert "another pin" in problem.sentence


def test_at_a_simulated_door_no_pin_is_touched() -> None:
    settings = Config(door=DoorConfig(relay="simulated"), rules=RulesConfig(button_pin=22))
    with open_factors(settings, print, Board()):
        pass


def test_code_on_the_keypad_is_heard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "event0")
    device = os.open(tmp_path / "event0", os.O_RDWR)
    heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with open_factors(
        Config(rules=RulesConfig(keypad=str(tmp_path / "event0"))), heard.put, Board()
    ):
        os.write(device, b"".join(EVENT.pack(0, 0, EV_KEY, key, 1) for key in (2, 3, 4, 5, 28)))
        assert heard.get(timeout=DEADLINE_S) == "1234"
    os.close(device)
