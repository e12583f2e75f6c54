"""Probes the broker: would it let the door in? Nothing is said there."""

from __future__ import annotations

import enum
import ssl
import time
import uuid
from dataclasses import dataclass

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from facedoor.config.options import MqttConfig
from facedoor.mqtt.client import Clients, Version
from facedoor.wire.topics import Topics

ANSWER_S = 3.0
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
    client.connect_timeout = ANSWER_S
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
    end_s = time.monotonic() + ANSWER_S
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
