"""The link to the broker: it restores itself, and has one message on its way at a time.

The next message goes out when the broker has acknowledged the last. So a lost connection can repeat
a message, but it can neither lose one nor swap two.

It speaks MQTT v5, and 3.1.1 with a broker that does not know v5.
"""

from __future__ import annotations

import logging
import queue
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from paho.mqtt.client import (
    Client,
    DisconnectFlags,
    MQTTMessage,
    MQTTMessageInfo,
    topic_matches_sub,
)
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from facedoor.config.options import MqttConfig
from facedoor.mqtt.client import (
    Clients,
    Outgoing,
    Version,
    VersionChoice,
    publish_properties,
    received,
)
from facedoor.problems import Board
from facedoor.wire.messages import Handlers
from facedoor.wire.topics import Topics

KEEPALIVE_S = 30
"""A connection that has died unnoticed is found out after one to two times this."""

FAREWELL_S = 0.4
"""How long to wait for the broker to take the last message."""

log = logging.getLogger(__name__)


class LinkClosedError(Exception):
    """The link was interrupted while a message waited for its acknowledgement."""


class Link:
    """Sends and hears messages with QoS 1. Belongs to one thread, save for :meth:`interrupt`.

    Each session is a clean one: what was said to the door while it was away is not kept for it. A
    command is for now; one that would come late had better fail where it was given. What has to
    last is retained.
    """

    def __init__(
        self,
        config: MqttConfig,
        topics: Topics,
        handlers: Handlers,
        board: Board,
        wake: Callable[[], None],
        last_will: Callable[[], bytes],
    ) -> None:
        """Prepare the client.

        ``last_will`` makes the status that the broker tells of a door that is lost.
        Why there is no connection, and what the broker forbids, goes to the ``board``. ``wake`` is
        called when there is a connection, or something to :meth:`mend`. It and the handlers are
        called from paho's thread and must not block.
        Raises :class:`BusError` for settings that cannot work.
        """
        self.session = 0
        """Counts the connections: in a new one the broker may have forgotten what was retained."""
        self._config = config
        self._door = topics.door
        self._broker = f"{config.host}:{config.port}"
        self._handlers = handlers
        self._wake = wake
        self._last_will = last_will
        self._problems = ConnectionProblems(board, self._broker)
        self._connected = threading.Event()
        self._interrupted = threading.Event()
        self._acks: queue.SimpleQueue[tuple[int, ReasonCode] | None] = queue.SimpleQueue()
        self._versions = VersionChoice()
        self._clients = Clients(config, topics)
        self._client = self._new_client()

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    def start(self) -> None:
        """Start to connect, and to go on trying, in the background."""
        self._client.loop_start()

    def mend(self) -> None:
        """Go on with MQTT 3.1.1 if the broker does not know v5. To be called now and then."""
        if self._versions.must_change:
            self._versions.change()
            self._client.disconnect()
            self._client.loop_stop()
            log.info("the broker %s does not know MQTT v5: going on with 3.1.1", self._broker)
            self._client = self._new_client()
            self._client.loop_start()

    def send(self, message: Outgoing) -> bool:
        """Send, and wait for the acknowledgement however often the connection is lost meanwhile.

        False if the broker refuses the message, which only MQTT v5 can tell. Raises
        :class:`LinkClosedError` when :meth:`interrupt` is called before that.
        """
        number = self._publish(message, qos=1).mid
        while True:
            ack = self._acks.get()
            if self._interrupted.is_set():
                raise LinkClosedError
            if self._versions.must_change:
                self.mend()
                number = self._publish(message, qos=1).mid
            elif ack is not None and ack[0] == number:
                return self._problems.judge(message.topic, ack[1], "publish on")

    def send_once(self, message: Outgoing) -> None:
        """Send with QoS 0: if the connection is lost just now, so is the message."""
        self._publish(message, qos=0)

    def settled(self) -> None:
        """Nothing waits to be sent: what the broker forbids in this session is known by now."""
        self._problems.settled()

    def interrupt(self) -> None:
        """End the waiting in :meth:`send`, now and in future."""
        self._interrupted.set()
        self._acks.put(None)

    def disconnect(self, farewell: list[Outgoing]) -> None:
        """If there is a connection, send the last words and end it in good order."""
        if self.is_connected:
            for message in farewell:
                last = self._publish(message, qos=1)
            with suppress(RuntimeError, ValueError):  # the connection was lost just now
                last.wait_for_publish(FAREWELL_S)
        self._interrupted.set()  # so that the end which was asked for is no problem
        self._client.disconnect()

    def close(self) -> None:
        """End paho's thread; an attempt to connect that is under way is waited for."""
        self._client.loop_stop()

    def _publish(self, message: Outgoing, qos: int) -> MQTTMessageInfo:
        properties = None
        if self._versions.version is Version.MQTTv5:
            properties = publish_properties(message, self._door, time.monotonic())
        return self._client.publish(message.topic, message.payload, qos, message.retain, properties)

    def _new_client(self) -> Client:
        client = self._clients.make(self._versions.version, self._last_will())
        client.on_socket_open = lambda *_: self._versions.asked()
        client.on_connect = lambda client, _1, _2, reason, _3: self._answered(client, reason)
        # paho calls this while it handles the exception, and does not pass it on.
        client.on_connect_fail = lambda *_: self._problems.lost(sys.exc_info()[1])
        client.on_disconnect = lambda _1, _2, flags, reason, _3: self._ended(flags, reason)
        client.on_publish = lambda _1, _2, number, reason, _3: self._acks.put((number, reason))
        client.on_message = lambda _1, _2, message: self._message_came(message)
        host, port = self._config.host, self._config.port
        if self._versions.version is Version.MQTTv5:
            client.connect_async(host, port, KEEPALIVE_S, clean_start=True)
        else:
            client.connect_async(host, port, KEEPALIVE_S)
        return client

    # What follows is called from paho's thread.

    def _answered(self, client: Client, reason: ReasonCode) -> None:
        self._versions.answered(reason)
        if self._versions.is_refused:
            if not self._wants_to_be_mended():
                self._problems.refused(reason)
            return
        self._problems.connected()
        self._subscribe(client)
        self.session += 1
        self._connected.set()
        self._wake()

    def _subscribe(self, client: Client) -> None:
        filters = list(self._handlers)

        def granted(_1: Client, _2: Any, _3: int, reasons: list[ReasonCode], _4: Any) -> None:
            for topic_filter, reason in zip(filters, reasons, strict=False):
                self._problems.judge(topic_filter, reason, "hear")

        client.on_subscribe = granted
        if not filters:
            return
        if self._versions.version is Version.MQTTv5:
            # With the retained flag as it was sent, a retained command is known for one at once,
            # and not only when the broker tells it again.
            options = SubscribeOptions(qos=1, retainAsPublished=True)
            client.subscribe([(topic_filter, options) for topic_filter in filters])
        else:
            client.subscribe([(topic_filter, 1) for topic_filter in filters])

    def _message_came(self, message: MQTTMessage) -> None:
        try:
            came = received(message)
            for topic_filter, handle in self._handlers.items():
                if topic_matches_sub(topic_filter, came.topic):
                    handle(came)
        except Exception:  # whatever was sent, the link outlives it
            log.exception("a message could not be taken")

    def _ended(self, flags: DisconnectFlags, reason: ReasonCode) -> None:
        self._versions.ended()
        self._wants_to_be_mended()
        self._connected.clear()
        if not (self._versions.is_refused or self._interrupted.is_set()):
            told = flags.is_disconnect_packet_from_server
            self._problems.lost(reason if told else "the connection was closed")

    def _wants_to_be_mended(self) -> bool:
        """Have :meth:`mend` called, if the version has to change."""
        if self._versions.must_change:
            self._acks.put(None)
            self._wake()
        return self._versions.must_change


class ConnectionProblems:
    """What is wrong between the door and the broker, on the board: reported by the network's thread
    and the sender's."""

    def __init__(self, board: Board, broker: str) -> None:
        self._board = board
        self._broker = broker
        self._unproven: set[str] = set()

    def connected(self) -> None:
        """A new session begins; the broker's rules may have changed with it."""
        self._board.clear("broker_unreachable")
        self._board.clear("broker_refuses")
        problems = self._board.problems
        self._unproven = {p.about for p in problems if p.code == "topic_forbidden"}

    def settled(self) -> None:
        """Everything has been tried in this session: what was not forbidden again is a thing of the
        past, or is found out when it is needed."""
        with suppress(KeyError):
            while True:
                self._board.report("topic_forbidden", None, about=self._unproven.pop())

    def refused(self, reason: ReasonCode) -> None:
        """The broker does not let the door in."""
        self._board.clear("broker_unreachable")
        self._board.report(
            "broker_refuses",
            f"the broker {self._broker} refuses the door ({reason}): "
            "check [mqtt] username and password_file",
        )

    def lost(self, why: object) -> None:
        """There is no connection, or it ended."""
        self._board.clear("broker_refuses")
        self._board.report(
            "broker_unreachable",
            f"the broker {self._broker} is unreachable ({why}): events wait in the journal",
        )

    def judge(self, topic: str, reason: ReasonCode, verb: str) -> bool:
        """True if the broker lets the door do this with ``topic``; if not, that is a problem."""
        # Each result and each person has a topic of its own, under one rule of the broker.
        about = f"{verb} " + re.sub(r"(/result|/roster)/[^/]+$", r"\1/+", topic)
        sentence = None
        if reason.is_failure:
            sentence = (
                f"the broker {self._broker} does not let the door {about} ({reason}): "
                "check its ACL, see facedoor broker-config"
            )
        self._unproven.discard(about)
        self._board.report("topic_forbidden", sentence, about=about)
        return sentence is None
