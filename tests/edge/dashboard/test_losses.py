"""Events while the page's server, the broker or the door is lost, each in turn, in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from broker import Broker, running, wait_until
from dashboard_kit import BY_PROXY, Device, Page
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent

LOSSES = int(os.environ.get("FACEDOOR_LOSSES", "3"))
BURST = 30
"""Events that wait when something is lost."""

DOOR = """
import signal, sys
from pathlib import Path
from facedoor.config.options import MqttConfig
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from vaults import DOOR_KEY, VAULT, open_store
journal = lambda: Journal(open_store(Path(sys.argv[1])), VAULT)
MqttBus(MqttConfig("127.0.0.1", int(sys.argv[2])), "front", DOOR_KEY, journal, Board()).start()
signal.pause()
"""
"""A door that publishes its journal, in a process of its own."""


class PublishingDoor:
    def __init__(self, database: Path, broker: Broker) -> None:
        self._command = [sys.executable, "-c", DOOR, str(database), str(broker.port)]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        )

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path) as broker:
        yield broker


@pytest.fixture
def page(tmp_path: Path, kept: Broker) -> Iterator[Page]:
    page = Page(tmp_path / "page", {"host": "127.0.0.1", "port": kept.port})
    page.start()
    yield page
    page.stop()


@pytest.fixture
def front(database: Path, journal: Journal, kept: Broker) -> Iterator[PublishingDoor]:
    """The ``journal`` has made the file."""
    door = PublishingDoor(database, kept)
    yield door
    door.kill()


def heard(page: Page) -> list[int]:
    """What the page has of the events, in the order in which they came."""
    said = Device(page).get("/api/entries?limit=2000", **BY_PROXY).json["entries"]
    return [entry["payload"]["number"] for entry in reversed(said)]


def has_come(page: Page, number: int) -> bool:
    return number in heard(page)


def test_nothing_is_lost_or_doubled_whoever_is_killed(
    journal: Journal, front: PublishingDoor, kept: Broker, page: Page
) -> None:
    for burst in range(LOSSES):
        for number in range(burst * BURST, (burst + 1) * BURST):
            journal.append(OtherEvent.of("system", {"number": number}))
        somewhere = burst * BURST + burst % BURST
        wait_until(partial(has_come, page, somewhere), "some have come")
        if burst % 3 == 0:
            page.kill()
            page.start()
        elif burst % 3 == 1:
            kept.stop()
            kept.start()
        else:
            front.kill()
            front.start()
    wait_until(lambda: len(heard(page)) >= LOSSES * BURST, "all have come")
    assert heard(page) == list(range(LOSSES * BURST))
