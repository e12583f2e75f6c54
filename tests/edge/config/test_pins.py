from __future__ import annotations

from pathlib import Path

import pytest

from facedoor.config.file import parse
from facedoor.errors import ConfigError

FILE = Path("/etc/facedoor/facedoor.toml")
MOTOR = 'lock = "motor"\nlock_pin = 27\nbolt_pin = 22\n'


def test_options_that_cannot_be_true_at_once_are_named() -> None:
    for options, says in [
        ("contact_pin = 17", "pin and [door] contact_pin are both 17: give each a pin of its own"),
        ("exit_pin = 5\nbell_pin = 5", "exit_pin and [door] bell_pin are both 5"),
        ("led_pin = 5\nbuzzer_pin = 5", "led_pin and [door] buzzer_pin are both 5"),
        ("exit_pin = 5\n[rules]\nbutton_pin = 5", "exit_pin and [rules] button_pin are both 5"),
        (MOTOR + "contact_pin = 22", "bolt_pin and [door] contact_pin are both 22"),
        ('lock = "motor"\nbolt_pin = 22', "needs lock_pin and bolt_pin: set lock_pin"),
        ('lock = "motor"\nlock_pin = 27', "needs lock_pin and bolt_pin: set bolt_pin"),
        ("bolt_pin = 22", 'bolt_pin is for a motor, and lock is "strike"'),
        ('lock = "magnet_no"\nlock_pin = 22', 'or set lock = "motor"'),
    ]:
        with pytest.raises(ConfigError) as caught:
            parse(f"[door]\n{options}\n", FILE)
        assert str(caught.value).startswith(f"{FILE}: [door] "), options
        assert says in str(caught.value), options


def test_whole_door_can_be_configured() -> None:
    pins = "contact_pin = 5\nexit_pin = 6\ntamper_pin = 13\nbell_pin = 19\nled_pin = 26\n"
    door = parse(f"[door]\n{MOTOR}{pins}buzzer_pin = 16\n", FILE).door
    assert (door.lock, door.bolt_pin, door.buzzer_pin) == ("motor", 22, 16)
