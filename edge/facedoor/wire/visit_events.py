"""Events about visits that were told before: who it was, who looked, and what was forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from facedoor.wire.events import Event


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
