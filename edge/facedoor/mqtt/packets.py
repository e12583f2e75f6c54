"""What MQTT v5 says beside topic and payload, in both directions."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from facedoor.wire.inbox import Received
from facedoor.wire.messages import SCHEMA

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

    from facedoor.mqtt.outgoing import Outgoing


def publish_properties(message: Outgoing, door: str, now_s: float) -> Properties:
    """Those of ``message``; it expires at the broker too, after the time that is left."""
    properties = _of_publish()
    properties.UserProperty = [("v", str(SCHEMA)), ("door", door)]
    if message.ends_s is not None:
        properties.MessageExpiryInterval = max(1, math.ceil(message.ends_s - now_s))
    if message.correlation is not None:
        properties.CorrelationData = message.correlation
    return properties


def command_properties(response_topic: str, correlation: bytes, expiry_s: float) -> Properties:
    """Those of a command to a door: where its result is wanted, and until when it is of use."""
    properties = _of_publish()
    properties.ResponseTopic = response_topic
    properties.CorrelationData = correlation
    properties.MessageExpiryInterval = math.ceil(expiry_s)
    return properties


def received(message: MQTTMessage) -> Received:
    """What came; a response topic to which nothing can be sent counts as none."""
    response_topic = getattr(message.properties, "ResponseTopic", None)
    if response_topic is not None and not re.fullmatch(r"[^+#\x00]{1,200}", response_topic):
        response_topic = None
    correlation = getattr(message.properties, "CorrelationData", None)
    payload = bytes(message.payload)
    return Received(message.topic, payload, message.retain, response_topic, correlation)


def _of_publish() -> Properties:
    return Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho has none
