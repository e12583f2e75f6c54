"""Somebody who watches a run of the door, and what the run came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from facedoor.door.events import DoorEvent
    from facedoor.frames import Frame
    from facedoor.visit.frame_path import Report


@dataclass(slots=True)
class Summary:
    """What a run came to."""

    frames: int = 0
    dropped: int = 0
    granted: int = 0
    refused: int = 0


class Observer(Protocol):
    """Somebody who watches a run: a console, a live view, a test. Must not block."""

    def watching(self, frame: Frame, report: Report, /) -> None:
        """A frame was judged. Called from the worker's thread."""

    def happened(self, event: DoorEvent, /) -> None:
        """A decision was written, or the relay moved. Called from the doorkeeper's thread."""

    def ended(self, summary: Summary) -> None:
        """The run, which had begun, is over and the relay is off."""
