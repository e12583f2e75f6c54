"""What Home Assistant's MQTT discovery accepts, as its documentation of 2026 has it."""

from __future__ import annotations

from typing import Any

DEVICE = {
    *("identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version"),
    *("serial_number", "sw_version", "via_device", "suggested_area", "configuration_url"),
}
ORIGIN = {"name", "sw_version", "support_url"}
AVAILABILITY = {"topic", "payload_available", "payload_not_available", "value_template"}
SHARED = {
    *("availability", "availability_topic", "availability_mode", "availability_template"),
    *("payload_available", "payload_not_available", "state_topic", "command_topic"),
    *("qos", "encoding"),
}
"""Keys that may stand beside the components, which inherit them."""

ENTITY = {
    *("platform", "unique_id", "name", "enabled_by_default", "entity_category"),
    *("entity_picture", "icon", "json_attributes_topic", "json_attributes_template"),
    *("default_entity_id", "availability", "availability_topic", "availability_mode"),
    *("availability_template", "payload_available", "payload_not_available", "qos", "encoding"),
}

PLATFORMS: dict[str, tuple[set[str], set[str]]] = {
    "lock": (
        {"command_topic"},
        {
            *("command_template", "state_topic", "value_template", "payload_lock"),
            *("payload_unlock", "payload_open", "payload_reset", "state_locked", "state_locking"),
            *("state_unlocked", "state_unlocking", "state_jammed", "state_open", "state_opening"),
            *("code_format", "optimistic", "retain"),
        },
    ),
    "event": ({"state_topic", "event_types"}, {"device_class", "value_template"}),
    "binary_sensor": (
        {"state_topic"},
        {
            *("payload_on", "payload_off", "off_delay", "expire_after", "force_update"),
            *("device_class", "value_template"),
        },
    ),
    "sensor": (
        {"state_topic"},
        {
            *("device_class", "state_class", "unit_of_measurement", "expire_after"),
            *("force_update", "options", "suggested_display_precision", "value_template"),
        },
    ),
    "image": (
        set(),
        {"image_topic", "url_topic", "content_type", "image_encoding", "url_template"},
    ),
    "switch": (
        {"command_topic"},
        {
            *("command_template", "state_topic", "payload_on", "payload_off", "state_on"),
            *("state_off", "device_class", "optimistic", "retain", "value_template"),
        },
    ),
    "select": (
        {"command_topic", "options"},
        {"command_template", "state_topic", "optimistic", "retain", "value_template"},
    ),
    "update": (
        set(),
        {
            *("state_topic", "value_template", "latest_version_topic", "latest_version_template"),
            *("command_topic", "payload_install", "release_summary", "release_url", "title"),
            *("device_class", "display_precision", "retain"),
        },
    ),
    "button": (
        {"command_topic"},
        {"command_template", "payload_press", "device_class", "retain"},
    ),
}
"""Of each platform: the keys that it needs, and the others that it knows beside those of any."""

TRIGGER = {"platform", "automation_type", "topic", "type", "subtype"}
TRIGGER_EXTRA = {"payload", "value_template", "qos"}

CHOICES = {
    "entity_category": {"config", "diagnostic"},
    "state_class": {"measurement", "total", "total_increasing"},
    "qos": {0, 1, 2},
}
DEVICE_CLASSES = {
    "event": {"button", "doorbell", "motion"},
    "binary_sensor": {"connectivity", "door", "lock", "opening", "problem", "safety", "tamper"},
    "sensor": {"duration", "enum", "temperature", "timestamp"},
}
"""Those of the many that a door has a use for."""


def objections(message: dict[str, Any]) -> list[str]:
    """What Home Assistant would ignore or refuse in a device discovery message."""
    found = _unknown(message, {"device", "components", "origin"} | SHARED, "message")
    found += _unknown(message["device"], DEVICE, "device")
    found += _unknown(message["origin"], ORIGIN, "origin")
    if not message["device"].get("identifiers"):
        found.append("device: no identifiers")
    if not message["origin"].get("name"):
        found.append("origin: no name")
    for way in message.get("availability", ()):
        found += _unknown(way, AVAILABILITY, "availability")
    for name, component in message["components"].items():
        if set(component) != {"platform"}:
            found += [f"{name}: {objection}" for objection in _of_component(component)]
    return found


def _of_component(component: dict[str, Any]) -> list[str]:
    platform = component["platform"]
    if platform == "device_automation":
        needed, known = TRIGGER, TRIGGER | TRIGGER_EXTRA
    else:
        needed, own = PLATFORMS[platform]
        known = ENTITY | needed | own
        needed = needed | {"unique_id"}
    found = _unknown(component, known, platform)
    found += [f"no {key}" for key in sorted(needed - set(component))]
    found += [
        f"{key} is {component[key]!r}"
        for key, choices in CHOICES.items()
        if key in component and component[key] not in choices
    ]
    if component.get("device_class", "") not in DEVICE_CLASSES.get(platform, set()) | {""}:
        found.append(f"device_class is {component['device_class']!r}")
    if platform == "image" and len({"image_topic", "url_topic"} & set(component)) != 1:
        found.append("not exactly one of image_topic and url_topic")
    if platform in {"lock", "select"} and "state_topic" not in component:
        found.append("optimistic, since it has no state_topic")
    return found


def _unknown(part: dict[str, Any], known: set[str], where: str) -> list[str]:
    return [f"{where} does not know {key}" for key in sorted(set(part) - known)]
