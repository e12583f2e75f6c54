"""What there is to tell the page, on its way from the thread that listens to the streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class News:
    """Something that has changed; ``text`` is it in JSON, as the page gets it.

    ``about`` names what it is of: of two with the same the later one is enough. ``door`` says whose
    it is, ``None``: it is for everybody.
    """

    event: Literal["door", "visit", "entry", "needs", "forgotten", "broker", "store"]
    about: str
    text: str
    door: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door says to a command: ``said`` is verified, ``text`` the message with its
    signature."""

    door: str
    said: dict[str, Any]
    text: str


Tell: TypeAlias = Callable[[Sequence[News | Answer]], None]
"""Takes what there is to tell, in order; called from the thread that listens."""
