"""What the door hears: one message, as it came from the broker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """A message, unchecked. ``response_topic`` and ``correlation`` are those of MQTT v5."""

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None = None
    correlation: bytes | None = None
