"""What the dashboard knows of a door now: by its newest words, whoever repeats older ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from facedoor.dashboard.doors import POINT_S, Door
from facedoor.problems import Problem, Severity
from facedoor.times import utc_text
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Message, People, Status, Telemetry
from facedoor.wire.mode import DoorName, DoorStatus, Mode

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LOCKED = DoorStatus(utc_text(NOW), True, False, DoorName.LOCKED, tampered=False)
FARES = Telemetry(12.0, 40.0, 180.0, 51.0, 9000.0, {})
ONLINE = Status("online", "0.1.0")


@pytest.fixture
def door() -> Door:
    return Door("front", DoorKey.new().identity)


def hear(door: Door, content: Any, age_s: float = 0, at_s: float = 0, live: bool = False) -> None:
    """The door said something ``age_s`` before it is heard, ``at_s`` from now."""
    now = NOW + timedelta(seconds=at_s)
    message = Message("front", "id", utc_text(now - timedelta(seconds=age_s)), content)
    door.hear(message, now.timestamp(), is_live=live)


def test_old_state_that_somebody_says_again_changes_nothing(door: Door) -> None:
    hear(door, replace(LOCKED, mode=Mode.LOCKDOWN))
    hear(door, LOCKED, age_s=3600)
    assert door.as_json()["state"]["mode"] == "lockdown"
    hear(door, LOCKED, at_s=5)
    assert door.as_json()["state"]["mode"] == "normal"


def test_door_whose_clock_was_set_back_is_still_heard(door: Door) -> None:
    hear(door, replace(LOCKED, mode=Mode.LOCKDOWN), age_s=-86_400)
    hear(door, LOCKED)
    assert door.as_json()["state"]["mode"] == "normal"


def test_last_will_says_that_a_door_is_away_and_its_next_word_that_it_is_back(door: Door) -> None:
    hear(door, ONLINE, live=True)
    hear(door, Status("offline", "0.1.0"), age_s=600, at_s=60, live=True)
    said = door.as_json()
    assert (said["online"], said["since"]) == (False, utc_text(NOW + timedelta(seconds=60)))
    assert door.needs() == [{"kind": "offline", "door": "front", "since": said["since"]}]
    hear(door, FARES, at_s=90, live=True)
    assert door.as_json()["online"]
    assert door.needs() == []


def test_kept_will_does_not_say_that_a_door_was_away_since_it_connected(door: Door) -> None:
    hear(door, LOCKED, age_s=60)
    hear(door, Status("offline", "0.1.0"), age_s=3600)
    assert door.as_json()["since"] == utc_text(NOW - timedelta(seconds=60))


def test_problems_are_what_somebody_should_see_to(door: Door) -> None:
    hot = Problem("hot", Severity.WARNING, "82 degrees", utc_text(NOW), figures={"degrees": 82})
    hear(door, replace(ONLINE, problems=("82 degrees",), problem_details=(hot,)))
    (need,) = door.needs()
    assert (need["kind"], need["code"], need["severity"]) == ("problem", "hot", "warning")
    assert need["figures"] == {"degrees": 82}


def test_names_of_people_are_not_kept(door: Door) -> None:
    hear(door, People(2, 7, ("Ada", "Bob")))
    said = door.as_json()
    assert said["people"] == 2
    assert "Ada" not in str(said)


def test_clock_of_the_door_is_known_by_what_it_said_just_now(door: Door) -> None:
    hear(door, FARES, age_s=-60, live=True)
    assert door.as_json()["clock_offset_s"] == 60


def test_so_often_there_is_a_point_to_plot_and_none_without_telemetry(door: Door) -> None:
    at_s = NOW.timestamp()
    assert door.point(at_s) is None
    hear(door, FARES, live=True)
    assert door.point(at_s) == [12.0, 40.0, 180.0, 51.0, 9000.0]
    assert door.point(at_s + 1) is None
    assert door.point(at_s + POINT_S) is not None
