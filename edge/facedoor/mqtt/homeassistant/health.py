"""How the door fares: whether it is there, what is wrong, how warm, how many people."""

from __future__ import annotations

from facedoor.mqtt.homeassistant.templates import Component
from facedoor.wire.topics import Topics

_NUMBERS = ".split('.') | map('int', 0) | list"
_NEWEST = (
    "{% set known = this.attributes.latest_version | default('0', true) %}"
    "{% set heard = (value_json | default({})).version | default('0', true) %}"
    f"{{{{ heard if (heard{_NUMBERS}) > (known{_NUMBERS}) else known }}}}"
)
"""Nobody is asked on the Internet: the newest is the newest that any door at this broker runs; Home
Assistant hears of them all, one after the other."""


def health(topics: Topics) -> dict[str, Component]:
    return {
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
        "update": {
            "platform": "update",
            "name": "Version",
            "title": "facedoor",
            "entity_category": "diagnostic",
            "state_topic": topics.status,
            "value_template": "{{ value_json.version }}",
            "latest_version_topic": Topics.every_status(),
            "latest_version_template": _NEWEST,
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
