"""By what a door can ask a visitor to turn the head."""

from __future__ import annotations

import pytest

from facedoor.config.asking import ways_to_ask, why_mute
from facedoor.config.options import CameraConfig, Config, DoorConfig, MqttConfig


@pytest.mark.parametrize(
    ("settings", "way"),
    [
        (Config(DoorConfig(left_led_pin=5, right_led_pin=6)), "one for each side"),
        (Config(DoorConfig(led_pin=5)), "by its code"),
        (Config(DoorConfig(buzzer_pin=5)), "one beep or two"),
        (Config(mqtt=MqttConfig(host="broker")), "facedoor/front/prompt"),
    ],
)
def test_each_of_led_buzzer_and_broker_is_a_way_to_ask(settings: Config, way: str) -> None:
    (only,) = ways_to_ask(settings)
    assert way in only
    assert why_mute(settings) is None


def test_door_with_none_of_them_is_mute_and_says_what_would_give_it_a_voice() -> None:
    assert ways_to_ask(Config()) == ()
    mute = why_mute(Config())
    assert mute is not None
    for option in ("left_led_pin", "right_led_pin", "led_pin", "buzzer_pin", "[mqtt] host"):
        assert option in mute


def test_camera_that_is_too_slow_to_watch_a_turn_makes_the_door_mute() -> None:
    mute = why_mute(Config(DoorConfig(led_pin=5), CameraConfig(fps=9.0)))
    assert mute is not None
    assert "fps" in mute
    assert why_mute(Config(DoorConfig(led_pin=5), CameraConfig(fps=10.0))) is None
