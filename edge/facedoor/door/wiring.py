"""The pins of the door: what each is for, and whether all of it can be true at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facedoor.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from facedoor.config import DoorConfig

_MOTOR_PINS = ("lock_pin", "bolt_pin")


def pins_of(config: DoorConfig) -> dict[str, int]:
    """The option and the BCM number of each pin that is used."""
    options = ("pin", *_MOTOR_PINS, "contact_pin", "exit_pin", "tamper_pin", "bell_pin")
    pins = {name: getattr(config, name) for name in (*options, "led_pin", "buzzer_pin")}
    return {name: pin for name, pin in pins.items() if pin is not None}


def require_possible(config: DoorConfig, path: Path) -> None:
    """Raises :class:`ConfigError` for options of ``[door]`` in ``path`` that exclude each other."""
    pins = pins_of(config)
    used: dict[int, str] = {}
    for name, pin in pins.items():
        if pin in used:
            raise ConfigError(
                f"{path}: [door] {used[pin]} and {name} are both {pin}: give each a pin of its own"
            )
        used[pin] = name
    for name in _MOTOR_PINS:
        if config.lock == "motor" and name not in pins:
            raise ConfigError(
                f'{path}: [door] lock is "motor", which needs {" and ".join(_MOTOR_PINS)}: '
                f"set {name}, the BCM number of a pin"
            )
        if config.lock != "motor" and name in pins:
            raise ConfigError(
                f'{path}: [door] {name} is for a motor, and lock is "{config.lock}": '
                f'leave it out, or set lock = "motor"'
            )


def outputs_of(config: DoorConfig) -> dict[int, bool]:
    """The BCM number of each pin that the door drives, and whether it is on when it is high."""
    levels = {
        config.pin: config.active_high,
        config.lock_pin: config.active_high,
        config.led_pin: config.led_active_high,
        config.buzzer_pin: config.buzzer_active_high,
    }
    return {pin: active_high for pin, active_high in levels.items() if pin is not None}
