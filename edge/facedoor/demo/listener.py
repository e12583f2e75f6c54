"""Somebody who listens to the door on a broker of this machine, as a dashboard would."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.mqtt.broker import HOST

START_S = 10.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a dashboard would get it."""

    topic: str
    payload: dict[str, Any]
    retained: bool


def free_port() -> int:
    """A port of the loopback address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def listener(port: int, topic: str, heard: Callable[[Message], None]) -> Iterator[None]:
    """Subscribe to ``topic`` at QoS 1; ``heard`` is called from the client's own thread."""
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(HOST, port)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _1, _2, message: heard(
        Message(message.topic, json.loads(message.payload), message.retain)
    )
    client.loop_start()
    client.subscribe(topic, qos=1)
    subscribed.wait(START_S)
    try:
        yield
    finally:
        client.disconnect()
        client.loop_stop()
