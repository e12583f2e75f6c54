"""The names of the topics. Each door has its own branch, ``facedoor/<door>``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from facedoor.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one door. Raises :class:`ConfigError` for a name that cannot be in a topic."""

    door: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", self.door):
            raise ConfigError(
                f"[door] name is {self.door!r}; it is part of MQTT topics, so write one word of "
                "letters a to z, digits, - and _"
            )

    @property
    def status(self) -> str:
        """Retained: online or offline."""
        return f"facedoor/{self.door}/status"

    @property
    def state(self) -> str:
        """Retained: locked or released."""
        return f"facedoor/{self.door}/state"

    @property
    def event(self) -> str:
        """Every entry of the journal, in order."""
        return f"facedoor/{self.door}/event"

    @property
    def telemetry(self) -> str:
        """How the machine behind the door fares."""
        return f"facedoor/{self.door}/telemetry"

    @property
    def people(self) -> str:
        """Retained: how many are enrolled."""
        return f"facedoor/{self.door}/people"

    @property
    def image(self) -> str:
        """The last picture, a JPEG file; only if configured."""
        return f"facedoor/{self.door}/image"

    def home_assistant_set(self, entity: str) -> str:
        """Where Home Assistant sends what it wants of ``entity``, in plain words."""
        return f"facedoor/{self.door}/ha/{entity}/set"
