"""The door as Home Assistant finds it by itself: one message that describes the whole device.

Home Assistant reads the door's own topics, through templates; nothing is published twice for it.
The keys of the message are those of its MQTT discovery, in their long form.

An entity that the settings rule out is still named, with its platform only: that is how Home
Assistant is told to remove it, should an earlier start have offered it. So the message depends on
nothing but the settings.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from facedoor import __version__
from facedoor.config.asking import may_ask
from facedoor.config.options import Config, DoorConfig
from facedoor.wire.decisions import Decision, Withdrawn
from facedoor.wire.door_requests import FACE_OFF, FACE_ON, PRESS, UNLOCK
from facedoor.wire.events import DoorHappened, Happening
from facedoor.wire.mode import DoorName
from facedoor.wire.topics import Topics

BIRTH_TOPIC = "homeassistant/status"
"""Where Home Assistant says ``online`` when it has started."""

Component: TypeAlias = dict[str, Any]

_AS_BEFORE = "{{ this.state }}"
_EVENT = (
    "{{ {'event_type': value_json.decision, 'person': value_json.person,"
    " 'reason': value_json.reason, 'id': value_json.id, 'time': value_json.time,"
    " 'visit': value_json.get('visit')} | tojson }}"
)

ALARMS = (DoorName.HELD_OPEN, DoorName.FORCED, DoorName.JAMMED)
"""The states in which somebody should look after the door."""

_RING = (
    f"{{% if value_json.kind == '{DoorHappened.KIND}'"
    f" and value_json.event == '{Happening.BELL.told['event']}' %}}"
    "{{ {'event_type': 'ring', 'id': value_json.id, 'time': value_json.time} | tojson }}{% endif %}"
)


def discovery_topic(door: str) -> str:
    """Retained: the topic of :func:`discovery`."""
    return f"homeassistant/device/facedoor-{door}/config"


def discovery(settings: Config) -> bytes:
    """The device discovery message of the door that ``settings`` describes.

    Lock, button and switch are offered only with ``[mqtt] home_assistant_control``, since they do
    nothing without it; a sensor takes the lock's place. Raises :class:`ConfigError` for a door's
    name that cannot be in a topic.
    """
    topics = Topics(settings.door.name)
    device = f"facedoor-{topics.door}"
    control = settings.mqtt.home_assistant_control
    components: dict[str, Component] = {}
    for offered, wanted in (
        (_controls(topics), control),
        (_lock_to_look_at(topics), not control),
        (_reports(topics), True),
        (_prompt(topics), may_ask(settings)),
        (_picture(topics), settings.mqtt.publish_image),
        (_triggers(topics), True),
        *_switches(topics, settings.door),
    ):
        for name, component in offered.items():
            if not wanted:
                component = {"platform": component["platform"]}
            elif component["platform"] != "device_automation":
                component["unique_id"] = f"{device}-{name}"
            components[name] = component
    message = {
        "device": {
            "identifiers": [device],
            "name": f"facedoor {topics.door}",
            "manufacturer": "facedoor",
            "model": "face-verification door lock",
            "sw_version": __version__,
        },
        "origin": {"name": "facedoor", "sw_version": __version__},
        "availability": [
            {
                "topic": topics.status,
                "value_template": "{{ value_json.status }}",
                "payload_available": "online",
                "payload_not_available": "offline",
            }
        ],
        "qos": 1,
        "components": components,
    }
    return json.dumps(message, ensure_ascii=False).encode()


def _controls(topics: Topics) -> dict[str, Component]:
    # "retain" is false by default; it is said because a retained one would wait for the door.
    return {
        "lock": {
            "platform": "lock",
            "name": None,  # the device's own
            "command_topic": topics.home_assistant_set("lock"),
            "payload_unlock": UNLOCK,
            "retain": False,
            **_state(topics),
            "value_template": "{{ value_json.lock }}",
            "state_locked": "locked",
            "state_unlocked": "released",
        },
        "release": {
            "platform": "button",
            "name": "Release",
            "icon": "mdi:door-open",
            "command_topic": topics.home_assistant_set("release"),
            "payload_press": PRESS,
            "retain": False,
        },
        "face": {
            "platform": "switch",
            "name": "Face recognition",
            "icon": "mdi:face-recognition",
            "command_topic": topics.home_assistant_set("face"),
            "payload_on": FACE_ON,
            "payload_off": FACE_OFF,
            "retain": False,
            "state_topic": topics.state,
            "value_template": "{{ 'ON' if value_json.mode == 'normal' else 'OFF' }}",
            "state_on": "ON",
            "state_off": "OFF",
        },
    }


def _lock_to_look_at(topics: Topics) -> dict[str, Component]:
    return {
        "locked": {
            "platform": "binary_sensor",
            "name": "Lock",
            "device_class": "lock",
            **_state(topics),
            "value_template": "{{ 'ON' if value_json.lock == 'released' else 'OFF' }}",
        }
    }


def _state(topics: Topics) -> Component:
    """Where the lock's state is, and what else is told of it."""
    return {
        "state_topic": topics.state,
        "json_attributes_topic": topics.state,
        "json_attributes_template": (
            "{{ {'mode': value_json.mode, 'since': value_json.since} | tojson }}"
        ),
    }


def _reports(topics: Topics) -> dict[str, Component]:
    return {
        "decision": {
            "platform": "event",
            "name": "Decision",
            "icon": "mdi:face-recognition",
            "state_topic": topics.event,
            "event_types": ["granted", "refused"],
            "value_template": _if_judged(_EVENT),
        },
        "last_person": {
            "platform": "sensor",
            "name": "Last person",
            "icon": "mdi:account",
            "state_topic": topics.event,
            "value_template": _if_judged("{{ value_json.person or 'nobody' }}", _AS_BEFORE),
        },
        "last_decision": {
            "platform": "sensor",
            "name": "Last decision",
            "icon": "mdi:door",
            "state_topic": topics.event,
            "value_template": _if_judged("{{ value_json.decision }}", _AS_BEFORE),
        },
        "latency": {
            "platform": "sensor",
            "name": "Decision time",
            "device_class": "duration",
            "state_class": "measurement",
            "unit_of_measurement": "ms",
            "suggested_display_precision": 0,
            "entity_category": "diagnostic",
            "state_topic": topics.event,
            "value_template": _if_decision("{{ value_json.latency_ms.get('total', '') }}"),
        },
        "temperature": {
            "platform": "sensor",
            "name": "Temperature",
            "device_class": "temperature",
            "state_class": "measurement",
            "unit_of_measurement": "°C",
            "entity_category": "diagnostic",
            "state_topic": topics.telemetry,
            "value_template": "{{ value_json.temperature_c }}",
        },
        "people": {
            "platform": "sensor",
            "name": "People",
            "icon": "mdi:account-group",
            "state_class": "measurement",
            "state_topic": topics.people,
            "value_template": "{{ value_json.count }}",
        },
        "connection": {
            "platform": "binary_sensor",
            "name": "Connection",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            # Always available: it is what tells that the others are not.
            "availability": [],
            "state_topic": topics.status,
            "value_template": "{{ 'ON' if value_json.status == 'online' else 'OFF' }}",
        },
        "problem": {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": topics.status,
            "value_template": "{{ 'ON' if value_json.problems else 'OFF' }}",
            "json_attributes_topic": topics.status,
            "json_attributes_template": "{{ {'problems': value_json.problems} | tojson }}",
        },
    }


def _prompt(topics: Topics) -> dict[str, Component]:
    return {
        "prompt": {
            "platform": "sensor",
            "name": "Prompt",
            "icon": "mdi:head-sync",
            "state_topic": topics.prompt,
            "value_template": "{{ value_json.text or 'none' }}",
            "json_attributes_topic": topics.prompt,
            "json_attributes_template": (
                "{{ {'side': value_json.side, 'until': value_json.until,"
                " 'visit': value_json.visit} | tojson }}"
            ),
        }
    }


def _switches(topics: Topics, config: DoorConfig) -> list[tuple[dict[str, Component], bool]]:
    """What shows the switches at the door, and for each whether the door has it."""
    contact: Component = {
        "platform": "binary_sensor",
        "name": "Door",
        "device_class": "door",
        "state_topic": topics.state,
        # "None" is how Home Assistant spells that it is not known.
        "value_template": "{{ {'open': 'ON', 'closed': 'OFF'}.get(value_json.contact) }}",
    }
    alarm: Component = {
        "platform": "binary_sensor",
        "name": "Alarm",
        "device_class": "safety",
        "state_topic": topics.state,
        "value_template": (
            f"{{{{ 'ON' if value_json.state in {[*map(str, ALARMS)]} else 'OFF' }}}}"
        ),
        "json_attributes_topic": topics.state,
        "json_attributes_template": (
            "{{ {'state': value_json.state, 'since': value_json.since} | tojson }}"
        ),
    }
    tamper: Component = {
        "platform": "binary_sensor",
        "name": "Tamper",
        "device_class": "tamper",
        "state_topic": topics.state,
        "value_template": "{{ 'ON' if value_json.tamper else 'OFF' }}",
    }
    bell: Component = {
        "platform": "event",
        "name": "Bell",
        "device_class": "doorbell",
        "event_types": ["ring"],
        "state_topic": topics.event,
        "value_template": _RING,
    }
    has_contact = config.contact_pin is not None
    return [
        ({"contact": contact}, has_contact),
        ({"alarm": alarm}, has_contact or config.lock == "motor"),
        ({"tamper": tamper}, config.tamper_pin is not None),
        ({"bell": bell}, config.bell_pin is not None),
    ]


def _picture(topics: Topics) -> dict[str, Component]:
    return {
        "picture": {
            "platform": "image",
            "name": "Last picture",
            "image_topic": topics.image,
            "content_type": "image/jpeg",
        }
    }


def _triggers(topics: Topics) -> dict[str, Component]:
    """What an automation can start from without naming an entity."""
    return {
        f"when_{decision}": {
            "platform": "device_automation",
            "automation_type": "trigger",
            "topic": topics.event,
            "type": decision,
            "subtype": "visit",
            "payload": decision,
            "value_template": _if_judged("{{ value_json.decision }}"),
        }
        for decision in ("granted", "refused")
    }


_DECISION = f"value_json.kind == '{Decision.KIND}'"
_WITHDRAWN = (
    f"(value_json.kind == '{Withdrawn.KIND}'"
    f" and value_json.event == '{Withdrawn.ALWAYS['event']}' and value_json.person)"
)


def _if_decision(text: str, otherwise: str = "", condition: str = _DECISION) -> str:
    """A template for events: ``text`` for a decision, else ``otherwise``.

    An event entity, a number and a trigger ignore an empty text; a sensor for text would show it.
    """
    return f"{{% if {condition} %}}{text}{{% else %}}{otherwise}{{% endif %}}"


def _if_judged(text: str, otherwise: str = "") -> str:
    """The same also for what takes back the grant of a visit: a refusal, with the same keys."""
    return _if_decision(text, otherwise, f"{_DECISION} or {_WITHDRAWN}")
