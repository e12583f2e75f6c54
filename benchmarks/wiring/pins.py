"""Which pin each thing is drawn at: together they make a configuration that is accepted."""

from __future__ import annotations

from gpiozero.pins.pi import PiBoardInfo

from facedoor.config.options import DoorConfig

PINS = {
    "pin": DoorConfig().pin,
    "lock_pin": 27,
    "bolt_pin": 22,
    "contact_pin": 23,
    "exit_pin": 24,
    "bell_pin": 25,
    "left_led_pin": 12,
    "right_led_pin": 16,
    "led_pin": 20,
    "buzzer_pin": 21,
    "lamp_pin": 26,
}
"""By option of ``[door]``: BCM number. What the door drives is at pins that are low while the Pi
boots, BCM 9 to 27."""

HEADER = {
    number: pin.name.replace("5V", "5 V")
    for number, pin in PiBoardInfo.from_revision(0xC03111).headers["J8"].pins.items()
}
"""What each of the 40 pins is, such as ``GPIO17`` or ``GND``: on a Pi 4, and on each since 2014."""
POSITIONS = {
    int(name.removeprefix("GPIO")): number
    for number, name in HEADER.items()
    if name.startswith("GPIO")
}
"""By BCM number: which of the 40."""
