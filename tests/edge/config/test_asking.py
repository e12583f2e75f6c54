"""By what a door can ask a visitor to turn the head."""

from __future__ import annotations

from typing import Literal

import pytest

from facedoor.config.asking import may_ask, ways_to_ask, why_mute
from facedoor.config.options import CameraConfig, Config, DoorConfig, LivenessConfig, MqttConfig

ASKING = LivenessConfig("challenge_if_unsure")


@pytest.mark.parametrize(
    ("settings", "way"),
    [
        (Config(DoorConfig(left_led_pin=5, right_led_pin=6), liveness=ASKING), "for each side"),
        (Config(DoorConfig(led_pin=5), liveness=ASKING), "by its code"),
        (Config(DoorConfig(buzzer_pin=5), liveness=ASKING), "one beep or two"),
        (Config(mqtt=MqttConfig(host="broker"), liveness=ASKING), "facedoor/front/prompt"),
        (Config(DoorConfig(relay="simulated"), liveness=ASKING), "the console"),
    ],
)
def test_each_of_led_buzzer_and_broker_is_a_way_to_ask(settings: Config, way: str) -> None:
    (only,) = ways_to_ask(settings)
    assert way in only
    assert why_mute(settings) is None


def test_door_with_none_of_them_is_mute_and_says_what_would_give_it_a_voice() -> None:
    mute = why_mute(Config(liveness=ASKING))
    assert mute is not None
    for option in ("left_led_pin", "right_led_pin", "led_pin", "buzzer_pin", "[mqtt] host"):
        assert option in mute


def test_door_that_has_to_ask_everybody_and_cannot_says_that_it_opens_for_nobody() -> None:
    mute = why_mute(Config(liveness=LivenessConfig("challenge_always")))
    assert mute is not None
    assert "it refuses everybody" in mute


@pytest.mark.parametrize("mode", ["off", "passive"])
def test_door_that_is_to_ask_nobody_misses_nothing(mode: Literal["off", "passive"]) -> None:
    assert not may_ask(Config(liveness=LivenessConfig(mode)))
    assert why_mute(Config(liveness=LivenessConfig(mode))) is None


def test_camera_that_is_too_slow_to_watch_a_turn_makes_the_door_mute() -> None:
    door = DoorConfig(led_pin=5)
    mute = why_mute(Config(door, CameraConfig(fps=9.0), liveness=ASKING))
    assert mute is not None
    assert "fps" in mute
    assert why_mute(Config(door, CameraConfig(fps=10.0), liveness=ASKING)) is None
