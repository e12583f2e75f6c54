from __future__ import annotations

from pathlib import Path

from facedoor.config.options import Config, DoorConfig, pins_of
from facedoor.door.table import BEGIN, tables, written_into

PAGE = Path(__file__).parents[3] / "docs" / "door.md"


def test_tables_in_the_documentation_are_those_of_the_machine() -> None:
    text = PAGE.read_text()
    assert all(BEGIN.format(name) in text for name in tables())
    assert text == written_into(text), "run: python -m facedoor.door.table docs/door.md"


def test_every_pin_is_explained() -> None:
    config = DoorConfig(
        lock_pin=1,
        bolt_pin=2,
        contact_pin=3,
        exit_pin=4,
        tamper_pin=5,
        bell_pin=6,
        led_pin=7,
        buzzer_pin=8,
    )
    text = PAGE.read_text()
    assert all(f"`{option.split()[1]}`" in text for option in pins_of(Config(door=config)))
