"""The MQTT client as the configuration wants it: version, identity, last will, password, TLS.

Here is also what MQTT v5 says beside topic and payload, in both directions, and a probe: would the
broker let the door in? Nothing is said there.
"""

from __future__ import annotations

import enum
import math
import re
import ssl
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from facedoor.config.file import credential_file
from facedoor.config.options import MqttConfig
from facedoor.errors import BusError
from facedoor.files import ExposedError, read_text, require_private
from facedoor.wire import messages
from facedoor.wire.messages import Received
from facedoor.wire.topics import Topics

RECONNECT_S = (1, 30)
"""Shortest and longest pause between two attempts to connect; each one doubles it."""

Version = MQTTProtocolVersion

ANSWER_S = 1.5
SILENCES = 2
"""A broker that lets the first connection wait so long, or ends so many without an answer, may not
know MQTT v5: some 3.1.1 brokers wait for the end of what they take for a long message."""


class VersionChoice:
    """Which version of MQTT to speak: v5, until a broker shows that it knows only 3.1.1.

    A client tells it of each connection, from any thread, and asks it now and then.
    """

    def __init__(self) -> None:
        self.version = Version.MQTTv5
        self.answer: ReasonCode | None = None
        """What the broker has said to the newest connection."""
        self._asked_s = math.inf
        self._silences = 0
        self._has_worked = False

    def asked(self) -> None:
        """A connection is open, and the broker has to answer."""
        self.answer = None
        self._asked_s = time.monotonic()

    def answered(self, reason: ReasonCode) -> None:
        """The broker lets the client in, or says why not."""
        self.answer = reason
        self._asked_s = math.inf
        self._silences = 0
        self._has_worked |= not reason.is_failure

    def ended(self) -> None:
        """The connection is closed."""
        self._asked_s = math.inf
        self._silences += self.answer is None

    @property
    def is_refused(self) -> bool:
        """True if the broker does not let the client in."""
        return self.answer is not None and self.answer.is_failure

    @property
    def must_change(self) -> bool:
        """True if v5 has failed, and 3.1.1 is to be tried."""
        if self.version is not Version.MQTTv5:
            return False
        is_late = time.monotonic() - self._asked_s > ANSWER_S
        is_unanswered = is_late or self._silences >= SILENCES
        is_unknown = self.answer is not None and self.answer == "Unsupported protocol version"
        return is_unknown or (is_unanswered and not self._has_worked)

    def change(self) -> None:
        """Go on with 3.1.1."""
        self.version = Version.MQTTv311


class Clients:
    """Makes the door's clients, of either version of MQTT. The secrets are read once."""

    def __init__(self, config: MqttConfig, topics: Topics) -> None:
        """Raises :class:`BusError` for settings that can never work, such as a missing file."""
        self._config = config
        self._topics = topics
        try:
            config.host.encode("idna")
        except UnicodeError as error:
            raise BusError(
                f"[mqtt] host is {config.host!r}, which cannot be a host's name ({error}): "
                "write a name or an address"
            ) from error
        if config.password_file and not config.username:
            raise BusError(
                "[mqtt] password_file is set without a username: set [mqtt] username too"
            )
        self._password = _password(config) if config.username else None
        self._tls = _tls(config)

    def make(self, version: Version, last_will: bytes) -> Client:
        """The door's client, not connected yet; ``last_will`` is the status when it is lost."""
        door = self._topics.door
        # The same door has always the same id: after the network was lost the broker takes the new
        # connection for the old one, instead of sending the old one's last will later on.
        client = self.make_visitor(version, f"facedoor-{door}")
        client.will_set(self._topics.status, last_will, qos=1, retain=True)
        client.reconnect_delay_set(*RECONNECT_S)
        return client

    def make_visitor(self, version: Version, client_id: str) -> Client:
        """A client that is not the door and has no last will, not connected yet."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=version,
            transport=self._config.transport,
        )
        if self._config.username:
            client.username_pw_set(self._config.username, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if self._config.transport == "websockets":
            client.ws_set_options(path=self._config.ws_path)
        return client


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
    properties = _of_publish()
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


def _password(config: MqttConfig) -> str | None:
    """The password from the configured file, else from systemd, else none."""
    if config.password_file:
        path = Path(config.password_file)
        _require_private(path, "password_file")
    elif (credential := credential_file("mqtt-password")) is not None:
        path = credential
    else:
        return None
    try:
        return read_text(path).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BusError(
            f"cannot read the MQTT password from {path} ({error}): write it there, in UTF-8"
        ) from error


def _tls(config: MqttConfig) -> ssl.SSLContext | None:
    """How to speak TLS, if a CA is configured."""
    if not config.ca_file:
        if config.cert_file or config.key_file:
            raise BusError(
                "[mqtt] cert_file or key_file is set without ca_file, so there would be no TLS: "
                "set [mqtt] ca_file to the CA of the broker"
            )
        return None
    try:
        # Without the strictness that Python 3.13 adds, which most home-made CAs fail.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(config.ca_file)
    except OSError as error:
        raise BusError(
            f"cannot use [mqtt] ca_file {config.ca_file} ({error}): "
            "it has to be a CA certificate in PEM form"
        ) from error
    if config.cert_file:
        _load_certificate(context, config)
    elif config.key_file:
        raise BusError("[mqtt] key_file is set without cert_file: set [mqtt] cert_file too")
    return context


def _load_certificate(context: ssl.SSLContext, config: MqttConfig) -> None:
    if config.key_file:
        key = Path(config.key_file)
        _require_private(key, "key_file")
    elif (credential := credential_file("mqtt-key")) is not None:
        key = credential
    else:
        raise BusError(
            "[mqtt] cert_file is set without its private key: set [mqtt] key_file, "
            "or give systemd the credential mqtt-key"
        )
    try:
        # Without a password here OpenSSL would ask for that of an encrypted key on the terminal.
        context.load_cert_chain(config.cert_file, key, password="")
    except OSError as error:
        raise BusError(
            f"cannot use [mqtt] cert_file {config.cert_file} with the key {key} ({error}): they "
            "have to be a certificate and its private key, not encrypted, in PEM form"
        ) from error


def _require_private(path: Path, option: str) -> None:
    try:
        require_private(path)
    except ExposedError as error:
        raise BusError(f"cannot use [mqtt] {option} {path}: {error.strerror}") from error
    except OSError as error:
        raise BusError(
            f"cannot read [mqtt] {option} {path} ({error.strerror}): put the secret there"
        ) from error


PROBE_S = 3.0
"""How long the broker may take to accept a connection, and then to answer."""


class ProbeAnswer(enum.Enum):
    """How the broker took it."""

    WELCOME = enum.auto()
    REFUSED = enum.auto()
    """It wants another name or password."""
    UNTRUSTED = enum.auto()
    """TLS failed: its certificate or ours is not accepted, or one side does not speak TLS."""
    NOBODY = enum.auto()
    """Nothing listens there, or the name has no address."""
    SILENCE = enum.auto()
    """Something accepts the connection and does not speak MQTT."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The answer, and in words what happened."""

    answer: ProbeAnswer
    sentence: str


def probe(config: MqttConfig, door: str) -> Probe:
    """Connect and leave again, without disturbing the door's own connection.

    MQTT 3.1.1, which every broker knows. Raises :class:`BusError` for settings that can never work
    and :class:`ConfigError` for a bad name of a door.
    """
    where = f"{config.host}:{config.port}"
    # Not the door's own id, which would end the connection of the running service.
    client_id = f"facedoor-check-{uuid.uuid4().hex[:8]}"
    client = Clients(config, Topics(door)).make_visitor(Version.MQTTv311, client_id)
    client.connect_timeout = PROBE_S
    answers: list[ReasonCode] = []
    client.on_connect = lambda _1, _2, _3, reason, _4: answers.append(reason)
    try:
        client.connect(config.host, config.port)
    except ssl.SSLError as error:
        return Probe(ProbeAnswer.UNTRUSTED, f"TLS with {where} fails ({error})")
    except (OSError, ValueError) as error:
        if config.ca_file and isinstance(error, ConnectionResetError):
            return Probe(ProbeAnswer.UNTRUSTED, f"{where} ends what begins as TLS ({error})")
        return Probe(ProbeAnswer.NOBODY, f"no broker answers at {where} ({error})")
    end_s = time.monotonic() + PROBE_S
    while not answers and time.monotonic() < end_s:
        if client.loop(end_s - time.monotonic()) is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            break
    client.disconnect()
    if not answers:
        return Probe(
            ProbeAnswer.SILENCE, f"what answers at {where} does not speak MQTT as configured"
        )
    if answers[0].is_failure:
        return Probe(ProbeAnswer.REFUSED, f"the broker {where} refuses the door ({answers[0]})")
    return Probe(ProbeAnswer.WELCOME, f"the broker {where} lets the door in")
