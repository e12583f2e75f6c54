"""What each pin is for, and whether all that is said of the pins can be true at once."""

from __future__ import annotations

from collections.abc import Iterator

from facedoor.config.options import Config, DoorConfig
from facedoor.languages import _

_MOTOR_PINS = ("lock_pin", "bolt_pin")
_SIDE_PINS = ("left_led_pin", "right_led_pin")
_DOOR_PINS = (
    *("pin", *_MOTOR_PINS, "contact_pin", "exit_pin", "tamper_pin", "bell_pin"),
    *("led_pin", *_SIDE_PINS, "buzzer_pin", "lamp_pin"),
)


def pins_of(settings: Config) -> dict[str, int]:
    """Each pin that is used: its option, such as ``[door] pin``, and its BCM number."""
    options = {f"[door] {name}": getattr(settings.door, name) for name in _DOOR_PINS}
    options["[rules] button_pin"] = settings.rules.button_pin
    return {option: pin for option, pin in options.items() if pin is not None}


class Impossible:
    """Options that exclude each other, each as its section and key, and a sentence about them."""

    def __init__(self, sentence: str, *options: tuple[str, str]) -> None:
        self.sentence = sentence
        self.options = options


def impossible_pins(settings: Config) -> Iterator[Impossible]:
    """What of the pins excludes each other."""
    pins = pins_of(settings)
    used: dict[int, str] = {}
    for option, pin in pins.items():
        if pin in used:
            yield Impossible(
                _("{used} and {option} are both {pin}: give each a pin of its own").format(
                    used=used[pin], option=option, pin=pin
                ),
                _place(used[pin]),
                _place(option),
            )
        used.setdefault(pin, option)
    if len(missing := [name for name in _SIDE_PINS if f"[door] {name}" not in pins]) == 1:
        yield Impossible(
            _(
                "[door] {missing} is missing: an LED for one side alone asks nothing, so set "
                "{side_pins}, or neither"
            ).format(missing=missing[0], side_pins=_(" and ").join(_SIDE_PINS)),
            *(("door", name) for name in _SIDE_PINS),
        )
    lock = settings.door.lock
    for name in _MOTOR_PINS:
        option = f"[door] {name}"
        if lock == "motor" and option not in pins:
            yield Impossible(
                _(
                    '[door] lock is "motor", which needs {motor_pins}: set {name}, the BCM number '
                    "of a pin"
                ).format(motor_pins=_(" and ").join(_MOTOR_PINS), name=name),
                ("door", "lock"),
                ("door", name),
            )
        if lock != "motor" and option in pins:
            yield Impossible(
                _(
                    '{option} is for a motor, and lock is "{lock}": leave it out, or set lock = '
                    '"motor"'
                ).format(option=option, lock=lock),
                ("door", name),
                ("door", "lock"),
            )


def _place(option: str) -> tuple[str, str]:
    """``[door] pin`` as section and key."""
    section, key = option.split()
    return section.strip("[]"), key


def outputs_of(config: DoorConfig) -> dict[int, bool]:
    """The BCM number of each pin that the door drives, and whether it is on when it is high."""
    levels = {
        config.pin: config.active_high,
        config.lock_pin: config.active_high,
        config.led_pin: config.led_active_high,
        config.left_led_pin: config.led_active_high,
        config.right_led_pin: config.led_active_high,
        config.buzzer_pin: config.buzzer_active_high,
        config.lamp_pin: config.lamp_active_high,
    }
    return {pin: active_high for pin, active_high in levels.items() if pin is not None}
