from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from facedoor.config.options import MqttConfig
from facedoor.mqtt.publisher import NOBODY, MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.messages import Handlers
from vaults import VAULT, open_store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "facedoor.db"


@pytest.fixture
def journal(database: Path) -> Iterator[Journal]:
    with closing(open_store(database)) as db:
        yield Journal(db, VAULT)


@pytest.fixture
def board() -> Board:
    """What is wrong with the door ``front``."""
    return Board()


@pytest.fixture
def start_bus(database: Path, board: Board) -> Iterator[Callable[..., MqttBus]]:
    """A function that starts a bus for the door ``front``; it is stopped in the end."""
    started: list[MqttBus] = []

    def open_journal() -> Journal:
        return Journal(open_store(database), VAULT)

    def start(config: MqttConfig, handlers: Handlers = NOBODY) -> MqttBus:
        bus = MqttBus(config, "front", open_journal, board, handlers)
        board.changed = bus.wake
        bus.start()
        started.append(bus)
        return bus

    yield start
    for bus in started:
        bus.stop()
