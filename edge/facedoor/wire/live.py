"""What the running service shows of itself at its local socket: JSON objects, one a line.

Each has one key, which says what it is: ``door``, ``frame`` or ``news``. It is for whoever may look
through the camera, but not for whoever may read templates: distances are told as to all listeners
(:mod:`facedoor.wire.bands`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from facedoor import strict
from facedoor.strict import StrictError, more
from facedoor.wire.mode import DoorStatus

SOCKET = "watch.sock"
"""The socket's name in the service's runtime directory."""

LONGEST_LINE_BYTES = 1_000_000
"""A frame takes some 20 kB; whoever reads gives up at a line that is longer than this."""


@dataclass(frozen=True, slots=True)
class LiveDoor:
    """The door's ``name``, facedoor's ``version``, and how the door stands, once it is known."""

    KEY: ClassVar[str] = "door"

    name: str
    version: str
    state: DoorStatus | None = None


@dataclass(frozen=True, slots=True)
class LiveFace:
    """A face in view: ``box`` is left, top, right and bottom as shares of the picture, 0 to 1.

    ``granted`` is what its visit was told, ``None`` before that; ``text`` says who it is, or what
    to do.
    """

    track: int
    box: tuple[float, float, float, float]
    granted: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A frame that was judged: a small JPEG, the faces in it, and what each stage took last.

    ``time_s`` is on the source's own clock, and ``judged`` counts the frames up to this one: of
    two, the differences tell how many are judged in a second. ``lamp`` says whether the lamp at the
    door is on, ``None`` where there is none.
    """

    KEY: ClassVar[str] = "frame"

    jpeg: bytes = field(
        metadata=more(
            said=(str, lambda text: base64.b64decode(text, validate=True)),
            told=lambda data: base64.b64encode(data).decode(),
        )
    )
    faces: tuple[LiveFace, ...]
    latency_ms: Mapping[str, float]
    judged: int
    time_s: float
    lamp: bool | None = None


@dataclass(frozen=True, slots=True)
class LiveNews:
    """Something that happened: at ``time`` (RFC 3339 UTC), in words, and as listeners hear it. Of
    which visitor it is said, the ``track`` of the event tells.

    ``event`` is the told event, of the ``kind`` that the journal knows it by, or a prompt, of none;
    empty for what concerns only this watcher.
    """

    KEY: ClassVar[str] = "news"

    time: str
    text: str
    event: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""

    @property
    def granted(self) -> bool | None:
        """Whether somebody was let in or kept out; ``None`` for other news."""
        return {"granted": True, "refused": False}.get(str(self.event.get("decision")))


Live: TypeAlias = LiveDoor | LiveFrame | LiveNews
_KINDS: Mapping[str, type[Live]] = {kind.KEY: kind for kind in (LiveDoor, LiveFrame, LiveNews)}


def encode(said: Live) -> bytes:
    """``said`` as a line."""
    return json.dumps({said.KEY: strict.as_json(said)}, ensure_ascii=False).encode() + b"\n"


def decode(line: bytes) -> Live | None:
    """What a line says; ``None`` for what only a newer facedoor knows. Raises ``ValueError``."""
    said = json.loads(line)
    if not isinstance(said, dict):
        raise StrictError("has to be a table")
    for key, content in said.items():
        if kind := _KINDS.get(key):
            return strict.read(kind, content, ignore_unknown=True)
    return None
