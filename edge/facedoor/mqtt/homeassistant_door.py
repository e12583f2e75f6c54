"""What Home Assistant is told of the switches at the door: contact, alarms, tamper switch, bell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from facedoor.door.states import DoorName
from facedoor.wire.topics import Topics

if TYPE_CHECKING:
    from facedoor.config.options import DoorConfig

ALARMS = (DoorName.HELD_OPEN, DoorName.FORCED, DoorName.JAMMED)
"""The states in which somebody should look after the door."""

_RING = (
    "{% if value_json.kind == 'door' and value_json.event == 'bell' %}"
    "{{ {'event_type': 'ring', 'id': value_json.id, 'time': value_json.time} | tojson }}{% endif %}"
)


def switches(topics: Topics, config: DoorConfig) -> list[tuple[dict[str, dict[str, Any]], bool]]:
    """The entities, and for each group whether the door has what it shows."""
    is_watched = config.contact_pin is not None or config.lock == "motor"
    return [
        (_contact(topics), config.contact_pin is not None),
        (_alarm(topics), is_watched),
        (_tamper(topics), config.tamper_pin is not None),
        (_bell(topics), config.bell_pin is not None),
    ]


def _contact(topics: Topics) -> dict[str, dict[str, Any]]:
    return {
        "contact": {
            "platform": "binary_sensor",
            "name": "Door",
            "device_class": "door",
            "state_topic": topics.state,
            # "None" is how Home Assistant spells that it is not known.
            "value_template": "{{ {'open': 'ON', 'closed': 'OFF'}.get(value_json.contact) }}",
        }
    }


def _alarm(topics: Topics) -> dict[str, dict[str, Any]]:
    return {
        "alarm": {
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
    }


def _tamper(topics: Topics) -> dict[str, dict[str, Any]]:
    return {
        "tamper": {
            "platform": "binary_sensor",
            "name": "Tamper",
            "device_class": "tamper",
            "state_topic": topics.state,
            "value_template": "{{ 'ON' if value_json.tamper else 'OFF' }}",
        }
    }


def _bell(topics: Topics) -> dict[str, dict[str, Any]]:
    return {
        "bell": {
            "platform": "event",
            "name": "Bell",
            "device_class": "doorbell",
            "event_types": ["ring"],
            "state_topic": topics.event,
            "value_template": _RING,
        }
    }
