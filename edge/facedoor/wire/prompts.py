"""A prompt: what a visitor is asked to do now, to show that they are no picture.

It is an offer of the moment, no decision, and so in no journal: whoever hears of it too late has
missed it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from facedoor.languages import N_, _
from facedoor.times import utc_text


class Side(enum.StrEnum):
    """A side as the visitor means it: who faces the camera has their left at the image's right."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT

    @property
    def request(self) -> str:
        """What to tell the visitor, in plain words."""
        return _(_REQUESTS[self])


_REQUESTS = {
    Side.LEFT: N_("turn your head to your left"),
    Side.RIGHT: N_("turn your head to your right"),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the visitor of ``track`` is asked, on ``.../prompt``; ``visit`` names the visit as its
    decision does.

    ``side`` is where to turn the head to, ``text`` the same in words; it lasts for ``lasts_s``, so
    ``until``, RFC 3339 UTC. Once nothing is asked any more, ``side`` and ``until`` are ``None``.
    """

    side: Side | None
    text: str
    lasts_s: float
    until: str | None
    track: int
    visit: str | None = None

    @classmethod
    def asking(cls, side: Side, lasts_s: float, track: int, visit: str | None) -> Prompt:
        """To turn to ``side``."""
        until = utc_text(datetime.now(UTC) + timedelta(seconds=lasts_s))
        return cls(side, side.request, lasts_s, until, track, visit)

    @property
    def over(self) -> Prompt:
        """What is told when it is."""
        return Prompt(None, "", 0.0, None, self.track, self.visit)
