"""Who watches a run of the door, who else hears what happens, and what the run came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from facedoor.frames import Frame
from facedoor.hardware.lock import Fittings
from facedoor.service.mounting import Mounting
from facedoor.service.supervision import Supervisor
from facedoor.visit.report import FrameReport
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Event
from facedoor.wire.mode import DoorStatus

if TYPE_CHECKING:
    from facedoor.service.picture_keeper import PictureKeeper
    from facedoor.service.remote import Remote
    from facedoor.service.spectators import Spectators


@dataclass(slots=True)
class Summary:
    """What a run came to."""

    frames: int = 0
    dropped: int = 0
    granted: int = 0
    refused: int = 0


class Observer(Protocol):
    """Somebody who watches a run: a console, a live view, a test. Must not block."""

    def watching(self, frame: Frame, report: FrameReport, /) -> None:
        """A frame was judged. Called from the worker's thread."""

    def happened(self, event: Event, /) -> None:
        """A decision was written, or the relay moved. Called from the doorkeeper's thread."""

    def ended(self, summary: Summary) -> None:
        """The run, which had begun, is over and the relay is off."""


class Audience:
    """All who hear of a run: the parts of the service that have to, and then the observers."""

    def __init__(
        self, observers: Sequence[Observer], supervisor: Supervisor, mounting: Mounting
    ) -> None:
        self.summary = Summary()
        self.fittings: Fittings
        """Set before the doorkeeper is made."""
        self.remote: Remote | None = None
        """Set before the doorkeeper starts, at a door with a broker."""
        self.spectators: Spectators | None = None
        """Set before the doorkeeper starts, where there is a place for their socket."""
        self.pictures: PictureKeeper | None = None
        """Set before the doorkeeper starts, where pictures of visits are kept."""
        self.answered: Callable[[Decision], None] = lambda _: None
        """Hears what became of each decision: the frame path, as soon as there is one."""
        self._observers = observers
        self._supervisor = supervisor
        self._mounting = mounting

    def watching(self, frame: Frame, report: FrameReport) -> None:
        """A frame was judged. From the worker's thread."""
        for prompt in report.prompts:
            self.fittings.signaller.prompted(prompt)
        self.fittings.night_lamp.watching(frame, report)
        for observer in self._observers:
            observer.watching(frame, report)
        if self.remote is not None:
            self.remote.watching(frame, report)
        if self.spectators is not None:
            self.spectators.watching(frame, report)

    def happened(self, event: Event) -> None:
        """A decision was written, or the relay moved. From the doorkeeper's thread."""
        if isinstance(event, Decision):
            self.answered(event)
            if self.pictures is not None:
                self.pictures.happened(event)
            if event.again:
                self._happened_again(event)
                return
            self.summary.granted += event.granted
            self.summary.refused += not event.granted
        self.fittings.signaller.happened(event)
        self.fittings.night_lamp.happened(event)
        self._supervisor.happened(event)
        self._mounting.happened(event)
        if self.remote is not None:
            self.remote.happened(event)
        if self.spectators is not None:
            self.spectators.happened(event)
        for observer in self._observers:
            observer.happened(event)

    def _happened_again(self, refusal: Decision) -> None:
        """A visit was refused as before: nobody is told, but whoever stands at the door, and is
        not recognised, sees that they were looked at; and a lockout may have come of it."""
        if refusal.person is None:
            self.fittings.signaller.happened(refusal)
            if self.remote is not None:
                self.remote.happened(refusal)

    def ended(self) -> None:
        """The run, which had begun, is over and the relay is off."""
        for observer in self._observers:
            observer.ended(self.summary)

    def stands(self, status: DoorStatus) -> None:
        """The door stands so from now on. From the doorkeeper's thread."""
        self.fittings.signaller.stands(status)
        if self.remote is not None:
            self.remote.stands(status)
        if self.spectators is not None:
            self.spectators.stands(status)
