"""The note about the pins, and which levels follow from it. The driving itself: tests/system."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedoor.config.options import DoorConfig
from facedoor.hardware.relay_off import OffLevel, leave_note, off_levels, read_note


def test_off_is_the_level_at_which_the_relay_is_not_energised() -> None:
    assert off_levels(DoorConfig(pin=17)) == (OffLevel(17, high=False),)
    assert off_levels(DoorConfig(pin=4, active_high=False)) == (OffLevel(4, high=True),)


def test_every_output_of_the_door_is_driven_off_the_relay_first() -> None:
    door = DoorConfig(lock="motor", lock_pin=27, led_pin=5, buzzer_pin=6, buzzer_active_high=False)
    assert off_levels(door) == (
        *(OffLevel(17, high=False), OffLevel(27, high=False)),
        *(OffLevel(5, high=False), OffLevel(6, high=True)),
    )


def test_simulated_relay_has_no_pin_to_drive_and_its_note_says_so(tmp_path: Path) -> None:
    assert off_levels(DoorConfig(relay="simulated")) == ()
    environment = {"RUNTIME_DIRECTORY": str(tmp_path)}
    leave_note(DoorConfig(relay="simulated"), environment)
    assert read_note(environment) == ()


def test_note_says_what_was_to_be_driven(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    environment = {"RUNTIME_DIRECTORY": str(tmp_path)}
    assert (read_note(environment), caplog.text) == (None, "")
    leave_note(DoorConfig(pin=4, active_high=False), environment)
    assert read_note(environment) == (OffLevel(4, high=True),)
    assert [path.name for path in tmp_path.iterdir()] == ["relay.json"]


def test_unreadable_note_is_no_note(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for note in ("", "{", "5", "{}", "[]", '{"off": [5]}', '{"off": [{"pin": 4}]}', "\xff"):
        caplog.clear()
        (tmp_path / "relay.json").write_bytes(note.encode("latin-1"))
        assert read_note({"RUNTIME_DIRECTORY": str(tmp_path)}) is None, note
        assert "the configuration is asked instead" in caplog.text, note


def test_note_that_cannot_be_written_does_not_keep_the_door_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leave_note(DoorConfig(), {"RUNTIME_DIRECTORY": str(tmp_path / "nowhere")})
    assert "cannot write" in caplog.text


def test_without_a_runtime_directory_no_note_is_written() -> None:
    leave_note(DoorConfig(), {})
