"""Events about visits that were told before: who it was, who looked, and what was forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from facedoor.times import utc_text
from facedoor.wire.events import Event

NEXT_GRANT_WITHIN_S = 60.0
"""A refusal that is over for at most so long when a visit begins that is let in was of the same
person: one more try, and not the next caller."""


@dataclass(frozen=True, slots=True)
class Labelled(Event):
    """Somebody said that it was ``person`` who came on a ``visit``; ``by`` as in a release. Nobody
    is recognised by it."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "label"}

    visit: str
    person: str | None
    by: str


@dataclass(frozen=True, slots=True)
class PicturesSeen(Event):
    """Pictures of these ``visits`` were given out; ``by`` as in a release."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "picture_seen"}

    visits: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Forgotten(Event):
    """A name was erased, from ``entries`` of these numbers, with the pictures of ``visits``.

    For listeners, who have to erase it too; the name itself is not in it.
    """

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "forgotten"}

    visits: tuple[str, ...]
    entries: tuple[int, ...]


def is_one_more_try(ended: str, began: str) -> bool:
    """Whether a visit ``began``, RFC 3339 UTC, when a refused one had ``ended``, and shortly."""
    return a_try_before(began) <= ended <= began


def a_try_before(time: str) -> str:
    """The earliest that a refusal is over whose visitor tries once more at ``time``."""
    try:
        return utc_text(datetime.fromisoformat(time) - timedelta(seconds=NEXT_GRANT_WITHIN_S))
    except (ValueError, OverflowError):  # a time that no door of ours writes
        return time
