"""``facedoor relay-off`` after a service that died, on pins that keep their level as a Pi's do."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from broker import wait_until
from door_kit import Answer, Door
from pin_recorder import PinRecord

PIN, OTHER_PIN = 17, 4
LONG_S = 30.0
"""A pulse that does not end by itself within any of these tests."""


@pytest.fixture
def pins(tmp_path: Path) -> PinRecord:
    """The record of the pins, and a runtime directory as systemd makes one."""
    record = PinRecord(tmp_path)
    (tmp_path / "run").mkdir()
    record.environment["RUNTIME_DIRECTORY"] = str(tmp_path / "run")
    return record


def relay_off(door: Door, pins: PinRecord) -> Answer:
    """What systemd does after every end of the service."""
    return door.facedoor("relay-off", "--json", **pins.environment)


@pytest.mark.parametrize(
    ("active_high", "off", "on"), [(True, "low", "high"), (False, "high", "low")]
)
def test_service_that_is_killed_in_a_pulse_leaves_the_relay_on_and_relay_off_drives_it_off(
    door: Door, pins: PinRecord, active_high: bool, off: str, on: str
) -> None:
    door.configure("door", relay="gpio", pin=PIN, active_high=active_high, pulse_s=LONG_S)
    service = door.run(door.walk_up("Jerry"), **pins.environment)
    service.wait_for(relay="on")
    service.stop(signal.SIGKILL)
    assert pins.level(PIN) == on
    state = door.database.read_bytes()
    # Since then somebody has broken the configuration; the note of the service knows better.
    door.configure("door", pin=OTHER_PIN, active_high="perhaps")
    answer = relay_off(door, pins)
    assert (answer.exit_code, answer.json) == (0, {"pins": [PIN]})
    assert pins.of(PIN) == ["output", off, on, "output", off]
    assert pins.of(OTHER_PIN) == []
    assert door.database.read_bytes() == state


def test_relay_that_floats_after_orderly_end_is_driven_off(door: Door, pins: PinRecord) -> None:
    door.configure("door", relay="gpio", pin=PIN, active_high=False)
    service = door.run(door.walk_up(""), **pins.environment)
    wait_until(lambda: pins.level(PIN) == "high", "the relay is driven off")
    service.stop()
    assert pins.level(PIN) == "input"
    assert relay_off(door, pins).exit_code == 0
    assert pins.level(PIN) == "high"


def test_without_a_note_configuration_says_what_to_drive(empty_door: Door, pins: PinRecord) -> None:
    empty_door.configure("door", relay="gpio", pin=OTHER_PIN, active_high=False)
    assert relay_off(empty_door, pins).json == {"pins": [OTHER_PIN]}
    assert pins.of(OTHER_PIN) == ["output", "high"]


def test_simulated_relay_needs_nothing(empty_door: Door, pins: PinRecord) -> None:
    answer = relay_off(empty_door, pins)
    assert (answer.exit_code, answer.json) == (0, {"pins": []})
    assert pins.changes == []


def test_broken_configuration_without_a_note_is_told(empty_door: Door, pins: PinRecord) -> None:
    empty_door.configure("door", pin="seventeen")
    answer = relay_off(empty_door, pins)
    answer.assert_fails(2, "pin is 'seventeen'")


def test_pin_that_cannot_be_driven_does_not_keep_another_from_being_driven(
    empty_door: Door, pins: PinRecord
) -> None:
    note = '{"off": [{"pin": 99, "high": false}, {"pin": 17, "high": true}]}'
    Path(pins.environment["RUNTIME_DIRECTORY"], "relay.json").write_text(note)
    relay_off(empty_door, pins).assert_fails(3, "cannot drive GPIO99")
    assert pins.of(PIN) == ["output", "high"]
