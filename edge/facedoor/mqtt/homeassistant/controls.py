"""The lock, and what else may be set, as far as the settings allow it."""

from __future__ import annotations

from facedoor.mqtt.homeassistant.templates import Component
from facedoor.wire.door_requests import FACE_OFF, FACE_ON, PRESS, UNLOCK
from facedoor.wire.mode import Mode
from facedoor.wire.topics import Topics

_LOCK = (
    "{% if value_json.state in ('jammed', 'locking') %}{{ value_json.state }}"
    "{% elif value_json.contact == 'open' %}open"
    "{% else %}{{ value_json.lock }}{% endif %}"
)
"""The most urgent of what is true: a door that stands open keeps nobody out, locked or not."""


def controls(topics: Topics) -> dict[str, Component]:
    # "retain" is false by default; it is said because a retained one would wait for the door.
    return {
        "lock": {
            "platform": "lock",
            "name": None,  # the device's own
            "command_topic": topics.home_assistant_set("lock"),
            "payload_unlock": UNLOCK,
            "retain": False,
            **_state(topics),
            "value_template": _LOCK,
            "state_locked": "locked",
            "state_unlocked": "released",
            "state_locking": "locking",
            "state_open": "open",
            "state_jammed": "jammed",
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
        "mode": {
            "platform": "select",
            "name": "Mode",
            "icon": "mdi:shield-lock",
            "command_topic": topics.home_assistant_set("mode"),
            "options": [mode.value for mode in Mode],
            "retain": False,
            "state_topic": topics.state,
            "value_template": "{{ value_json.mode }}",
        },
    }


def lock_to_look_at(topics: Topics) -> dict[str, Component]:
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
            "{{ {'mode': value_json.mode, 'state': value_json.state, 'since': value_json.since}"
            " | tojson }}"
        ),
    }
