"""What the door hears on MQTT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """One message, as the broker delivered it; nothing in it has been looked at.

    ``retained`` is true for a message that the broker had kept, and with MQTT v5 also for one that
    it is going to keep. ``response_topic`` and ``correlation`` are those of MQTT v5.
    """

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None = None
    correlation: bytes | None = None


Handlers = Mapping[str, Callable[[Received], None]]
"""By topic filter: who takes the messages. Called from the network's thread: must not block."""
