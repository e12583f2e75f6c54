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
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from broker import Broker, Listener, StartBus, running, wait_until
from facedoor.mqtt import under_way
from facedoor.mqtt.version import PATIENCE_S, QUICK_S, RETRY_S, Version, VersionChoice
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from slow_network import SlowNetwork

WELCOME = ReasonCode(PacketTypes.CONNACK, "Success")
UNKNOWN = ReasonCode(PacketTypes.CONNACK, "Unsupported protocol version")
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


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def guessed(clock: Clock) -> VersionChoice:
    """3.1.1, and the broker has let the client in."""
    versions = VersionChoice(clock)
    versions.asked()
    clock.now_s += PATIENCE_S[0] + 0.1
    assert versions.must_change
    versions.change()
    versions.asked()
    clock.now_s += QUICK_S
    versions.answered(WELCOME)
    assert versions.is_guess
    assert not versions.must_change
    return versions


def test_v5_is_tried_again_after_a_while_and_with_each_new_connection() -> None:
    clock = Clock()
    versions = guessed(clock)
    clock.now_s += RETRY_S[0]
    assert versions.must_change
    versions = guessed(clock)
    versions.ended()
    assert versions.must_change
    versions.change()
    assert versions.version is Version.MQTTv5


def test_v5_is_given_more_time_each_time_and_tried_less_often() -> None:
    clock = Clock()
    versions = guessed(clock)
    waits_s, patiences_s = [], []
    for _ in range(8):
        begin_s = clock.now_s
        while not versions.must_change:
            clock.now_s += 0.5
        waits_s.append(clock.now_s - begin_s)
        versions.change()
        versions.asked()
        begin_s = clock.now_s
        while not versions.must_change:
            clock.now_s += 0.5
        patiences_s.append(clock.now_s - begin_s)
        versions.change()
        versions.asked()
        clock.now_s += QUICK_S
        versions.answered(WELCOME)
    assert waits_s[:3] == pytest.approx([60, 120, 240], abs=1)
    assert waits_s[-1] == pytest.approx(RETRY_S[1], abs=1)
    assert patiences_s[:3] == pytest.approx([6, 24, 24], abs=1)


def test_broker_that_says_that_it_does_not_know_v5_is_no_guess() -> None:
    clock = Clock()
    versions = VersionChoice(clock)
    versions.asked()
    versions.answered(UNKNOWN)
    versions.ended()
    assert versions.must_change
    versions.change()
    versions.asked()
    versions.answered(WELCOME)
    clock.now_s += 10 * RETRY_S[1]
    assert not versions.must_change
    assert not versions.is_guess
    versions.ended()
    assert versions.must_change, "it may know v5 by now"


def test_broker_that_answers_3_1_1_at_once_is_not_slow_and_seldom_asked_for_v5() -> None:
    """amqtt is one: it waits for the end of what it takes for a long message."""
    clock = Clock()
    versions = VersionChoice(clock)
    versions.asked()
    clock.now_s += PATIENCE_S[0] + 0.1
    versions.change()
    versions.asked()
    versions.answered(WELCOME)
    assert not versions.is_guess
    clock.now_s += RETRY_S[1] - 1
    assert not versions.must_change
    clock.now_s += 1
    assert versions.must_change


def test_broker_that_has_answered_v5_once_may_be_as_slow_as_it_likes() -> None:
    clock = Clock()
    versions = VersionChoice(clock)
    versions.asked()
    versions.answered(WELCOME)
    versions.ended()
    for _ in range(3):
        versions.asked()
        clock.now_s += 1000
        assert not versions.must_change
        versions.ended()
    assert not versions.must_change
