"""When the door tells what of itself; how the messages look: test_messages, test_homeassistant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from doorway import Clock
from facedoor.config.options import Config, DoorConfig, MqttConfig
from facedoor.mqtt.homeassistant import discovery, discovery_topic
from facedoor.mqtt.reporter import BIRTH_DELAY_S, TELEMETRY_EVERY_S, HealthMeter, Reporter

TELEMETRY = "facedoor/front/telemetry"
IMAGE = "facedoor/front/image"
PEOPLE = "facedoor/front/people"
DISCOVERY = discovery_topic("front")
PICTURE = np.zeros((48, 64, 3), np.uint8)


class Told:
    """A reporter, and everything that it has told."""

    def __init__(self, folder: Path, queue: Callable[[], int] = lambda: 4, **mqtt: Any) -> None:
        self.clock = Clock()
        self.settings = Config(DoorConfig(name="front"), mqtt=MqttConfig(**mqtt))
        self.messages: list[tuple[str, bytes, bool]] = []
        self.visits: list[str | None] = []
        meter = HealthMeter(folder, clock=self.clock)
        self.reporter = Reporter(
            self.settings,
            self._tell,
            lambda: meter.measure(450, {"events": queue()}, ["disk_full"]),
            clock=self.clock,
        )

    def _tell(
        self, topic: str, payload: bytes, retain: bool = True, visit: str | None = None
    ) -> None:
        self.messages.append((topic, payload, retain))
        self.visits.append(visit)

    def after(self, seconds: float) -> list[str]:
        """The topics that are told when the time has passed."""
        self.clock.now_s += seconds
        self.messages.clear()
        self.reporter.tick()
        return [topic for topic, _, _ in self.messages]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_first_tick_describes_the_door_and_its_health(told: Told) -> None:
    assert told.after(0) == [DISCOVERY, TELEMETRY]
    (_, description, kept), (_, _, telemetry_kept) = told.messages
    assert (description, kept) == (discovery(told.settings), True)
    assert not telemetry_kept


def test_health_is_told_from_time_to_time_and_the_description_once(told: Told) -> None:
    told.after(0)
    assert told.after(TELEMETRY_EVERY_S - 1) == []
    assert told.after(1) == [TELEMETRY]
    assert told.after(1) == []


def test_telemetry_has_the_frames_queues_and_problems_of_the_moment(told: Told) -> None:
    told.after(30)
    telemetry = json.loads(told.messages[-1][1])
    assert (telemetry["fps"], telemetry["queues"]) == (15.0, {"events": 4})
    assert telemetry["problems"] == ["disk_full"]


def test_door_describes_itself_again_a_while_after_home_assistant_was_born(told: Told) -> None:
    told.after(0)
    told.reporter.birth(b"online")
    assert told.after(0) == []
    assert told.after(BIRTH_DELAY_S[0] / 2) == []
    assert told.after(BIRTH_DELAY_S[1]) == [DISCOVERY, TELEMETRY]
    assert told.after(1) == []


def test_last_will_of_home_assistant_is_no_birth(told: Told) -> None:
    told.after(0)
    told.reporter.birth(b"offline")
    told.after(0)
    assert told.after(BIRTH_DELAY_S[1]) == []


def test_people_are_counted_and_not_named(told: Told) -> None:
    told.reporter.people_changed(["Ada", "Bob"], roster=7)
    ((topic, payload, retained),) = told.messages
    assert (topic, retained) == (PEOPLE, True)
    assert json.loads(payload)["count"] == 2
    assert b"Ada" not in payload


def test_people_are_named_where_that_is_configured(tmp_path: Path) -> None:
    told = Told(tmp_path, publish_names=True)
    told.reporter.people_changed(["Ada"], roster=7)
    assert json.loads(told.messages[0][1])["names"] == ["Ada"]


def test_no_picture_leaves_the_door_unless_that_is_configured(told: Told) -> None:
    told.after(0)
    told.reporter.decided(PICTURE, None)
    assert told.after(1) == []


def test_newest_picture_is_told_once_and_not_kept_by_the_broker(tmp_path: Path) -> None:
    told = Told(tmp_path, publish_image=True)
    told.after(0)
    told.reporter.decided(PICTURE, "3f9a1c07-1")
    told.reporter.decided(PICTURE, "3f9a1c07-2")
    assert told.after(1) == [IMAGE]
    assert told.visits[-1] == "3f9a1c07-2"
    _, jpeg, retained = told.messages[0]
    assert jpeg.startswith(b"\xff\xd8")
    assert not retained
    assert told.after(1) == []


def test_failing_report_hinders_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> int:
        raise OSError("the disk is gone")

    told = Told(tmp_path, broken, publish_image=True)
    told.reporter.decided(PICTURE, None)
    assert told.after(0) == [DISCOVERY, IMAGE]
    assert "the disk is gone" in caplog.text
