"""Events while the page's server, the broker or the door is lost, each in turn, in the middle."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from broker import Broker, running, wait_until
from crowd import Crowd, signed_in
from dashboard_kit import BY_PROXY, Device, Page
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from facedoor.wire.roles import Role
from faults.disks import fill, small_disk, why_not

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


def test_what_cannot_be_written_comes_again_and_answers_do_not_wait_for_it(
    kept: Broker, page: Page
) -> None:
    """The disk of the dashboard takes nothing for a while, and then the process is killed."""
    crowd = Crowd(kept.config, "front")
    door, device = crowd["front"], signed_in(page, crowd, Role.OPERATOR)
    stream = device.stream()
    with contextlib.closing(sqlite3.connect(page.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        visits = [door.visit("Ada") for _ in range(3)]
        token = device.token(door.identity, "unlock")
        assert device.post("/api/commands", {"door": "front", "token": token}).status == 202
        stream.wait_for("result")
        assert stream.wait_for("store").data == "failed"
        assert device.get("/api/state").json["store"] == "failed"
        assert device.get("/api/visits").json["visits"] == []
        page.kill()
    page.start()
    wait_until(lambda: len(known(page)) == 3, "the visits have come again")
    assert sorted(known(page)) == sorted(visits)
    crowd.close()


def test_full_disk_is_told_on_the_page_and_what_waited_comes_when_there_is_room(
    tmp_path: Path, kept: Broker
) -> None:
    if reason := why_not(small_disk, tmp_path / "try"):
        pytest.skip(reason)
    crowd = Crowd(kept.config, "front")
    page = Page(tmp_path / "full", {"host": "127.0.0.1", "port": kept.port})
    with small_disk(page.store.parent), contextlib.ExitStack() as ending:
        ending.callback(crowd.close)
        ending.callback(page.stop)
        page.start()
        device = signed_in(page, crowd, Role.VIEWER)
        stream = device.stream()
        filler = fill(page.store.parent)
        visit = crowd["front"].visit("Ada")
        assert stream.wait_for("store").data == "full"
        assert device.get("/api/state").json["store"] == "full"
        filler.unlink()
        stream.wait_for("visit", id=visit)
        assert stream.wait_for("store").data is None


def known(page: Page) -> list[str]:
    said = Device(page).get("/api/visits", **BY_PROXY).json["visits"]
    return [visit["id"] for visit in said]
