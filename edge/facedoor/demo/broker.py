"""A real MQTT broker in this process, and somebody who listens to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from amqtt.broker import Broker
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

HOST = "127.0.0.1"
START_S = 10.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a dashboard would get it."""

    topic: str
    payload: dict[str, Any]
    retained: bool


@contextlib.contextmanager
def embedded_broker() -> Iterator[int]:
    """Run a broker on a free port of this machine's loopback address; yields the port."""
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    outcome: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}},
            }
        )
        try:
            await broker.start()
        except Exception as error:
            outcome.put(error)
            return
        outcome.put(None)
        await stop.wait()
        await broker.shutdown()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    error = outcome.get(timeout=START_S)
    if error is not None:
        raise error
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_S)


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
