"""The service: builds every part, joins them, and takes them down again.

The only room that knows all the others. Threads: the worker owns the frame path; the capture thread
owns a live camera; the doorkeeper's thread owns the relay and writes the journal; the bus thread
owns the network; the main thread waits, for a signal or for one of them to fail, notices when the
gallery has changed, and removes what is too old from the journal. They meet in bounded queues, and
none waits for the one behind it. What may hang, opening a camera and reading from it, never happens
in the main thread: signals are heard.

The order of building is the order of safety: the relay is put into its safe state first, and on
every way out, whatever broke, it is put there again.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from facedoor.access.access import AccessRules
from facedoor.config.options import Config
from facedoor.door.control import DoorControl
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.events import DoorEvent, DoorStatus
from facedoor.door.mode_switch import ModeSwitch
from facedoor.door.profile import Profile
from facedoor.errors import FacedoorError, RelayError
from facedoor.frames import Frame
from facedoor.hardware.factors import open_factors
from facedoor.hardware.fittings import Fittings
from facedoor.hardware.relay_off import leave_note
from facedoor.identity.gallery import Gallery
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.problems import Board
from facedoor.service.observer import Observer, Summary
from facedoor.service.supervision import Supervisor
from facedoor.service.worker import Worker
from facedoor.site.site import load_site
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import load_vault
from facedoor.storage.retention import Retention
from facedoor.storage.store import open_store
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath, Report
from facedoor.wire.events import Decision
from facedoor.wire.mode import Mode

if TYPE_CHECKING:
    from facedoor.service.remote import Remote

LIVENESS_WARNING = (
    "this door does not check liveness: a photo of an enrolled person opens it, "
    "so let it guard nothing that a photo must not open"
)

LOOK_EVERY_S = 0.5
"""How often the main thread looks after the other threads and the gallery."""

log = logging.getLogger(__name__)


class _Call(enum.Enum):
    """What the main thread is waiting for."""

    READY = enum.auto()
    """The camera is open: from now on frames are judged."""
    END = enum.auto()


class Service:
    """One run of the door."""

    def __init__(self, settings: Config, observer: Observer, once: bool = False) -> None:
        """``once`` ends the run when a recorded source ends; otherwise it starts over."""
        self._settings = settings
        self._observer = observer
        self._once = once
        # A signal handler may call, at any moment: the put of this queue can be interrupted by
        # itself, while the set of an Event could wait for a lock that its own thread holds.
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._summary = Summary()
        self._supervisor = Supervisor()
        self._board = Board()
        self._remote: Remote | None = None

    def run(self) -> None:
        """Run until SIGTERM, SIGINT, :meth:`stop`, or the end of a recorded source.

        Raises :class:`FacedoorError` when a part cannot be opened or fails, and when the risk that
        is configured is smaller than the pack can tell, also when so many people are enrolled that
        it becomes so; the relay is off then.
        """
        settings = self._settings
        # The signals outlast the parts: a second one must not cut off their taking down.
        with self._signals(), contextlib.ExitStack() as parts:
            leave_note(settings.door)
            fittings = Fittings(settings.door)
            parts.callback(fittings.close)
            vault = load_vault(settings)
            db = parts.enter_context(contextlib.closing(open_store(settings.database, vault)))

            def open_journal() -> Journal:
                return Journal(open_store(settings.database, vault), vault)

            retention = Retention(db, vault, settings.storage, self._board)
            switch = ModeSwitch()
            switch.restore(db)
            access = AccessRules(db, vault, self._board)
            control = DoorControl(
                fittings.lock,
                Profile.of(settings.door),
                open_journal,
                partial(self._happened, fittings),
                self._board,
                mode=lambda: self._mode_in_force(switch.mode),
                access=access,
                switches=fittings.switches,
                on_status=partial(self._stands, fittings),
            )
            doorkeeper = Doorkeeper(control)
            site = load_site(settings)
            if settings.mqtt.host:
                # What comes with it takes 10 MB: not for a door without a broker.
                from facedoor.service.remote import Remote

                self._remote = Remote(
                    settings,
                    vault,
                    doorkeeper,
                    switch,
                    lambda: self._summary.frames,
                    self._board,
                    site,
                )
                parts.callback(self._remote.stop)
            # Stopped before the bus, so that the bus can still tell that the door is locked.
            doorkeeper.start()
            parts.callback(doorkeeper.stop)
            parts.enter_context(open_factors(settings, doorkeeper.present, self._board))
            models = pack.load(settings.pack_directory)
            gallery = Gallery(db, vault)
            # Read before the index is made: what changes in between is then noticed.
            revision = gallery.revision()
            model = models.manifest.embedder.sha256
            risk = Risk(models.manifest, settings.recognition)
            correction = risk.correction

            def enrolled(revision: int) -> Standard:
                access.reload()
                index = GalleryIndex.of(gallery, model, correction)
                if self._remote is not None:
                    self._remote.people_changed(index.names, revision)
                _log_risk(risk, len(index.names))
                return risk.standard(index, access.false_match_rates)

            path = FramePath(
                FaceReader.of(models, settings.models.threads),
                enrolled(revision),
                risk.evidence_policy,
                risk.same_face_distance,
            )

            def refresh(revision: int) -> None:
                path.compare_with(enrolled(revision))

            log.warning(LIVENESS_WARNING)
            worker = Worker(
                settings.camera,
                path,
                doorkeeper,
                self._supervisor,
                self._summary,
                self._watching,
                self._once,
            )
            worker.start(opened=lambda: self._calls.put(_Call.READY), ended=self.stop)
            parts.callback(worker.stop)
            parts.callback(self._supervisor.stopping)
            error: Exception | None = None
            try:
                self._look_after(doorkeeper, access, retention, gallery, revision, refresh)
            except FacedoorError as failure:
                error = failure
        if worker.has_begun:
            self._observer.ended(self._summary)
        if error := error or worker.error:
            raise error

    def stop(self) -> None:
        """End the run soon; may be called from any thread and from a signal handler."""
        self._calls.put(_Call.END)

    def _look_after(
        self,
        doorkeeper: Doorkeeper,
        access: AccessRules,
        retention: Retention,
        gallery: Gallery,
        revision: int,
        refresh: Callable[[int], None],
    ) -> None:
        while (call := self._next_call()) is not _Call.END:
            if call is _Call.READY and self._remote is not None:
                self._remote.start()
            if doorkeeper.failed.is_set():
                raise RelayError(
                    "the door's relay could not be driven, so the service ends: "
                    "see the log for the reason, then: facedoor check"
                )
            access.look()
            retention.look()
            if (changed := gallery.revision()) != revision:
                revision = changed
                refresh(revision)
            if self._remote is not None:
                self._remote.look(revision)

    def _mode_in_force(self, mode: Mode) -> Mode:
        """No face while the door may not know who was removed; commands as they were."""
        if mode is Mode.NORMAL and self._remote is not None and self._remote.refuses_faces:
            return Mode.FACE_OFF
        return mode

    def _next_call(self) -> _Call | None:
        with contextlib.suppress(queue.Empty):
            return self._calls.get(timeout=LOOK_EVERY_S)
        return None

    def _watching(self, frame: Frame, report: Report) -> None:
        self._observer.watching(frame, report)
        if self._remote is not None:
            self._remote.watching(frame, report)

    def _happened(self, fittings: Fittings, event: DoorEvent) -> None:
        fittings.happened(event)
        if isinstance(event, Decision):
            if event.granted:
                self._summary.granted += 1
            else:
                self._summary.refused += 1
        self._supervisor.happened(event)
        if self._remote is not None:
            self._remote.happened(event)
        self._observer.happened(event)

    def _stands(self, fittings: Fittings, status: DoorStatus) -> None:
        fittings.stands(status)
        if self._remote is not None:
            self._remote.stands(status)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the run; outside the main thread signals are left alone."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, lambda *_: self.stop())
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _log_risk(risk: Risk, people: int) -> None:
    """A line in the log about the risk of so many ``people``."""
    limit = risk.limit(people)
    if not people:
        log.warning("nobody is enrolled, so the door opens for nobody: facedoor enroll")
    log.log(logging.INFO if limit.is_known else logging.WARNING, "%s", limit)
