"""The service in a process of its own, under a wall clock that is wrong, and set while it runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from broker import Broker, Listener
from door_kit import Answer, Door
from shifted_clock import ShiftedClock

TO_1970_S = 60.0 - time.time()
TWO_YEARS_S = 730 * 86_400.0
NOT_ON_HOLIDAYS = """time_zone = "UTC"
holidays = ["2040-01-01"]
default_group = "family"
[schedules.nearly_always]
mon-sun = ["00:00-24:00"]
[groups.family]
[groups.staff]
schedule = "nearly_always"
"""


@pytest.fixture
def clock(door: Door, tmp_path: Path) -> ShiftedClock:
    """That of the door, behind which Jerry may come in at nearly every time, Mindy at every one."""
    (door.folder / "rules.toml").write_text(NOT_ON_HOLIDAYS)
    assert door.ask("rules", "set", door.folder / "rules.toml").exit_code == 0
    assert door.ask("people", "allow", "Jerry", "--group", "staff").exit_code == 0
    clock = ShiftedClock(tmp_path)
    door.program = clock.program
    return clock


@pytest.fixture
def key(door: Door, tmp_path: Path) -> Path:
    path = tmp_path / "phone.pem"
    assert door.ask("keys", "make", "phone", "--role", "viewer", "--output", path).exit_code == 0
    return path


def told(listener: Listener, *codes: str) -> None:
    """Wait for a status with these problems, beside that liveness is off at doors of tests."""
    said = {"liveness_off", *codes}
    while {p["code"] for p in listener.wait_for("/status").content["problem_details"]} != said:
        pass


def ping(door: Door, key: Path) -> str:
    """What becomes of a command by somebody whose clock is right."""
    answer: dict[str, Any] = door.ask("send", "ping", "--key", key, "--json").json
    return str(answer["reason"] or answer["outcome"])


def explained(door: Door) -> Answer:
    return door.facedoor("rules", "explain", "Jerry")


def test_the_door_knows_what_it_does_not_know_and_goes_on_by_itself(
    door: Door, clock: ShiftedClock, key: Path, broker: Broker, listener: Listener
) -> None:
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    clock.is_set(TO_1970_S)
    running = door.run(door.walk_up("Jerry", "Mindy", stay_s=1.2))
    told(listener, "clock_not_set")
    refused = running.wait_for(person="Jerry")
    assert (refused["decision"], refused["reason"]) == ("refused", "clock_not_set")
    assert "schedule nearly_always, and the clock shows a day before" in refused["rule"]
    running.wait_for(person="Mindy", decision="granted")
    assert ping(door, key) == "clock_not_set"
    why = explained(door)
    assert (why.exit_code, "does not know what time it is" in why.out) == (1, True)

    clock.is_set(0, by_time_server=True)
    told(listener)
    running.wait_for(person="Jerry", decision="granted")
    assert ping(door, key) == "done"
    assert explained(door).exit_code == 0

    clock.is_set(TWO_YEARS_S)
    told(listener, "clock_not_set")
    assert running.wait_for(person="Jerry")["reason"] == "clock_not_set"
    assert ping(door, key) == "clock_not_set"

    clock.is_set(0)
    told(listener)
    running.wait_for(person="Jerry", decision="granted")
    assert ping(door, key) == "done"
    assert running.stop().exit_code == 0
    assert door.ask("journal", "verify").exit_code == 0


def test_one_start_two_years_ahead_by_a_time_server_erases_nothing(
    door: Door, clock: ShiftedClock
) -> None:
    before = door.ask("journal", "verify", "--json").json
    clock.is_set(TWO_YEARS_S, by_time_server=True)
    ran = door.facedoor("run", "--once", "--json", "--camera", door.walk_up("Mindy"))
    assert [decision["decision"] for decision in ran.decisions] == ["granted"]
    after = door.ask("journal", "verify", "--json").json
    assert (after["intact"], after["removed"]) == (True, 0)
    assert after["entries"] > before["entries"]
    clock.is_set(0, by_time_server=True)
    assert door.facedoor("clock").exit_code == 0
