"""The dashboard at the broker: hears all doors, and forwards what browsers have signed.

The broker keeps for it what it misses while it is away: its session lasts, and a message counts as
delivered when :meth:`Link.acknowledge` says so, after it was written down.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from facedoor.config.options import MqttConfig
from facedoor.errors import BusError
from facedoor.mqtt.client import Clients, command_properties, lasting_session, opened
from facedoor.mqtt.trouble import Trouble, trouble
from facedoor.mqtt.version import Version, VersionChoice
from facedoor.times import utc_now
from facedoor.wire.signing import LIFETIME_S
from facedoor.wire.topics import Topics, is_word

SESSION_S = 7 * 24 * 3600
"""So long the broker keeps what the dashboard misses."""

LOOK_S = 0.5
KEEPALIVE_S = 15
RETRY_S = (1, 5)

_KINDS = {"event": 1, "status": 1, "state": 1, "people": 1, "telemetry": 0, "result": 1}
"""What is heard of every door, with its QoS: where it is 0, nothing is kept while we are away."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message on ``facedoor/<door>/<kind>``; nothing in it has been looked at.

    ``connection`` and ``number`` are what it is acknowledged by.
    """

    door: str
    kind: str
    payload: bytes
    retained: bool
    connection: int
    number: int
    qos: int


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether there is a connection, and since when (RFC 3339 UTC)."""

    connected: bool
    since: str


class Link:
    """The connection to the broker; it comes back by itself.

    ``hear`` and ``changed`` are called from paho's thread, and must not block.
    """

    def __init__(
        self,
        config: MqttConfig,
        client_id: str,
        hear: Callable[[Heard], None],
        changed: Callable[[Connection], None],
    ) -> None:
        """Nothing is connected yet. Raises :class:`BusError` for settings that cannot work."""
        self._config = config
        self._client_id = client_id
        self._clients = Clients(config, Topics("dashboard"))
        self._hear = hear
        self._changed = changed
        self._versions = VersionChoice()
        self._connection = 0
        self._client: Client | None = None
        self._said = ""
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._run, name="facedoor-link", daemon=True)
        self.state = Connection(connected=False, since=utc_now())

    def start(self) -> None:
        self._watch.start()

    def stop(self) -> None:
        """End the connection; what the doors say from now on waits at the broker."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()

    def acknowledge(self, heard: Heard) -> None:
        """The message is written down: the broker need not keep it any longer.

        After a connection was lost the broker tells it again, so then nothing is said.
        """
        client = self._client
        if client is not None and heard.qos and heard.connection == self._connection:
            client.ack(heard.number, heard.qos)

    def forward(self, door: str, command_id: str, token: bytes) -> None:
        """Send a signed command to a door. Raises :class:`BusError` without a connection."""
        client = self._client
        if client is None or not self.state.connected:
            raise BusError("the dashboard has lost the broker: wait until it is back")
        topics = Topics(door)
        properties = None
        if self._versions.version is Version.MQTTv5:
            own = topics.result(command_id)
            properties = command_properties(own, command_id.encode(), LIFETIME_S)
        client.publish(topics.command, token, qos=1, properties=properties)

    def _run(self) -> None:
        while not self._stopping.is_set():
            client = self._client = self._make()
            client.loop_start()
            while not (self._stopping.wait(LOOK_S) or self._versions.must_change):
                pass
            client.disconnect()
            client.loop_stop()
            self._tell(connected=False)
            if self._versions.must_change:
                self._versions.change()

    def _make(self) -> Client:
        version = self._versions.version
        client = self._clients.make_listener(version, self._client_id)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_connect_fail = lambda *_: self._say(trouble(sys.exc_info()[1], self._config))
        client.on_socket_open = opened(self._versions.asked)
        client.reconnect_delay_set(*RETRY_S)
        host, port = self._config.host, self._config.port
        if version is Version.MQTTv5:
            kept = lasting_session(SESSION_S)
            client.connect_async(host, port, KEEPALIVE_S, clean_start=False, properties=kept)
        else:
            client.connect_async(host, port, KEEPALIVE_S)
        return client

    def _on_connect(
        self, client: Client, _data: object, _flags: object, reason: ReasonCode, *_: object
    ) -> None:
        self._versions.answered(reason)
        if reason.is_failure:
            what = f"the broker {self._config.host}:{self._config.port} refuses the dashboard"
            remedy = (
                "check [dashboard] username and password_file, or cert_file, and the broker's "
                "passwords"
            )
            self._say(Trouble(f"{what} ({reason})", remedy))
            return
        self._connection += 1
        client.subscribe([(_filter(kind), qos) for kind, qos in _KINDS.items()])
        self._said = ""
        self._tell(connected=True)

    def _on_disconnect(self, *_: object) -> None:
        self._versions.ended()
        self._tell(connected=False)

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        _, door, kind, *_rest = message.topic.split("/")
        if client is not self._client:
            return
        payload, retained = bytes(message.payload), message.retain
        heard = Heard(door, kind, payload, retained, self._connection, message.mid, message.qos)
        if is_word(door):
            self._hear(heard)
        else:
            # No door's; without an answer the broker would soon keep the others back.
            self.acknowledge(heard)

    def _tell(self, connected: bool) -> None:
        if connected != self.state.connected:
            self.state = Connection(connected, utc_now())
            self._changed(self.state)

    def _say(self, why: Trouble) -> None:
        """Once, until there is a connection, or another reason for none."""
        if why.sentence != self._said:
            self._said = why.sentence
            log.warning("%s: %s", why.sentence, why.remedy)


def _filter(kind: str) -> str:
    return f"facedoor/+/{kind}{'/+' if kind == 'result' else ''}"
