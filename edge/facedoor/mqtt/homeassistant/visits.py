"""Who comes: the event of each decision, what the last one was, and triggers for automations."""

from __future__ import annotations

from facedoor.mqtt.homeassistant.templates import Component, if_decision, if_judged
from facedoor.wire.topics import Topics

_AS_BEFORE = "{{ this.state }}"
_EVENT = (
    "{{ {'event_type': value_json.decision, 'person': value_json.person,"
    " 'reason': value_json.reason, 'id': value_json.id, 'time': value_json.time,"
    " 'visit': value_json.get('visit'), 'picture': value_json.get('picture', false)} | tojson }}"
)


def visits(topics: Topics) -> dict[str, Component]:
    return {
        "decision": {
            "platform": "event",
            "name": "Decision",
            "icon": "mdi:face-recognition",
            "state_topic": topics.event,
            "event_types": ["granted", "refused"],
            "value_template": if_judged(_EVENT),
        },
        "last_person": {
            "platform": "sensor",
            "name": "Last person",
            "icon": "mdi:account",
            "state_topic": topics.event,
            "value_template": if_judged("{{ value_json.person or 'nobody' }}", _AS_BEFORE),
        },
        "last_decision": {
            "platform": "sensor",
            "name": "Last decision",
            "icon": "mdi:door",
            "state_topic": topics.event,
            "value_template": if_judged("{{ value_json.decision }}", _AS_BEFORE),
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
            "value_template": if_decision("{{ value_json.latency_ms.get('total', '') }}"),
        },
    }


def triggers(topics: Topics) -> dict[str, Component]:
    """What an automation can start from without naming an entity."""
    return {
        f"when_{decision}": {
            "platform": "device_automation",
            "automation_type": "trigger",
            "topic": topics.event,
            "type": decision,
            "subtype": "visit",
            "payload": decision,
            "value_template": if_judged("{{ value_json.decision }}"),
        }
        for decision in ("granted", "refused")
    }


def prompt(topics: Topics) -> dict[str, Component]:
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


def kept_picture(topics: Topics) -> dict[str, Component]:
    return {
        "last_visit": {
            "platform": "image",
            "name": "Last visit",
            "image_topic": topics.picture,
            "content_type": "image/jpeg",
        }
    }


def picture(topics: Topics) -> dict[str, Component]:
    return {
        "picture": {
            "platform": "image",
            "name": "Last picture",
            "image_topic": topics.image,
            "content_type": "image/jpeg",
        }
    }
