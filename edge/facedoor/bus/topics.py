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
    def command(self) -> str:
        """Where signed commands come in."""
        return f"facedoor/{self.door}/command"

    def result(self, command_id: str) -> str:
        """What became of the command with that id."""
        return f"facedoor/{self.door}/result/{command_id}"
