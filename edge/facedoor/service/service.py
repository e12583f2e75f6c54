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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from facedoor.access.access import AccessRules
from facedoor.clock import DoorClock, Machine
from facedoor.config.options import Config
from facedoor.door.control import DoorControl
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.fitted import Fitted
from facedoor.door.mode_switch import ModeSwitch
from facedoor.door.states import Profile
from facedoor.errors import FacedoorError, RelayError, StoreError, UsageError
from facedoor.hardware.keypad import open_factors
from facedoor.hardware.lock import Fittings
from facedoor.hardware.relay_off import leave_note
from facedoor.problems import Board, Severity
from facedoor.service.memory import give_back
from facedoor.service.mounting import Mounting
from facedoor.service.observer import Audience, Observer
from facedoor.service.picture_keeper import PictureKeeper
from facedoor.service.spectators import open_spectators
from facedoor.service.supervision import ProblemFile, Supervisor
from facedoor.service.timekeeper import Timekeeper
from facedoor.service.worker import Recognition, Worker
from facedoor.site.site import Site, load_site
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import load_vault
from facedoor.storage.ledger import TamperedError
from facedoor.storage.pictures import Pictures
from facedoor.storage.retention import Retention
from facedoor.storage.store import START_REWRITES_UP_TO_MB, open_store, scrub_if_possible
from facedoor.storage.vault import Vault
from facedoor.storage.watch import Watch
from facedoor.vision.weight_cache import WeightCache
from facedoor.wire.mode import Mode

LOOK_EVERY_S = 0.5
"""How often the main thread looks after the other threads and the gallery."""

log = logging.getLogger(__name__)


class _Call(enum.Enum):
    """What the main thread is waiting for."""

    READY = enum.auto()
    """The camera is open: from now on frames are judged."""
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the main thread looks after."""

    doorkeeper: Doorkeeper
    timekeeper: Timekeeper
    access: AccessRules
    retention: Retention
    watch: Watch
    recognition: Recognition
    worker: Worker


class Service:
    """One run of the door."""

    def __init__(
        self,
        settings: Config,
        *observers: Observer,
        once: bool = False,
        machine: Machine | None = None,
        wrong_mqtt: str = "",
    ) -> None:
        """``once`` ends the run when a recorded source ends; otherwise it starts over. The time is
        that of ``machine``; by default of this one. ``wrong_mqtt`` is what was wrong with the
        settings of MQTT, which are left out."""
        self._settings = settings
        self._once = once
        self._clock = DoorClock(machine)
        # A signal handler may call, at any moment: the put of this queue can be interrupted by
        # itself, while the set of an Event could wait for a lock that its own thread holds.
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._board = Board()
        self._has_lost_site = False
        self._pack: str | None = None
        self._wrong_mqtt = wrong_mqtt
        if wrong_mqtt:
            self._board.report(
                "mqtt_unusable",
                f"there is no MQTT ({wrong_mqtt}); events wait in the journal: mend it, then "
                "restart facedoor",
            )
        self._problem_file = ProblemFile(self._board)
        self._supervisor = Supervisor(self._board)
        mounting = Mounting(self._board, settings.camera)
        self._audience = Audience(observers, self._supervisor, mounting)

    def run(self) -> None:
        """Run until SIGTERM, SIGINT, :meth:`stop`, or the end of a recorded source.

        Raises :class:`FacedoorError` when a part cannot be opened or fails, and when the risk that
        is configured is smaller than the pack can tell, also when so many people are enrolled that
        it becomes so; the relay is off then.
        """
        error: Exception | None = None
        # The signals outlast the parts: a second one must not cut off their taking down.
        with self._signals(), contextlib.ExitStack() as stack:
            parts = self._start(stack)
            try:
                self._look_after(parts)
            except FacedoorError as failure:
                error = failure
        if parts.worker.has_begun:
            self._audience.ended()
        if error := error or parts.worker.error:
            raise error

    def stop(self) -> None:
        """End the run soon; may be called from any thread and from a signal handler."""
        self._calls.put(_Call.END)

    def _start(self, stack: contextlib.ExitStack) -> _Parts:
        """Build every part and start it, in the order of safety; ``stack`` takes them down."""
        settings = self._settings
        leave_note(settings.door)
        fittings = self._audience.fittings = Fittings(settings.door, self._board)
        stack.callback(fittings.close)
        stack.callback(self._problem_file.close)
        vault = load_vault(settings)
        db = stack.enter_context(contextlib.closing(open_store(settings.database, vault)))
        scrub_if_possible(db, START_REWRITES_UP_TO_MB)
        switch = ModeSwitch()
        with contextlib.suppress(TamperedError):  # the watch says it, and nothing opens the door
            switch.restore(db)
        # Before anybody asks what time it is.
        timekeeper = Timekeeper(db, vault, self._clock, self._board)
        timekeeper.look()
        access = AccessRules(db, vault, self._board, self._clock)
        doorkeeper = Doorkeeper(self._control(fittings, vault, switch, access))
        pictures = self._audience.pictures = self._picture_keeper(vault)
        site = self._load_site()
        if settings.mqtt.host:
            # What comes with it takes 10 MB: not for a door without a broker.
            from facedoor.service.remote import LocalDoor, Remote

            summary = self._audience.summary
            local = LocalDoor(
                doorkeeper,
                switch,
                self._clock,
                self._board,
                lambda: summary.frames,
                lambda: self._pack,
                Journal(db, vault).waiting,
                pictures,
                lambda: fittings.lamp_is_on,
            )
            self._audience.remote = Remote(settings, vault, local, site)
            stack.callback(self._audience.remote.stop)
        spectators = open_spectators(
            settings.door.name, lambda: switch.mode, lambda: fittings.lamp_is_on
        )
        if spectators is not None:
            self._audience.spectators = spectators
            stack.callback(spectators.stop)
            spectators.start()
        if pictures is not None:
            pictures.start()
            stack.callback(pictures.stop)
        # Stopped before the bus, so that the bus can still tell that the door is locked.
        doorkeeper.start()
        stack.callback(doorkeeper.stop)
        stack.enter_context(open_factors(settings, doorkeeper.present, self._board))
        keep = pictures.offer if pictures is not None else None
        give_back()  # before more is needed, so that both are never held at once
        # What ends with its source is no door that starts again and again.
        weights = WeightCache(settings.weights_directory, makes=not self._once)
        recognition = Recognition(settings, db, vault, access, self._board, weights, keep)
        give_back()
        self._pack = recognition.pack
        self._audience.answered = recognition.path.answered
        worker = Worker(
            settings.camera,
            recognition.path,
            doorkeeper,
            self._supervisor,
            self._audience,
            self._board,
            self._once,
        )
        worker.start(opened=lambda: self._calls.put(_Call.READY), ended=self.stop)
        stack.callback(worker.stop)
        stack.callback(self._supervisor.stopping)
        retention = Retention(db, vault, settings.storage, self._board, self._clock)
        watch = Watch(db, self._board, self._clock)
        return _Parts(doorkeeper, timekeeper, access, retention, watch, recognition, worker)

    def _load_site(self) -> Site | None:
        """The site, if this door has one. A door without the key to it does not know who was
        removed at another door, as one that has heard nothing."""
        missing = "it has no broker" if self._wrong_mqtt and self._settings.site.name else ""
        try:
            if not self._wrong_mqtt:
                return load_site(self._settings)
        except (StoreError, UsageError) as error:
            missing = str(error)
        if missing:
            self._has_lost_site = self._settings.site.when_stale == "refuse"
            effect = "opens for no face" if self._has_lost_site else "goes on with whom it knows"
            severity = Severity.ERROR if self._has_lost_site else Severity.WARNING
            self._board.report(
                "site_unusable",
                f"the door has no part in its site, so it {effect}: {missing}; mend it, then "
                "restart facedoor",
                severity,
            )
        return None

    def _picture_keeper(self, vault: Vault) -> PictureKeeper | None:
        storage, database = self._settings.storage, self._settings.database
        if storage.keep_pictures == "none":
            return None
        return PictureKeeper(
            storage, lambda: Pictures(open_store(database, vault), vault), self._board
        )

    def _control(
        self, fittings: Fittings, vault: Vault, switch: ModeSwitch, access: AccessRules
    ) -> DoorControl:
        return DoorControl(
            Fitted(fittings.lock, fittings.switches, Profile.of(self._settings.door)),
            access,
            lambda: Journal(open_store(self._settings.database, vault), vault),
            self._board,
            self._audience.happened,
            mode=lambda: self._mode_in_force(switch.mode),
            on_status=self._audience.stands,
        )

    def _look_after(self, parts: _Parts) -> None:
        """Until the end of the run."""
        remote = self._audience.remote
        while (call := self._next_call()) is not _Call.END:
            if call is _Call.READY:
                give_back()
                if remote is not None:
                    remote.start()
            if parts.doorkeeper.failed.is_set():
                raise RelayError(
                    "the door's relay could not be driven, so the service ends: "
                    "see the log for the reason, then: facedoor check"
                )
            parts.access.look()
            parts.timekeeper.look(parts.access.keep_to_times)
            parts.retention.look()
            parts.watch.look()
            parts.recognition.look()
            if remote is not None:
                remote.look(parts.recognition.names, parts.recognition.revision)
            self._problem_file.look()

    def _mode_in_force(self, mode: Mode) -> Mode:
        """No face while the door may not know who was removed; commands as they were."""
        remote = self._audience.remote
        if mode is Mode.NORMAL and (
            self._has_lost_site or (remote is not None and remote.refuses_faces)
        ):
            return Mode.FACE_OFF
        return mode

    def _next_call(self) -> _Call | None:
        with contextlib.suppress(queue.Empty):
            return self._calls.get(timeout=LOOK_EVERY_S)
        return None

    def _signals(self) -> contextlib.AbstractContextManager[None]:
        """SIGTERM and SIGINT end the run; outside the main thread signals are left alone."""
        if threading.current_thread() is not threading.main_thread():
            return contextlib.nullcontext()
        return signals_handled((signal.SIGTERM, signal.SIGINT), lambda *_: self.stop())


@contextlib.contextmanager
def signals_handled(
    numbers: Iterable[signal.Signals], handler: Callable[[int, object], object]
) -> Iterator[None]:
    """Give these signals to ``handler`` in the block; in the main thread only."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
