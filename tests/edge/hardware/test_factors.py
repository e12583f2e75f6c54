"""The devices of the second factor: what is configured is opened, and heard."""

from __future__ import annotations

import os
import queue
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from facedoor.config.options import Config, DoorConfig, RulesConfig
from facedoor.errors import RelayError
from facedoor.hardware.keypad import EV_KEY, EVENT, open_factors
from facedoor.problems import Board

DEADLINE_S = 10.0


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


def test_pin_that_is_taken_is_said(pins: MockFactory) -> None:
    settings = Config(rules=RulesConfig(button_pin=22))
    with (
        open_factors(settings, print, Board()),
        pytest.raises(RelayError, match=r"GPIO22, which is \[rules\] button_pin .* another pin"),
    ):
        open_factors(settings, print, Board())


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
