"""The broker's rules in docs/home-assistant.md, against a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from broker import Broker, passwords, running, wait_until
from facedoor.mqtt.homeassistant import BIRTH_TOPIC, discovery_topic
from facedoor.wire.topics import Topics

PAGE = Path(__file__).parents[3] / "docs" / "home-assistant.md"
DOOR, HOME, DASHBOARD = USERS = ("door-front", "home-assistant", "dashboard")
TOPICS = Topics("front")
RELEASE = TOPICS.home_assistant_set("release")


@pytest.fixture
def guarded_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker with the rules of the page, and one more for the dashboard that it speaks of."""
    _, _, rest = PAGE.read_text().partition("```\n")
    rules, _, _ = rest.partition("```")
    (tmp_path / "rules").write_text(f"{rules}\nuser dashboard\ntopic read facedoor/#\n")
    users = {user: f"{user}!" for user in USERS}
    rules_file = f"acl_file {tmp_path / 'rules'}"
    with running(tmp_path, *passwords(tmp_path, users), rules_file) as broker:
        yield broker


def may_publish(broker: Broker, user: str, topic: str) -> bool:
    """What the broker answers to a message of ``user``; only MQTT v5 tells."""
    answers: list[bool] = []

    def on_publish(_1: object, _2: object, _3: object, reason: ReasonCode, _5: object) -> None:
        answers.append(not reason.is_failure)

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(user, f"{user}!")
    client.on_publish = on_publish
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    client.publish(topic, b"PRESS", qos=1)
    wait_until(lambda: answers, "the broker answers")
    client.disconnect()
    client.loop_stop()
    return answers[0]


def test_only_home_assistant_may_press_and_it_may_not_play_the_door(guarded_broker: Broker) -> None:
    assert may_publish(guarded_broker, HOME, RELEASE)
    assert not may_publish(guarded_broker, DASHBOARD, RELEASE)
    for topic in (TOPICS.event, TOPICS.state, TOPICS.status):
        assert not may_publish(guarded_broker, HOME, topic)


def test_door_may_describe_itself_and_nobody_else(guarded_broker: Broker) -> None:
    assert may_publish(guarded_broker, DOOR, discovery_topic("front"))
    assert not may_publish(guarded_broker, DOOR, discovery_topic("back"))
    assert not may_publish(guarded_broker, DOOR, BIRTH_TOPIC)
    assert not may_publish(guarded_broker, DASHBOARD, discovery_topic("front"))
