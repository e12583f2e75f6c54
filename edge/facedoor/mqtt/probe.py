"""Would the broker let the door in? It is asked without being told anything."""

from __future__ import annotations

import enum
import time
import uuid
from dataclasses import dataclass

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from facedoor.config.options import MqttConfig
from facedoor.languages import _
from facedoor.mqtt.client import Clients
from facedoor.mqtt.trouble import trouble, unanswered
from facedoor.mqtt.version import Version
from facedoor.wire.topics import Topics

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
    """The answer, in words what happened, and what mends it; nothing after a welcome."""

    answer: ProbeAnswer
    sentence: str
    remedy: str = ""


def probe(config: MqttConfig, door: str) -> Probe:
    """Connect and leave again, without disturbing the door's own connection.

    MQTT 3.1.1, which every broker knows. Raises :class:`BusError` for settings that cannot work
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
    except (OSError, ValueError) as error:
        found = trouble(error, config)
        answer = ProbeAnswer.UNTRUSTED if found.is_untrusted else ProbeAnswer.NOBODY
        return Probe(answer, found.sentence, found.remedy)
    end_s = time.monotonic() + PROBE_S
    while not answers and time.monotonic() < end_s:
        if client.loop(end_s - time.monotonic()) is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            break
    client.disconnect()
    if not answers:
        return Probe(
            ProbeAnswer.SILENCE,
            _("what answers at {where} does not speak MQTT as configured").format(where=where),
            _("check [mqtt] port and transport: sudo facedoor setup; {remedy}").format(
                remedy=unanswered(config)
            ),
        )
    if answers[0].is_failure:
        return Probe(
            ProbeAnswer.REFUSED,
            _("the broker {where} refuses the door ({answer})").format(
                where=where, answer=answers[0]
            ),
            _("set [mqtt] username and password_file: sudo facedoor setup"),
        )
    return Probe(ProbeAnswer.WELCOME, _("the broker {where} lets the door in").format(where=where))
