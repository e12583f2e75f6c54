from __future__ import annotations

from pathlib import Path

import pytest

from doorway import Clock
from facedoor.mqtt.reporter import HealthMeter
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent


def thermal_sensors(folder: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        zone = folder / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "temp").write_text(text)
    return folder


def test_rates_are_those_since_the_last_measurement(tmp_path: Path) -> None:
    clock, cpu = Clock(), Clock()
    meter = HealthMeter(tmp_path, clock=clock, cpu_clock=cpu)
    meter.measure(frames=1000, queues={})
    clock.now_s += 30
    cpu.now_s += 45
    health = meter.measure(frames=1300, queues={})
    assert (health.fps, health.cpu_percent) == (10.0, 150.0)


def test_measuring_twice_at_once_is_no_division_by_zero(tmp_path: Path) -> None:
    meter = HealthMeter(tmp_path, clock=Clock(), cpu_clock=Clock())
    assert [meter.measure(frames=0, queues={}).fps for _ in range(2)] == [0.0, 0.0]


def test_temperature_is_that_of_the_hottest_sensor_which_answers_if_any(tmp_path: Path) -> None:
    sensors = thermal_sensors(tmp_path, "48312\n", "61200\n", "")
    assert HealthMeter(tmp_path, thermal=sensors).measure(0, {}).temperature_c == 61.2
    assert HealthMeter(tmp_path, thermal=tmp_path / "none").measure(0, {}).temperature_c is None


def test_age_is_that_of_the_last_frame_that_was_judged(tmp_path: Path) -> None:
    clock = Clock()
    meter = HealthMeter(tmp_path, clock=clock)
    assert meter.measure(0, {}).frame_age_s is None
    meter.judged()
    clock.now_s += 7.25
    assert meter.measure(1, {}).frame_age_s == 7.2


def test_events_that_wait_are_those_the_broker_has_not_acknowledged(journal: Journal) -> None:
    entries = [journal.append(OtherEvent.of("system", {})) for _ in range(3)]
    assert journal.waiting() == 3
    journal.mark_sent(entries[1])
    assert journal.waiting() == 1


@pytest.mark.parametrize("place", ["soc/soc:firmware", "soc@107c000000/soc@107c000000:firmware"])
def test_firmware_says_what_slows_the_machine_down(tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    for text, words in [
        ("0\n", ()),
        ("50005\n", ("under_voltage", "throttled")),
        ("c0004\n", ("throttled", "soft_temperature_limit_since_boot")),
        ("nonsense", None),
    ]:
        (folder / "get_throttled").write_text(text)
        assert HealthMeter(tmp_path, firmware=tmp_path).measure(0, {}).throttled == words, text
    assert HealthMeter(tmp_path, firmware=tmp_path / "x").measure(0, {}).throttled is None


def test_memory_and_disk_of_this_process_are_plausible(tmp_path: Path) -> None:
    health = HealthMeter(tmp_path).measure(0, {})
    assert 5 < health.memory_mb < 10_000
    assert health.disk_free_mb > 0


def test_state_directory_that_is_gone_is_no_error(tmp_path: Path) -> None:
    health = HealthMeter(tmp_path / "gone").measure(0, {"events": 3})
    assert health.disk_free_mb is None
    assert health.queues == {"events": 3}
