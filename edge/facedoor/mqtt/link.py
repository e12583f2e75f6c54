"""The link to the broker: it restores itself, and has one message on its way at a time.

The next message goes out when the broker has acknowledged the last. So a lost connection can repeat
a message, but it can neither lose one nor swap two.

It speaks MQTT v5, and 3.1.1 with a broker that does not know v5. With 3.1.1 a broker acknowledges
what its ACL forbids, too; there a message that has to be proven counts when the door hears it.
"""

from __future__ import annotations

import logging
import math
import queue
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
from facedoor.mqtt.claim import Claim
from facedoor.mqtt.client import Clients, Outgoing, opened, publish_properties, received
from facedoor.mqtt.link_problems import ConnectionProblems
from facedoor.mqtt.pace import Pace
from facedoor.mqtt.under_way import Ack, Echo, UnderWay
from facedoor.mqtt.version import Version, VersionChoice
from facedoor.problems import Board
from facedoor.wire.messages import Handlers
from facedoor.wire.topics import Topics

KEEPALIVE_S = 30
"""A connection that has died unnoticed is found out after one to two times this."""

FAREWELL_S = 0.4
"""How long to wait for the broker to take the last message."""

LOOK_S = 1.0
"""How often to :meth:`Link.mend` while a message waits for its acknowledgement."""

SETTINGS_S = 30.0
"""How often to try settings that cannot work: a file may be put in its place."""

UNHEARD_S = 300.0
"""With 3.1.1, how long nothing that has to be proven is sent after a message that did not come back
to the door: whoever hears it would hear it again and again."""

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
        """Nothing is connected yet; settings that cannot work are tried again later.

        ``last_will`` makes the status that the broker tells of a door that is lost.
        Why there is no connection, and what the broker forbids, goes to the ``board``. ``wake`` is
        called when there is a connection, or something to :meth:`mend`. It and the handlers are
        called from paho's thread and must not block.
        """
        self.session = 0
        """Counts the connections: in a new one the broker may have forgotten what was retained.
        The present one is included, also before there :attr:`is_connected`."""
        self._config = config
        self._topics = topics
        self._broker = f"{config.host}:{config.port}"
        self._handlers = handlers
        self._wake = wake
        self._last_will = last_will
        self._problems = ConnectionProblems(board, config, f"facedoor-{topics.door}")
        self._connected = threading.Event()
        self._interrupted = threading.Event()
        self._news: queue.SimpleQueue[Ack | Echo | None] = queue.SimpleQueue()
        self._versions = VersionChoice()
        self._pace = Pace()
        self._clients: Clients | None = None
        self._client: Client | None = None
        self._due_s = -math.inf
        self._unheard_until_s = -math.inf
        self._claim = Claim()
        self._usable_settings()

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    @property
    def tells_refusals(self) -> bool:
        """Whether an acknowledgement says that the broker's ACL forbids the message."""
        return self._versions.version is Version.MQTTv5

    def mend(self) -> None:
        """Connect, where there is no connection, or one with the wrong version of MQTT. To be
        called about once a second; does not wait for the broker."""
        now_s = time.monotonic()
        is_wrong = self._versions.must_change and self._due_s == math.inf
        if (is_wrong or now_s >= self._due_s) and not self._interrupted.is_set():
            self._connect()
        elif self._claim.may_begin():
            self._begin()
        elif self._pace.is_steady:
            self._problems.not_taken()

    def send(self, message: Outgoing, *, proven: bool = False) -> bool:
        """Send, and wait for the acknowledgement however often the connection is lost meanwhile.

        False if the broker refuses the message, which only MQTT v5 tells. With 3.1.1 a message that
        has to be ``proven`` is awaited on its topic, too, which the door hears then: False if it
        does not come; for a while nothing that has to be proven is sent after that.
        Raises :class:`LinkClosedError` when :meth:`interrupt` is called before that.
        """
        if proven and time.monotonic() < self._unheard_until_s:
            return False
        reason = self._acknowledged(message, proven)
        if reason is None:
            self._unheard_until_s = time.monotonic() + UNHEARD_S
            self._problems.unheard(message.topic)
            return False
        if message.topic == self._topics.status:
            self._claim.has_said()
        if proven or self.tells_refusals:
            return self._problems.judge(message.topic, reason, "publish on")
        return True

    def try_to_send(self, message: Outgoing) -> bool:
        """As :meth:`send`, but what the broker refuses is no problem of the door."""
        reason = self._acknowledged(message, proven=False)
        return reason is not None and not reason.is_failure

    def send_once(self, message: Outgoing) -> None:
        """Send with QoS 0: if the connection is lost just now, so is the message."""
        self._publish(message, qos=0)

    def settled(self) -> None:
        """Nothing waits to be sent: what the broker forbids in this session is known by now."""
        self._problems.settled()

    def interrupt(self) -> None:
        """End the waiting in :meth:`send`, now and in future."""
        self._interrupted.set()
        self._news.put(None)

    def disconnect(self, farewell: list[Outgoing]) -> None:
        """If there is a connection, send the last words and end it in good order."""
        if self.is_connected:
            for message in farewell:
                last = self._publish(message, qos=1)
            with suppress(RuntimeError, ValueError):  # the connection was lost just now
                last.wait_for_publish(FAREWELL_S)
        self._interrupted.set()  # so that the end which was asked for is no problem
        if self._client is not None:
            self._client.disconnect()

    def close(self) -> None:
        """End paho's thread; an attempt to connect that is under way is waited for."""
        if self._client is not None:
            self._client.loop_stop()

    def _acknowledged(self, message: Outgoing, proven: bool) -> ReasonCode | None:
        """Send, and return what the broker says; ``None``: the door does not hear what it said."""
        sent = self._send(message)
        while sent.reason is None or (proven and not self._is_proven(sent)):
            if time.monotonic() >= sent.ends_s:
                return None
            with suppress(queue.Empty):
                sent.take(self._news.get(timeout=LOOK_S))
            if self._interrupted.is_set():
                raise LinkClosedError
            self.mend()
            if sent.client is not self._client:
                sent = self._send(message)
        return sent.reason

    def _is_proven(self, sent: UnderWay) -> bool:
        return self.tells_refusals or sent.is_heard

    def _send(self, message: Outgoing) -> UnderWay:
        client = self._in_use
        return UnderWay(message, client, self._publish(message, qos=1).mid)

    def _publish(self, message: Outgoing, qos: int) -> MQTTMessageInfo:
        if message.topic == self._topics.status:
            self._claim.says(message.payload)
        properties = None
        if self._versions.version is Version.MQTTv5:
            properties = publish_properties(message, self._topics.door, time.monotonic())
        return self._in_use.publish(message.topic, message.payload, qos, message.retain, properties)

    @property
    def _in_use(self) -> Client:
        if self._client is None:
            raise LinkClosedError("only what was connected once can send")
        return self._client

    def _connect(self) -> None:
        """Leave the connection, if there is one, and begin another."""
        if self._client is not None:
            self._client.on_disconnect = self._client.on_connect_fail = None
            self._client.disconnect()
            self._client.loop_stop()
        self._connected.clear()
        clients = self._usable_settings()
        if clients is None:
            self._due_s = time.monotonic() + SETTINGS_S
            return
        if self._versions.must_change:
            self._versions.change()
            log.info("the broker %s: going on with %s", self._broker, self._versions.version.name)
        self._unheard_until_s = -math.inf
        self._due_s = math.inf
        self._client = self._new_client(clients)
        self._client.loop_start()

    def _usable_settings(self) -> Clients | None:
        """What makes the clients, as soon as the settings can work; what they name is read once."""
        try:
            self._clients = self._clients or Clients(self._config, self._topics)
        except OSError as error:  # a BusError, or a credential that cannot be read
            self._problems.unusable(error)
            return None
        self._problems.unusable(None)
        return self._clients

    def _new_client(self, clients: Clients) -> Client:
        last_will = self._last_will()
        self._claim.connects(last_will)
        client = clients.make(self._versions.version, last_will)
        client.on_socket_open = opened(self._versions.asked)
        client.on_connect = lambda client, _1, _2, reason, _3: self._answered(client, reason)
        # paho calls this while it handles the exception, and does not pass it on.
        client.on_connect_fail = lambda *_: self._failed(sys.exc_info()[1])
        client.on_disconnect = lambda _1, _2, flags, reason, _3: self._ended(flags, reason)
        client.on_publish = lambda client, _1, number, reason, _2: self._news.put(
            Ack(client, number, reason)
        )
        client.on_message = lambda _1, _2, message: self._message_came(message)
        host, port = self._config.host, self._config.port
        if self._versions.version is Version.MQTTv5:
            client.connect_async(host, port, KEEPALIVE_S, clean_start=True)
        else:
            client.connect_async(host, port, KEEPALIVE_S)
        return client

    # What follows is called from paho's thread.

    def _failed(self, error: BaseException | None) -> None:
        """Nobody is there, or TLS failed."""
        self._due_s = time.monotonic() + self._pace.ended(taken=False)
        if not self._interrupted.is_set():
            self._problems.lost(error)

    def _answered(self, client: Client, reason: ReasonCode) -> None:
        self._versions.answered(reason)
        if self._versions.is_refused:
            if not self._versions.must_change:
                self._problems.refused(reason)
            return
        self._pace.began()
        self.session += 1
        self._problems.connected(
            is_guess=self._versions.is_guess, tells_refusals=self.tells_refusals
        )
        self._subscribe(client)
        if self.tells_refusals:
            self._let_in()

    def _subscribe(self, client: Client) -> None:
        """Hear what there is to hear, the door's own status and, with 3.1.1, its events."""
        own = [self._topics.status] + ([] if self.tells_refusals else [self._topics.event])
        filters = list(dict.fromkeys([*self._handlers, *own]))

        def granted(_1: Client, _2: Any, _3: int, reasons: list[ReasonCode], _4: Any) -> None:
            for topic_filter, reason in zip(filters, reasons, strict=False):
                if topic_filter == self._topics.event and reason.is_failure:
                    self._unheard_until_s = math.inf
                if topic_filter != self._topics.status:  # it is of use, but not needed
                    self._problems.judge(topic_filter, reason, "hear")
            if not self.tells_refusals:
                self._let_in()

        client.on_subscribe = granted
        if self.tells_refusals:
            # With the retained flag as it was sent, a retained command is known for one at once,
            # and not only when the broker tells it again.
            options = SubscribeOptions(qos=1, retainAsPublished=True)
            client.subscribe([(topic_filter, options) for topic_filter in filters])
        else:
            client.subscribe([(topic_filter, 1) for topic_filter in filters])

    def _let_in(self) -> None:
        """The door may speak as soon as it knows that it does so alone."""
        self._claim.is_in()
        if self._claim.may_begin():
            self._begin()

    def _begin(self) -> None:
        self._connected.set()
        self._wake()

    def _message_came(self, message: MQTTMessage) -> None:
        try:
            came = received(message)
            if came.topic == self._topics.event:
                self._news.put(Echo(came.topic, came.payload))
            elif came.topic == self._topics.status:
                self._status_came(came.payload)
            for topic_filter, handle in self._handlers.items():
                if topic_matches_sub(topic_filter, came.topic):
                    handle(came)
        except Exception:  # whatever was sent, the link outlives it
            log.exception("a message could not be taken")

    def _status_came(self, status: bytes) -> None:
        if not self._connected.is_set() and self._claim.hears(status):
            self._problems.taken()
        self._wake()

    def _ended(self, flags: DisconnectFlags, reason: ReasonCode) -> None:
        self._versions.ended()
        self._connected.clear()
        self._claim.ended()
        told = flags.is_disconnect_packet_from_server
        pause_s = self._pace.ended(taken=self._claim.is_contested)
        is_unknown = self._versions.is_unknown and self._versions.must_change
        self._due_s = time.monotonic() + (0.0 if is_unknown else pause_s)
        if self._interrupted.is_set():
            return
        if told and reason == "Session taken over":
            self._problems.taken()
        elif not (self._versions.is_refused or self._claim.is_contested):
            was_in = self._versions.answer is not None
            self._problems.lost(reason if told else "the connection was closed", was_in=was_in)
        self._news.put(None)
        self._wake()
