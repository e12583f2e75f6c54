"""Sends one signed command and waits for what the door says to it."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode

from facedoor.commands.answers import UNVERIFIED
from facedoor.commands.hearing import Hearing, Result
from facedoor.commands.known_doors import KnownDoors
from facedoor.config.options import MqttConfig
from facedoor.errors import BusError
from facedoor.languages import _
from facedoor.mqtt.client import Clients, command_properties, opened, received
from facedoor.mqtt.trouble import trouble
from facedoor.mqtt.version import Version, VersionChoice
from facedoor.wire.signing import LIFETIME_S, Signed, sign
from facedoor.wire.topics import Topics

ANSWER_S = 5.0
"""How long the broker may take for each step."""

LOOK_S = 0.05
"""How often to see whether it knows MQTT v5."""


class Sender:
    """Somebody who gives commands to a door, through the broker."""

    def __init__(
        self, config: MqttConfig, door: str, known: KnownDoors, say: Callable[[str], None]
    ) -> None:
        """``say`` is given a sentence on what is not as usual: a first contact, a forged answer.

        Raises :class:`BusError` for settings that cannot work, :class:`ConfigError` for a bad name
        of a door, :class:`UsageError` for known doors that cannot be read.
        """
        self._config = config
        self._topics = Topics(door)
        self._clients = Clients(config, self._topics)
        self._broker = f"{config.host}:{config.port}"
        self._hearing = Hearing(self._topics, self._broker, known, say)

    def send(
        self,
        key: Ed25519PrivateKey,
        cmd: str,
        args: dict[str, object],
        patience_s: float,
        told: Callable[[Result], None],
    ) -> Result:
        """Sign a command, send it, and return the door's last word on it: ``done``, ``refused`` or
        ``failed``.

        ``told`` is given each sign of progress before that. ``patience_s`` is how long to wait for
        the next word; only what the door has signed is one. Raises :class:`BusError` when the
        broker cannot be used, nobody answers, or the door is another one than before.
        """
        with self._connected() as (client, version):
            hearing = self._hearing
            client.on_message = lambda _client, _data, message: hearing.put(received(message))
            try:
                self._subscribe(client, self._topics.status)
            except BusError:
                if hearing.door is None:
                    raise
            door = hearing.meet(ANSWER_S)
            signed = sign(key, door.identity.id, cmd, args)
            own = self._topics.result(signed.id)
            self._subscribe(client, own, self._topics.result(UNVERIFIED))
            self._publish(client, version, signed, own)
            return hearing.result(door, signed, patience_s, told)

    @contextmanager
    def _connected(self) -> Iterator[tuple[Client, Version]]:
        """A connection of MQTT v5, or of 3.1.1 with a broker that does not know v5."""
        versions = VersionChoice()
        while True:
            client = self._clients.make_visitor(
                versions.version, f"facedoor-send-{uuid.uuid4().hex[:8]}"
            )
            client.on_socket_open = opened(versions.asked)
            client.on_connect = lambda _1, _2, _3, reason, *_: versions.answered(reason)
            client.on_disconnect = lambda *_: versions.ended()
            try:
                client.connect(self._config.host, self._config.port)
            except (OSError, ValueError) as error:
                why = trouble(error, self._config)
                raise BusError(f"{why.sentence}: {why.remedy}") from error
            client.loop_start()
            end_s = time.monotonic() + ANSWER_S
            try:
                while not (versions.answer or versions.must_change or time.monotonic() > end_s):
                    time.sleep(LOOK_S)
                if not versions.must_change:
                    if versions.answer is None or versions.is_refused:
                        raise BusError(
                            _(
                                "the broker {broker} refuses the connection ({answer}): check "
                                "user name, password and certificate: those of [mqtt], or "
                                "--username, --password-file, --ca-file and --cert-file"
                            ).format(broker=self._broker, answer=versions.answer or _("no answer"))
                        )
                    yield client, versions.version
                    return
            finally:
                client.disconnect()
                client.loop_stop()
            versions.change()

    def _subscribe(self, client: Client, *topics: str) -> None:
        answers: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()

        def answered(
            _client: object, _data: object, _number: int, reasons: Any, *_: object
        ) -> None:
            for reason in reasons:
                answers.put(reason)

        client.on_subscribe = answered
        client.subscribe([(topic, 1) for topic in topics])
        for topic in topics:
            self._require(_next(answers), _("hearing {topic}").format(topic=topic))

    def _publish(self, client: Client, version: Version, signed: Signed, own: str) -> None:
        answers: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
        client.on_publish = lambda _1, _2, _3, reason, *_: answers.put(reason)
        properties = None
        if version is Version.MQTTv5:
            properties = command_properties(own, signed.id.encode(), LIFETIME_S)
        client.publish(self._topics.command, signed.message, qos=1, properties=properties)
        self._require(
            _next(answers), _("publishing on {command}").format(command=self._topics.command)
        )

    def _require(self, answer: ReasonCode | None, doing: str) -> None:
        if answer is None or answer.is_failure:
            raise BusError(
                _(
                    "the broker {broker} does not allow {doing} ({answer}): see its ACL, with "
                    "facedoor broker-config --acl"
                ).format(broker=self._broker, doing=doing, answer=answer or _("no answer"))
            )


def _next(answers: queue.SimpleQueue[ReasonCode]) -> ReasonCode | None:
    try:
        return answers.get(timeout=ANSWER_S)
    except queue.Empty:
        return None
