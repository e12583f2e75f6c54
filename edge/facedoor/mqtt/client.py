"""The MQTT client as the configuration wants it: version, identity, last will, password, TLS.

Here is also what MQTT v5 says beside topic and payload, in both directions.
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from facedoor.config.file import credential_file, is_credential
from facedoor.config.options import MqttConfig
from facedoor.errors import BusError
from facedoor.files import ExposedError, read_text, require_private
from facedoor.languages import _
from facedoor.mqtt.version import Version
from facedoor.wire import messages
from facedoor.wire.messages import Received
from facedoor.wire.topics import Topics


class Clients:
    """Makes the door's clients, of either version of MQTT. The secrets are read once."""

    def __init__(self, config: MqttConfig, topics: Topics) -> None:
        """Raises :class:`BusError` for settings that cannot work, such as a missing file."""
        self._config = config
        self._topics = topics
        self.client_id = f"facedoor-{topics.door}"
        """The same door has always the same: after the network was lost the broker takes the new
        connection for the old one, instead of sending the old one's last will later on."""
        _require_host(config.host)
        if config.password_file and not config.username:
            raise BusError(
                _("[mqtt] password_file is set without a username: set [mqtt] username too")
            )
        self._password = _password(config) if config.username else None
        self._tls = _tls(config)

    def make(self, version: Version, last_will: bytes) -> Client:
        """The door's client, not connected yet; ``last_will`` is the status when it is lost.

        When its connection fails or ends, so does its thread.
        """
        client = self.make_visitor(version, self.client_id, comes_back=False)
        client.will_set(self._topics.status, last_will, qos=1, retain=True)
        return client

    def make_visitor(self, version: Version, client_id: str, *, comes_back: bool = True) -> Client:
        """A client that is not the door and has no last will, not connected yet.

        Its thread, if it has one, ``comes_back`` after a connection that ended.
        """
        return self._made(
            Client(
                CallbackAPIVersion.VERSION2,
                client_id=client_id,
                protocol=version,
                transport=self._config.transport,
                reconnect_on_failure=comes_back,
            )
        )

    def make_listener(self, version: Version, client_id: str) -> Client:
        """A visitor for whom the broker keeps what it misses, and who says itself what has come.

        With MQTT v5 it also has to connect with :func:`lasting_session`, and without a clean start.
        """
        return self._made(
            Client(
                CallbackAPIVersion.VERSION2,
                client_id=client_id,
                clean_session=None if version is Version.MQTTv5 else False,
                protocol=version,
                transport=self._config.transport,
                manual_ack=True,
            )
        )

    def _made(self, client: Client) -> Client:
        if self._config.username:
            client.username_pw_set(self._config.username, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if self._config.transport == "websockets":
            client.ws_set_options(path=self._config.ws_path)
        return client


class Numbered(Protocol):
    """A connection: a socket, or a WebSocket, which has the number of one and no options."""

    def fileno(self) -> int: ...


def opened(tell: Callable[[], object]) -> Callable[[Client, object, Numbered], None]:
    """What a client is to do ``on_socket_open``, beside to ``tell`` of it: let small messages leave
    at once.

    Whoever has acknowledged a command and then answers it writes twice. The second would wait until
    the other side acknowledges the first, which takes its time: 40 ms with Linux, each way.
    """

    def prompt(_client: Client, _data: object, connection: Numbered) -> None:
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tell()

    return prompt


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send; not later than ``ends_s``, by the steady clock."""

    topic: str
    payload: bytes
    retain: bool = False
    correlation: bytes | None = None
    ends_s: float | None = None
    visit: str | None = None

    def is_wanted(self, now_s: float) -> bool:
        return self.ends_s is None or now_s < self.ends_s


def publish_properties(message: Outgoing, door: str, now_s: float) -> Properties:
    """Those of ``message``; it expires at the broker too, after the time that is left."""
    properties = _properties(PacketTypes.PUBLISH)
    properties.UserProperty = [("v", str(messages.SCHEMA)), ("door", door)]
    if message.visit is not None:
        properties.UserProperty = ("visit", message.visit)
    if message.ends_s is not None:
        properties.MessageExpiryInterval = max(1, math.ceil(message.ends_s - now_s))
    if message.correlation is not None:
        properties.CorrelationData = message.correlation
    return properties


def command_properties(response_topic: str, correlation: bytes, expiry_s: float) -> Properties:
    """Those of a command to a door: where its result is wanted, and until when it is of use."""
    properties = _properties(PacketTypes.PUBLISH)
    properties.ResponseTopic = response_topic
    properties.CorrelationData = correlation
    properties.MessageExpiryInterval = math.ceil(expiry_s)
    return properties


def lasting_session(session_s: float) -> Properties:
    """Those with which a client connects whose session lasts so long without it."""
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = math.ceil(session_s)
    return properties


def received(message: MQTTMessage) -> Received:
    """What came; a response topic to which nothing can be sent counts as none."""
    response_topic = getattr(message.properties, "ResponseTopic", None)
    if response_topic is not None and not re.fullmatch(r"[^+#\x00]{1,200}", response_topic):
        response_topic = None
    correlation = getattr(message.properties, "CorrelationData", None)
    payload = bytes(message.payload)
    return Received(message.topic, payload, message.retain, response_topic, correlation)


_SECURE = {"mqtts", "ssl", "wss", "https"}
_WEB = {"ws", "wss", "http", "https"}


def _require_host(host: str) -> None:
    """Raises :class:`BusError` for what cannot be a host's name or address."""
    if ":" in host and not _is_address(host):
        address = urlsplit(host if "://" in host else f"//{host}")
        rest = [f"port = {address.netloc.rpartition(':')[2]}"] if ":" in address.netloc else []
        rest += ['transport = "websockets"'] if address.scheme in _WEB else []
        rest += [_("ca_file, the CA of the broker")] if address.scheme in _SECURE else []
        said = _(
            "[mqtt] host is {host!r}, which is more than a name or an address: write host = "
            '"{name}"'
        )
        if rest:
            said = _(
                "[mqtt] host is {host!r}, which is more than a name or an address: write host = "
                '"{name}", and beside it {rest}'
            )
        raise BusError(
            said.format(host=host, name=address.hostname or "broker", rest=", ".join(rest))
        )
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise BusError(
            _(
                "[mqtt] host is {host!r}, which cannot be a host's name ({error}): write a "
                "name or an address"
            ).format(host=host, error=error)
        ) from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call] # paho has none


def _password(config: MqttConfig) -> str | None:
    """The password from the configured file, else from systemd, else none."""
    if config.password_file:
        path = Path(config.password_file)
        if not is_credential(path):
            _require_private(path, "password_file")
    elif (credential := credential_file("mqtt-password")) is not None:
        path = credential
    else:
        return None
    try:
        return read_text(path).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BusError(
            _(
                "cannot read the MQTT password from {path} ({error}): write it there, in UTF-8"
            ).format(path=path, error=error)
        ) from error


def _tls(config: MqttConfig) -> ssl.SSLContext | None:
    """How to speak TLS, if a CA is configured."""
    if not config.ca_file:
        if config.cert_file or config.key_file:
            raise BusError(
                _(
                    "[mqtt] cert_file or key_file is set without ca_file, so there would be no "
                    "TLS: set [mqtt] ca_file to the CA of the broker"
                )
            )
        return None
    try:
        # Without the strictness that Python 3.13 adds, which most home-made CAs fail.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(config.ca_file)
    except OSError as error:
        raise BusError(
            _(
                "cannot use [mqtt] ca_file {ca_file} ({error}): it has to be a CA certificate "
                "in PEM form"
            ).format(ca_file=config.ca_file, error=error)
        ) from error
    if config.cert_file:
        _load_certificate(context, config)
    elif config.key_file:
        raise BusError(_("[mqtt] key_file is set without cert_file: set [mqtt] cert_file too"))
    return context


def _load_certificate(context: ssl.SSLContext, config: MqttConfig) -> None:
    if config.key_file:
        key = Path(config.key_file)
        if not is_credential(key):
            _require_private(key, "key_file")
    elif (credential := credential_file("mqtt-key")) is not None:
        key = credential
    else:
        raise BusError(
            _(
                "[mqtt] cert_file is set without its private key: set [mqtt] key_file, or give "
                "systemd the credential mqtt-key"
            )
        )
    try:
        # Without a password here OpenSSL would ask for that of an encrypted key on the terminal.
        context.load_cert_chain(config.cert_file, key, password="")
    except OSError as error:
        raise BusError(
            _(
                "cannot use [mqtt] cert_file {cert_file} with the key {key} ({error}): they "
                "have to be a certificate and its private key, not encrypted, in PEM form"
            ).format(cert_file=config.cert_file, key=key, error=error)
        ) from error


def _require_private(path: Path, option: str) -> None:
    try:
        require_private(path)
    except ExposedError as error:
        raise BusError(
            _("cannot use [mqtt] {option} {path}: {strerror}").format(
                option=option, path=path, strerror=error.strerror
            )
        ) from error
    except OSError as error:
        raise BusError(
            _("cannot read [mqtt] {option} {path} ({strerror}): put the secret there").format(
                option=option, path=path, strerror=error.strerror
            )
        ) from error
