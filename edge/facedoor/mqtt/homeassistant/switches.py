"""The switches at the door, as far as it has them."""

from __future__ import annotations

from facedoor.config.options import DoorConfig
from facedoor.mqtt.homeassistant.templates import Component
from facedoor.wire.events import DoorHappened, Happening
from facedoor.wire.mode import DoorName
from facedoor.wire.topics import Topics

ALARMS = (DoorName.HELD_OPEN, DoorName.FORCED, DoorName.JAMMED)
"""The states in which somebody should look after the door."""

_RING = (
    f"{{% if value_json.kind == '{DoorHappened.KIND}'"
    f" and value_json.event == '{Happening.BELL.told['event']}' %}}"
    "{{ {'event_type': 'ring', 'id': value_json.id, 'time': value_json.time} | tojson }}{% endif %}"
)


def switches(topics: Topics, config: DoorConfig) -> list[tuple[dict[str, Component], bool]]:
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
