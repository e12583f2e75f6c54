"""A slow broker is not taken for an old one for long; what its ACL forbids never counts as sent."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from broker import Broker, Listener, StartBus, running, wait_until
from facedoor.mqtt import under_way
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from slow_network import SlowNetwork

BUT_EVENTS = "topic read facedoor/#\ntopic write facedoor/+/status\ntopic write facedoor/+/state\n"
ALL = "topic readwrite facedoor/#\n"


class Acl:
    """A broker's rules, and the broker behind a network that delays its first words by 2.5 s."""

    def __init__(self, broker: Broker, rules: Path) -> None:
        self.broker = broker
        self.rules = rules
        self.network = SlowNetwork(broker.port)
        self.network.delay_s = 2.5
        self.config = replace(broker.config, port=self.network.port)

    def become(self, rules: str) -> None:
        self.rules.write_text(rules)
        self.broker.stop()
        self.broker.start()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Acl]:
    """A slow broker that lets everybody say and hear everything."""
    rules = tmp_path / "acl"
    rules.write_text(ALL)
    with running(tmp_path, "allow_anonymous true", f"acl_file {rules}") as broker:
        acl = Acl(broker, rules)
        yield acl
        acl.network.close()


def codes(board: Board) -> set[str]:
    return {problem.code for problem in board.problems}


def append(journal: Journal, *numbers: int) -> None:
    for number in numbers:
        journal.append(OtherEvent.of("system", {"number": number}))


def test_event_that_the_acl_forbids_is_not_delivered_by_3_1_1(
    slow: Acl,
    journal: Journal,
    start_bus: StartBus,
    board: Board,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """mosquitto acknowledges it all the same."""
    monkeypatch.setattr(under_way, "ECHO_S", 1.0)
    slow.become(BUT_EVENTS)
    append(journal, 1)
    start_bus(slow.config)
    wait_until(lambda: codes(board) == {"mqtt_version", "topic_forbidden"}, "it is noticed")
    assert journal.unsent(1)
    slow.network.delay_s = 0.0
    slow.become(ALL)
    wait_until(lambda: not journal.unsent(1), "the event is delivered when it may be")
    wait_until(lambda: not board.problems, "v5 is spoken again, and the problems are over")


def test_event_that_others_hear_and_the_door_does_not_is_not_said_again_and_again(
    slow: Acl,
    journal: Journal,
    start_bus: StartBus,
    board: Board,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(under_way, "ECHO_S", 0.2)
    slow.become("topic write facedoor/#\nuser ear\ntopic read facedoor/#\n")
    append(journal, 1, 2)
    heard: list[bytes] = []
    ear = Client(CallbackAPIVersion.VERSION2)
    ear.username_pw_set("ear")
    ear.on_connect = lambda *_: ear.subscribe("facedoor/front/event", qos=1)
    ear.on_message = lambda _1, _2, message: heard.append(message.payload)
    ear.connect("127.0.0.1", slow.broker.port)
    ear.loop_start()
    bus = start_bus(slow.config)
    wait_until(lambda: "topic_forbidden" in codes(board), "it is noticed")
    for _ in range(20):
        bus.wake()
        time.sleep(0.05)  # ample for a bus that would say it again
    ear.loop_stop()
    assert len(heard) == 1
    assert len(journal.unsent(2)) == 2


def test_event_that_is_permitted_is_delivered_by_3_1_1_once(
    slow: Acl, journal: Journal, start_bus: StartBus, board: Board
) -> None:
    append(journal, *range(20))
    with contextlib.closing(Listener(slow.broker.port)) as ear:
        start_bus(slow.config)
        ear.wait_for("/event", number=19)
        wait_until(lambda: not journal.unsent(1), "all are delivered")
        assert codes(board) == {"mqtt_version"}
        assert "slow" in board.problems[0].sentence
        assert [event["number"] for event in ear.heard_of("/event")] == list(range(20))
