"""The link to the broker: it restores itself, and has one message on its way at a time.

The next message goes out when the broker has acknowledged the last. So a lost connection can repeat
a message, but it can neither lose one nor swap two.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from facedoor.bus.client import build_client
from facedoor.times import utc_now

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from facedoor.bus.topics import Topics
    from facedoor.config import MqttConfig

KEEPALIVE_S = 30
"""A connection that has died unnoticed is found out after one to two times this."""

FAREWELL_S = 0.4
"""How long to wait for the broker to take the last message."""

log = logging.getLogger(__name__)


class LinkClosedError(Exception):
    """The link was interrupted while a message waited for its acknowledgement."""


class Link:
    """Sends messages with QoS 1. Belongs to one thread, save for :meth:`interrupt`."""

    def __init__(
        self, config: MqttConfig, topics: Topics, on_connected: Callable[[], None]
    ) -> None:
        """Prepare the client; ``on_connected`` is called from paho's thread and must not block.

        Raises :class:`BusError` for settings that cannot work.
        """
        self.problem: str | None = None
        """Why there is no connection, in a sentence; ``None`` while all is well."""
        self.session = 0
        """Counts the connections: in a new one the broker may have forgotten what was retained."""
        self._broker = f"{config.host}:{config.port}"
        self._on_connected = on_connected
        self._connected = threading.Event()
        self._interrupted = threading.Event()
        self._acknowledged: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._refused = False
        self._lost_since: str | None = None
        self._client = build_client(config, topics)
        self._client.on_connect = self._connection_was_answered
        self._client.on_connect_fail = lambda *_: self._connection_failed()
        self._client.on_disconnect = lambda *_: self._connection_was_lost()
        self._client.on_publish = lambda _1, _2, number, *_: self._acknowledged.put(number)
        self._client.connect_async(config.host, config.port, KEEPALIVE_S)

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    def start(self) -> None:
        """Start to connect, and to go on trying, in the background."""
        self._client.loop_start()

    def send(self, topic: str, message: bytes, retain: bool = False) -> None:
        """Send, and wait for the acknowledgement however often the connection is lost meanwhile.

        Raises :class:`LinkClosedError` when :meth:`interrupt` is called before that.
        """
        number = self._client.publish(topic, message, qos=1, retain=retain).mid
        while self._acknowledged.get() != number:
            if self._interrupted.is_set():
                raise LinkClosedError

    def interrupt(self) -> None:
        """End the waiting in :meth:`send`, now and in future."""
        self._interrupted.set()
        self._acknowledged.put(None)

    def disconnect(self, farewell: dict[str, bytes]) -> None:
        """If there is a connection, retain the last words, by topic, and end it in good order."""
        if self.is_connected:
            for topic, message in farewell.items():
                last = self._client.publish(topic, message, qos=1, retain=True)
            with suppress(RuntimeError, ValueError):  # the connection was lost just now
                last.wait_for_publish(FAREWELL_S)
        self._client.disconnect()

    def close(self) -> None:
        """End paho's thread; an attempt to connect that is under way is waited for."""
        self._client.loop_stop()

    # What follows is called from paho's thread.

    def _connection_was_answered(
        self,
        _client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._refused = reason.is_failure
        if self._refused:
            self._report(
                f"the broker {self._broker} refuses the door ({reason}): "
                "check [mqtt] username and password_file"
            )
            return
        if self.problem:
            log.warning("connected to the broker %s again", self._broker)
        self.problem = self._lost_since = None
        self.session += 1
        self._connected.set()
        self._on_connected()

    def _connection_failed(self) -> None:
        self._refused = False
        # paho calls this while it handles the exception, and does not pass it on.
        self._report_lost(sys.exc_info()[1])

    def _connection_was_lost(self) -> None:
        self._connected.clear()
        if not (self._refused or self._interrupted.is_set()):
            self._report_lost("the connection was closed")

    def _report_lost(self, why: object) -> None:
        self._lost_since = self._lost_since or utc_now()
        self._report(
            f"the broker {self._broker} is unreachable since {self._lost_since} ({why}): events "
            "wait in the journal"
        )

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem
