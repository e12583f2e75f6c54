"""Two services with one name at one broker, and what looks like it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broker import Broker, Listener, StartBus, wait_until
from facedoor.mqtt.claim import PROBATION_S
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from slow_network import SlowNetwork
from vaults import DOOR_KEY, VAULT, open_store


def codes(board: Board) -> list[str]:
    return [problem.code for problem in board.problems]


@pytest.fixture
def other(broker: Broker, database: Path) -> Iterator[tuple[MqttBus, Board]]:
    """Another service with the same name, which is not started yet, and its board."""
    board = Board()
    bus = MqttBus(
        broker.config, "front", DOOR_KEY, lambda: Journal(open_store(database), VAULT), board
    )
    yield bus, board
    bus.stop()


def test_other_service_of_that_name_is_named_and_let_be(
    broker: Broker,
    listener: Listener,
    start_bus: StartBus,
    board: Board,
    other: tuple[MqttBus, Board],
) -> None:
    first = start_bus(broker.config)
    listener.wait_for("/status", status="online")
    second, others_board = other
    second.start()
    wait_until(lambda: codes(board) == ["name_taken"], "the other is noticed")
    assert "[door] name" in board.problems[0].sentence
    assert "facedoor-front" in board.problems[0].sentence
    wait_until(lambda: second.session == 2, "the other is back")
    wait_until(lambda: first.session is None, "it has the name")
    listener.wait_for("/status", status="online")
    time.sleep(PROBATION_S)  # ample for a door that would come back at once
    assert second.session == 2
    assert first.session is None
    assert codes(others_board) in ([], ["name_taken"])


def test_door_goes_on_when_the_other_is_gone(
    broker: Broker,
    listener: Listener,
    start_bus: StartBus,
    board: Board,
    other: tuple[MqttBus, Board],
    journal: Journal,
) -> None:
    bus = start_bus(broker.config)
    listener.wait_for("/status", status="online")
    other[0].start()
    wait_until(lambda: "name_taken" in codes(board), "the other is noticed")
    other[0].stop()
    journal.append(OtherEvent.of("system", {"number": 1}))
    bus.wake()
    listener.wait_for("/event", within_s=90, number=1)
    assert codes(board) == ["name_taken"], "it stays a while"


def test_own_connection_that_the_broker_still_holds_is_no_other_door(
    broker: Broker, listener: Listener, start_bus: StartBus, board: Board
) -> None:
    network = SlowNetwork(broker.port)
    bus = start_bus(replace(broker.config, port=network.port))
    for session in (1, 2, 3):
        wait_until(lambda number=session: bus.session == number, "the door is in")
        assert not board.problems
        network.lose_clients()
        wait_until(lambda: codes(board) == ["broker_unreachable"], "the loss is noticed")
    wait_until(lambda: bus.session == 4, "the door is in again")
    wait_until(lambda: not board.problems, "and all is well")
    assert "already connected, closing old connection" in broker.log
    bus.stop()
    network.close()


def test_own_last_will_is_known_after_many_other_statuses(
    broker: Broker, listener: Listener, start_bus: StartBus, board: Board
) -> None:
    network = SlowNetwork(broker.port)
    bus = start_bus(replace(broker.config, port=network.port))
    wait_until(lambda: bus.session == 1, "the door is in")
    for number in range(100):
        board.report("disk_full", f"{number}")
        listener.wait_for("/status", problems=[f"{number}"])
    board.clear("disk_full")
    listener.wait_for("/status", problems=[])
    network.lose_clients()
    listener.wait_for("/status", status="offline")
    listener.wait_for("/status", status="online", problems=[])
    wait_until(lambda: not board.problems, "nothing is wrong any more")
    bus.stop()
    network.close()
