"""The names of the topics. Each door has its own branch, ``facedoor/<door>``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from facedoor.errors import ConfigError
from facedoor.languages import _

MESSAGES = frozenset(("status", "state", "event", "prompt", "telemetry", "people", "result"))
"""The words of the topics on which a door says something in JSON."""


def is_word(text: str) -> bool:
    """Whether ``text`` can be one level of a topic: letters a to z, digits, - and _."""
    return re.fullmatch(r"[a-zA-Z0-9_-]+", text) is not None


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one door. Raises :class:`ConfigError` for a name that cannot be in a topic.

    Where a method takes a word it can be ``+`` too, which makes a filter of the topic, for a
    subscription to all of them. Anything else that is not one word is a ``ValueError``.
    """

    door: str

    def __post_init__(self) -> None:
        if not is_word(self.door):
            raise ConfigError(
                _(
                    "[door] name is {door!r}; it is part of MQTT topics, so write one word of "
                    "letters a to z, digits, - and _"
                ).format(door=self.door)
            )

    @property
    def status(self) -> str:
        """Retained: online or offline."""
        return f"facedoor/{self.door}/status"

    @staticmethod
    def every_status() -> str:
        """A filter of the topics on which all doors say whether they are online."""
        return "facedoor/+/status"

    @property
    def state(self) -> str:
        """Retained: locked or released."""
        return f"facedoor/{self.door}/state"

    @property
    def event(self) -> str:
        """Every entry of the journal, in order."""
        return f"facedoor/{self.door}/event"

    @property
    def prompt(self) -> str:
        """What a visitor is asked to do now."""
        return f"facedoor/{self.door}/prompt"

    @property
    def telemetry(self) -> str:
        """How the door fares, every now and then."""
        return f"facedoor/{self.door}/telemetry"

    @property
    def people(self) -> str:
        """Retained: how many people are enrolled."""
        return f"facedoor/{self.door}/people"

    @property
    def image(self) -> str:
        """The last picture, a JPEG."""
        return f"facedoor/{self.door}/image"

    @property
    def picture(self) -> str:
        """Retained: the picture of the last visit of which one is kept, a JPEG."""
        return f"facedoor/{self.door}/picture"

    @property
    def command(self) -> str:
        """What the door is told to do; the only topic on which it takes signed commands."""
        return f"facedoor/{self.door}/command"

    @property
    def sync(self) -> str:
        """What the door says to itself, to know that it has heard what the broker said before."""
        return f"facedoor/{self.door}/sync"

    def kind(self, topic: str) -> str | None:
        """The word of ``topic`` if one of the door's messages in JSON is there, else ``None``."""
        branch = f"facedoor/{self.door}/"
        word = topic.removeprefix(branch).partition("/")[0]
        return word if topic.startswith(branch) and word in MESSAGES else None

    def result(self, command_id: str) -> str:
        """What became of one command."""
        return f"facedoor/{self.door}/result/{_level(command_id)}"

    def home_assistant_set(self, entity: str) -> str:
        """Plain payloads from Home Assistant to one of its entities."""
        return f"facedoor/{self.door}/ha/{_level(entity)}/set"


def roster(site: str, person: str) -> str:
    """Retained: one person of a site, for all its doors. ``person`` is an id, never a name."""
    return f"facedoor/site/{_level(site)}/roster/{_level(person)}"


def _level(text: str) -> str:
    if text != "+" and not is_word(text):
        raise ValueError(f"{text!r} cannot be one level of a topic: it has to be one word")
    return text
