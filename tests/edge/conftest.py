from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broker import StartBus, wait_until
from facedoor.config.options import MqttConfig
from facedoor.identity.gallery import Gallery
from facedoor.mqtt.publisher import NOBODY, MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from facedoor.wire.messages import Handlers
from vaults import DOOR_KEY, VAULT, open_store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "facedoor.db"


@pytest.fixture
def db(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_store(database)) as db:
        yield db


@pytest.fixture
def journal(db: sqlite3.Connection) -> Journal:
    return Journal(db, VAULT)


@pytest.fixture
def gallery(db: sqlite3.Connection) -> Gallery:
    return Gallery(db, VAULT)


@pytest.fixture
def board() -> Board:
    """What is wrong with the door ``front``."""
    return Board()


@pytest.fixture
def start_bus(database: Path, board: Board) -> Iterator[StartBus]:
    """A function that starts a bus for the door ``front``; it is stopped in the end."""
    started: list[MqttBus] = []

    def open_journal() -> Journal:
        return Journal(open_store(database), VAULT)

    def start(config: MqttConfig, handlers: Handlers = NOBODY) -> MqttBus:
        bus = MqttBus(config, "front", DOOR_KEY, open_journal, board, handlers)
        board.changed = bus.wake
        bus.start()
        started.append(bus)
        return bus

    yield start
    for bus in started:
        bus.stop()


@pytest.fixture
def delivers(journal: Journal, start_bus: StartBus) -> Callable[[MqttConfig], None]:
    """A function that returns once a bus of this configuration has delivered an event."""

    def deliver(config: MqttConfig) -> None:
        journal.append(OtherEvent.of("system", {}))
        start_bus(config)
        wait_until(lambda: not journal.unsent(1), "the event is acknowledged")

    return deliver
