"""The door as Home Assistant finds it by itself: one message that describes the whole device.

Home Assistant reads the door's own topics, through templates; nothing is published twice for it.
The keys of the message are those of its MQTT discovery, in their long form.

An entity that the settings rule out is still named, with its platform only: that is how Home
Assistant is told to remove it, should an earlier start have offered it. So the message depends on
nothing but the settings.
"""

from __future__ import annotations

import json

from facedoor import __version__
from facedoor.config.asking import may_ask
from facedoor.config.options import Config
from facedoor.mqtt.homeassistant.controls import controls, lock_to_look_at
from facedoor.mqtt.homeassistant.health import health
from facedoor.mqtt.homeassistant.switches import switches
from facedoor.mqtt.homeassistant.templates import Component
from facedoor.mqtt.homeassistant.visits import kept_picture, picture, prompt, triggers, visits
from facedoor.mqtt.last_picture import is_published
from facedoor.wire.topics import Topics

BIRTH_TOPIC = "homeassistant/status"
"""Where Home Assistant says ``online`` when it has started."""


def discovery_topic(door: str) -> str:
    """Retained: the topic of :func:`discovery`."""
    return f"homeassistant/device/facedoor-{door}/config"


def discovery(settings: Config) -> bytes:
    """The device discovery message of the door that ``settings`` describes.

    Lock, button, switch and select are offered only with ``[mqtt] home_assistant_control``, since
    they do nothing without it; a sensor takes the lock's place. Raises :class:`ConfigError` for a
    door's name that cannot be in a topic.
    """
    topics = Topics(settings.door.name)
    device = f"facedoor-{topics.door}"
    control = settings.mqtt.home_assistant_control
    components: dict[str, Component] = {}
    for offered, wanted in (
        (controls(topics), control),
        (lock_to_look_at(topics), not control),
        (visits(topics), True),
        (health(topics), True),
        (prompt(topics), may_ask(settings)),
        (picture(topics), settings.mqtt.publish_image),
        (kept_picture(topics), is_published(settings)),
        (triggers(topics), True),
        *switches(topics, settings.door),
    ):
        for name, component in offered.items():
            if not wanted:
                component = {"platform": component["platform"]}
            elif component["platform"] != "device_automation":
                component["unique_id"] = f"{device}-{name}"
            components[name] = component
    page, support = {}, {}
    if url := settings.dashboard.origin:
        page = {"configuration_url": url}
        support = {"support_url": f"{url}/doors/{topics.door}"}
    message = {
        "device": {
            "identifiers": [device],
            "name": f"facedoor {topics.door}",
            "manufacturer": "facedoor",
            "model": "face-verification door lock",
            "sw_version": __version__,
            **page,
        },
        "origin": {"name": "facedoor", "sw_version": __version__, **support},
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
