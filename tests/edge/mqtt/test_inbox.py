"""What the door hears and answers, over a real broker."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker import DEADLINE_S, Broker, Listener, StartBus, wait_until
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.door_key import verified
from facedoor.wire.events import OtherEvent
from facedoor.wire.messages import Received
from facedoor.wire.topics import Topics
from vaults import DOOR_KEY

TOPICS = Topics("front")
DONE = b'{"outcome": "done"}'
V5 = MQTTProtocolVersion.MQTTv5
Inbox = queue.Queue[Received]


class Sender:
    """Somebody who sends commands and waits for results, over either version of MQTT."""

    def __init__(self, broker: Broker, version: MQTTProtocolVersion) -> None:
        self.results: queue.SimpleQueue[MQTTMessage] = queue.SimpleQueue()
        subscribed: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=version)
        self._client.on_subscribe = lambda *_: subscribed.put(None)
        self._client.on_message = lambda _1, _2, message: self.results.put(message)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        self._client.subscribe(TOPICS.result("+"), qos=1)
        subscribed.get(timeout=DEADLINE_S)

    def send(self, payload: bytes, retain: bool = False, **properties: Any) -> None:
        """Publish a command, and wait until the broker has it."""
        given = Properties(PacketTypes.PUBLISH)
        for name, value in properties.items():
            setattr(given, name, value)
        sent = self._client.publish(
            TOPICS.command, payload, 1, retain, given if properties else None
        )
        sent.wait_for_publish(DEADLINE_S)

    def result(self) -> MQTTMessage:
        return self.results.get(timeout=DEADLINE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(params=[V5, MQTTProtocolVersion.MQTTv311])
def sender(broker: Broker, listener: Listener, request: pytest.FixtureRequest) -> Iterator[Sender]:
    sender = Sender(broker, request.param)
    yield sender
    sender.close()


@pytest.fixture
def inbox() -> Inbox:
    return queue.Queue(100)


@pytest.fixture
def bus(broker: Broker, listener: Listener, inbox: Inbox, start_bus: StartBus) -> MqttBus:
    """A bus that is connected and puts commands into the inbox."""
    bus = start_bus(broker.config, handlers={TOPICS.command: inbox.put_nowait})
    listener.wait_for("/state")
    return bus


def test_command_reaches_its_handler(bus: MqttBus, sender: Sender, inbox: Inbox) -> None:
    sender.send(b"\x00\xff")
    assert inbox.get(timeout=DEADLINE_S) == Received(TOPICS.command, b"\x00\xff", retained=False)


def test_command_brings_its_properties_along(bus: MqttBus, broker: Broker, inbox: Inbox) -> None:
    with closing(Sender(broker, V5)) as sender:
        sender.send(b"ping", ResponseTopic=TOPICS.result("17"), CorrelationData=b"\x01")
    command = inbox.get(timeout=DEADLINE_S)
    assert (command.response_topic, command.correlation) == (TOPICS.result("17"), b"\x01")


def test_command_that_is_to_be_retained_is_known_for_one_at_once_and_later(
    bus: MqttBus, sender: Sender, broker: Broker, inbox: Inbox
) -> None:
    sender.send(b"unlock", retain=True)
    assert inbox.get(timeout=DEADLINE_S).retained
    broker.stop()
    broker.start()
    assert inbox.get(timeout=DEADLINE_S).retained


def test_subscription_is_made_again_after_the_broker_was_away(
    bus: MqttBus, broker: Broker, inbox: Inbox, board: Board
) -> None:
    broker.stop()
    wait_until(lambda: board.problems, "the broker is missed")
    broker.start()
    wait_until(lambda: not board.problems, "the broker is back")
    with closing(Sender(broker, V5)) as sender:
        sender.send(b"ping")
        assert inbox.get(timeout=DEADLINE_S).payload == b"ping"


def test_command_that_was_sent_while_the_door_was_away_is_not_kept_for_it(
    sender: Sender,
    broker: Broker,
    listener: Listener,
    inbox: Inbox,
    start_bus: StartBus,
) -> None:
    # Its own inbox: its last words may be out before its connection has ended.
    before = start_bus(broker.config, handlers={TOPICS.command: Inbox().put_nowait})
    listener.wait_for("/status", status="online")
    before.stop()
    listener.wait_for("/status", status="offline")
    sender.send(b"late")
    start_bus(broker.config, handlers={TOPICS.command: inbox.put_nowait})
    listener.wait_for("/status", status="online")
    sender.send(b"now")
    assert inbox.get(timeout=DEADLINE_S).payload == b"now"


def test_handler_that_fails_does_not_end_the_link(
    broker: Broker,
    listener: Listener,
    sender: Sender,
    inbox: Inbox,
    start_bus: StartBus,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail_once(command: Received) -> None:
        inbox.put_nowait(command)
        if command.payload == b"1":
            raise RuntimeError

    start_bus(broker.config, handlers={TOPICS.command: fail_once})
    listener.wait_for("/state")
    for payload in (b"1", b"2"):
        sender.send(payload)
        assert inbox.get(timeout=DEADLINE_S).payload == payload
    assert "could not be taken" in caplog.text


def test_result_has_correlation_expiry_and_user_properties(bus: MqttBus, broker: Broker) -> None:
    with closing(Sender(broker, V5)) as sender:
        bus.reply(TOPICS.result("17"), DONE, correlation=b"\x01", expiry_s=30.0)
        result = sender.result()
    assert (result.topic, result.retain) == (TOPICS.result("17"), False)
    assert verified("result", result.payload, DOOR_KEY.identity) == DONE
    properties = result.properties
    assert properties.CorrelationData == b"\x01"
    assert 0 < properties.MessageExpiryInterval <= 30
    assert properties.UserProperty == [("v", "1"), ("door", "front")]


def test_picture_names_its_visit_in_a_user_property(bus: MqttBus, broker: Broker) -> None:
    with closing(Sender(broker, V5)) as sender:
        bus.tell(
            TOPICS.result("picture"), b'{"says": "a picture"}', retain=False, visit="3f9a1c07-2"
        )
        picture = sender.result()
    assert b"a picture" in picture.payload
    properties = picture.properties
    assert properties.UserProperty == [("v", "1"), ("door", "front"), ("visit", "3f9a1c07-2")]


def test_results_arrive_in_order_over_either_version(bus: MqttBus, sender: Sender) -> None:
    for number in range(20):
        said = json.dumps({"number": number}).encode()
        bus.reply(TOPICS.result("17"), said, correlation=None, expiry_s=None)
    told = [json.loads(sender.result().payload)["number"] for _ in range(20)]
    assert told == list(range(20))


def test_result_overtakes_events(
    bus: MqttBus, listener: Listener, journal: Journal, broker: Broker
) -> None:
    for number in range(200):
        journal.append(OtherEvent.of("system", {"number": number}))
    bus.wake()
    listener.wait_for("/event", number=10)
    bus.reply(TOPICS.result("17"), DONE, correlation=None, expiry_s=None)
    listener.wait_for("/result/17", outcome="done")
    assert len(listener.events()) < 200


def test_newest_value_is_retained_and_told_again_to_a_broker_that_forgot_it(
    bus: MqttBus, broker: Broker, listener: Listener, tmp_path: Path
) -> None:
    for count in range(3):
        bus.tell(TOPICS.people, b'{"count": %d}' % count)
    listener.wait_for("/people", count=2)
    broker.stop()
    (tmp_path / "broker" / "mosquitto.db").unlink()
    broker.start()
    with closing(Listener(broker.port, client_id="late")) as late:
        assert late.wait_for("/people", count=2)


def test_unretained_value_is_sent_once(bus: MqttBus, broker: Broker, listener: Listener) -> None:
    bus.tell(TOPICS.telemetry, b'{"fps": 15.0}', retain=False)
    listener.wait_for("/telemetry", fps=15.0)
    bus.tell(TOPICS.people, b'{"count": 1}')
    with closing(Listener(broker.port, client_id="late")) as late:
        late.wait_for("/people", count=1)
        assert not late.heard_of("/telemetry")
