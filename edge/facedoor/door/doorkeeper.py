"""The doorkeeper: the one thread that moves the relay.

What it guarantees, whatever breaks:

* A decision is in the journal before the relay moves. If it cannot be written, the door stays
  locked.
* While the relay is on nothing touches the disk: a disk that hangs would hold the door open.
  What is decided meanwhile, and can only be a refusal, is written when the pulse is over.
* Nobody hears of a decision that is not written yet, except while the journal is broken.
* What the mode forbids opens nothing, also when it was granted before the mode changed.
* After :meth:`Doorkeeper.stop`, and after any exception, the relay is off and stays off.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from facedoor.door.access_protocol import Access, AnyTime
from facedoor.door.control import DoorControl, DoorEvent, RelayChanged
from facedoor.door.mode import Mode
from facedoor.door.release import Release, ReleaseDecision
from facedoor.door.scribe import Some, log_lost, refused
from facedoor.frames import Decision, Reason

if TYPE_CHECKING:
    from facedoor.door.relay import Relay
    from facedoor.journal import Journal

__all__ = ["DoorEvent", "Doorkeeper", "RelayChanged"]

QUEUE_SIZE = 64
"""Visits are decided at most a few times a second: so many wait only if the thread hangs."""

RETRY_S = 5.0
"""How often a broken journal is tried again when nobody comes."""

LATE_S = 5.0
"""A release that had to wait longer comes too late to be wanted."""

STOP_S = 0.9
"""How long :meth:`Doorkeeper.stop` waits for the thread; the relay is off before that."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A release that waits for its turn since ``since_s``, and who wants to know its fate."""

    since_s: float
    release: Release
    answer: Callable[[ReleaseDecision], None]


@dataclass(frozen=True, slots=True)
class _Presented:
    """A second factor that waits for its turn since ``since_s``. The code is in no ``repr``."""

    since_s: float
    code: str | None

    def __repr__(self) -> str:
        return "_Presented()"


_Item: TypeAlias = Decision | _Asked | _Presented


class Doorkeeper:
    """Turns decisions and releases into journal entries and pulses of the relay.

    :meth:`start`, :meth:`submit`, :meth:`release`, :meth:`present`, :meth:`look` and :meth:`stop`
    are for other threads. :meth:`handle` and :meth:`tick` are what the thread does with a decision
    and with the passing of time; without the thread they can be called directly.
    """

    def __init__(
        self,
        relay: Relay,
        open_journal: Callable[[], Journal],
        pulse_s: float,
        on_event: Callable[[DoorEvent], None],
        clock: Callable[[], float] = time.monotonic,
        mode: Callable[[], Mode] = lambda: Mode.NORMAL,
        access: Access | None = None,
    ) -> None:
        """Nothing moves and nothing is opened yet.

        ``mode`` says what the door may open for at present; it must not block. ``access`` has the
        rules for who may come in when; without it whoever is recognised may.

        ``open_journal`` is called in the doorkeeper's thread. ``on_event`` hears each final
        decision and each change of the relay; it is called from the doorkeeper's thread, or from
        the one that calls :meth:`stop`, and must not block.
        """
        self.failed = threading.Event()
        """Set when the thread ended because of an exception: the service has to stop."""
        self._control = DoorControl(
            relay, open_journal, pulse_s, on_event, clock, mode, access or AnyTime()
        )
        self._clock = clock
        self._queue: queue.Queue[_Item | None] = queue.Queue(QUEUE_SIZE)
        self._busy_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="facedoor-door", daemon=True)

    @property
    def problem(self) -> str | None:
        """What keeps decisions from being written, in a sentence; ``None`` when all is well."""
        return self._control.problem

    @property
    def waiting(self) -> int:
        """How many decisions and requests wait for the thread."""
        return self._queue.qsize()

    @property
    def stuck_for_s(self) -> float:
        """For how long the thread has been busy with one thing, such as a write that hangs."""
        busy_since_s = self._busy_since_s
        return 0.0 if busy_since_s is None else max(0.0, self._clock() - busy_since_s)

    def start(self) -> None:
        self._thread.start()

    def submit(self, decision: Decision) -> bool:
        """Hand over a decision, without waiting.

        False, with the decision in the log as an error, when it cannot be taken: the doorkeeper has
        stopped, or it hangs.
        """
        if self._put(decision):
            return True
        log_lost(decision)
        return False

    def release(self, release: Release, answer: Callable[[ReleaseDecision], None]) -> None:
        """Ask that the door be released once, as a recognised face would, without waiting.

        ``answer`` is told what became of it, once: a grant when the relay is on, a refusal as soon
        as it is certain. It is called from the doorkeeper's thread, or, when the doorkeeper cannot
        take the request, from this one; it must not block.
        """
        asked = _Asked(self._clock(), release, answer)
        if not self._put(asked):
            _turn_away(asked)

    def present(self, code: str | None) -> bool:
        """A PIN was typed, or the button of the second factor was pressed (``None``).

        Does not wait. False when it cannot be taken, since the doorkeeper has stopped or hangs.
        """
        return self._put(_Presented(self._clock(), code))

    def look(self) -> None:
        """Notice soon that the mode has changed: a lockdown ends a pulse that is on its way."""
        with suppress(queue.Full):  # then there is something that makes the thread look anyway
            self._queue.put_nowait(None)

    def stop(self) -> None:
        """Switch the relay off for good, then let the thread write down what it still has.

        Returns within a second. Raises :class:`RelayError` when the relay cannot be switched off.
        """
        try:
            self._control.stop()
        finally:
            self.look()
            if self._thread.is_alive():
                self._thread.join(STOP_S)

    def handle(self, decision: Some) -> Some:
        """Judge ``decision``, write it down and, if it is a grant and the door is locked, release
        it. Returns what became of it."""
        return self._control.handle(decision)

    def tick(self) -> None:
        """End the pulse if its time is over; while the door is locked, write what is unwritten."""
        self._control.tick()

    def _put(self, item: _Item) -> bool:
        if not self._control.is_stopped:
            with suppress(queue.Full):
                self._queue.put_nowait(item)
                return True
        return False

    def _run(self) -> None:
        try:
            try:
                self._serve()
            finally:
                self._busy_since_s = None
                self._control.stop()
        except Exception:
            log.critical("the doorkeeper failed; the door stays locked", exc_info=True)
            self.failed.set()
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        for decision in self._control.unwritten:
            log_lost(decision)
        for item in waiting:
            if isinstance(item, _Asked):
                _turn_away(item)
            elif isinstance(item, Decision):
                log_lost(item)

    def _serve(self) -> None:
        while not (self._control.is_stopped and self._queue.empty()):
            self._busy_since_s = None
            try:
                item = self._queue.get(timeout=self._control.patience_s(RETRY_S))
            except queue.Empty:
                item = None
            self._busy_since_s = self._clock()
            self._attend_to(item)

    def _attend_to(self, item: _Item | None) -> None:
        match item:
            case _Asked():
                item.answer(self.handle(self._decided(item)))
            case _Presented():
                self._control.present(item.code, late=self._is_late(item.since_s))
            case Decision():
                self.handle(item)
            case None:
                self.tick()

    def _decided(self, asked: _Asked) -> ReleaseDecision:
        decision = ReleaseDecision.grant(asked.release)
        if self._is_late(asked.since_s):
            # The disk hung, and nobody stands at the door any more.
            return refused(decision, Reason.DEGRADED)
        return decision

    def _is_late(self, since_s: float) -> bool:
        return self._clock() - since_s > LATE_S


def _turn_away(asked: _Asked) -> None:
    """Refuse a release that the doorkeeper cannot take."""
    decision = refused(ReleaseDecision.grant(asked.release), Reason.DEGRADED)
    log_lost(decision)
    asked.answer(decision)
