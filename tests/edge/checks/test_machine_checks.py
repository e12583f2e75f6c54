from __future__ import annotations

import os
from pathlib import Path

from door_kit import Door
from facedoor.checks.installation import Finding, lines
from facedoor.checks.machine import (
    examine_clock,
    examine_power,
    judge_clock,
    judge_disk,
    judge_power,
)
from facedoor.clock import DoorTime, Evidence
from facedoor.config import file as config_file
from facedoor.config.options import Config, StorageConfig
from machine_kit import Machine

NOON_S = 1_790_000_000.0
FOLDER = Path("/var/lib/facedoor")


def test_clock_that_something_proves_is_fine_and_check_says_what(
    machine: Machine, tmp_path: Path
) -> None:
    settings = Config(storage=StorageConfig(directory=str(tmp_path / "state")))
    (found,) = examine_clock(machine.installation(settings))
    assert not found.ok
    assert "timedatectl set-ntp true" in found.remedy
    assert "sudo facedoor clock trust" in found.remedy
    machine.write("run/systemd/timesync/synchronized", "")
    (found,) = examine_clock(machine.installation(settings))
    assert (found.ok, found.message) == (True, "a time server sets the clock")


def test_check_uses_what_the_running_door_knows(machine: Machine, tmp_path: Path) -> None:
    door = Door(tmp_path, tmp_path)
    door.trust_clock()
    settings = config_file.load(door.config)
    (found,) = examine_clock(machine.installation(settings))
    assert (found.ok, found.message) == (True, "root has said that it is right")


def test_clock_from_before_the_installation_is_a_problem() -> None:
    found = judge_clock(DoorTime(0.0, Evidence.ROOT), NOON_S)
    assert not found.ok
    assert found.message == "it says 1970-01-01, but facedoor was installed on 2026-09-21 or later"


def test_supply_that_was_never_weak_or_cannot_be_asked_is_fine(machine: Machine) -> None:
    (found,) = examine_power(machine.installation(Config()))
    assert found.ok
    assert [finding.ok for finding in judge_power(0)] == [True]


def test_weak_supply_and_heat_are_told(machine: Machine) -> None:
    for bits, says in [
        ("0x1", ["under-voltage", ": now"]),
        ("0x50000", ["under-voltage", "since the last boot", "slowed down"]),
        ("0x4", ["slowed down", ": now"]),
        ("0x80000", ["slowed down", "since the last boot"]),
    ]:
        machine.program("vcgencmd", f"throttled={bits}")
        found = machine.problems("power", Config())
        text = " ".join(finding.message for finding in found)
        assert all(part in text for part in says), bits
        assert all(finding.remedy for finding in found), bits


def test_firmware_that_does_not_answer_is_told(machine: Machine) -> None:
    machine.program("vcgencmd", "VCHI initialization failed", exit_code=1)
    (found,) = machine.problems("power", Config())
    assert "/dev/vcio" in found.message


def disk(free_mb: float, flags: int = 0, files: int = 1000) -> Finding:
    blocks = round(free_mb * 1e6 / 4096)
    values = (4096, 4096, 10**6, blocks, blocks, 10**6, files, files, flags, 255)
    return judge_disk(FOLDER, os.statvfs_result(values))


def test_disk_with_room_is_fine_also_without_a_count_of_files() -> None:
    assert disk(5000).ok
    values = (4096, 4096, 10**6, 10**6, 10**6, 0, 0, 0, 0, 255)
    assert judge_disk(FOLDER, os.statvfs_result(values)).ok


def test_nearly_full_or_read_only_disk_is_a_problem() -> None:
    for found in [disk(99), disk(5000, files=0)]:
        assert not found.ok, found
        assert "full disk keeps the door shut" in found.message, found
        assert "vacuum" in found.remedy, found
    found = disk(5000, flags=os.ST_RDONLY)
    assert not found.ok
    assert "remount,rw" in found.remedy


def test_colours_are_for_terminals() -> None:
    findings = [Finding("disk", ok=True, message="fine"), Finding("camera", False, "gone", "plug")]
    plain = list(lines(findings, coloured=False))
    assert plain == ["ok       disk: fine", "PROBLEM  camera: gone", "         mend it: plug"]
    coloured = "\n".join(lines(findings, coloured=True))
    assert "\x1b[32mok" in coloured
    assert "\x1b[1;31mPROBLEM\x1b[0m" in coloured
