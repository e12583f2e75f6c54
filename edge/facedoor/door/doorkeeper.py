"""The doorkeeper: the one thread that moves the relay.

What it guarantees, whatever breaks:

* A decision, a command or a press of the exit button is in the journal before the relay moves. If
  it cannot be written, the door stays locked. If the lock does not follow what was written, since
  mode, time or a stop forbid it by then, another entry takes it back. Whoever asked is answered
  once, when it is certain.
* While the door is released nothing touches the disk: a disk that hangs would hold it open. What
  happens meanwhile is written when the release is over.
* Nobody hears of a decision that is not written yet, except while the journal is broken.
* What the mode forbids opens nothing, also when it was granted before the mode changed.
* After :meth:`Doorkeeper.stop`, and after any exception, no relay is on, nor ever will be.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from facedoor.door.control import DoorControl
from facedoor.door.scribe import Objection, Some, log_lost, no_objection, refused
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision, ReleaseDecision

QUEUE_SIZE = 64
"""Visits are decided at most a few times a second: so many wait only if the thread hangs."""

STOP_S = 0.9
"""How long :meth:`Doorkeeper.stop` waits for the thread; the relay is off before that."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Decided:
    """A decision about a visit that waits for its turn since ``since_s``."""

    since_s: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Asked:
    """A release that waits for its turn since ``since_s``, and who wants to know its fate."""

    since_s: float
    release: ReleaseDecision
    answer: Callable[[ReleaseDecision], None]
    objection: Objection


@dataclass(frozen=True, slots=True)
class _Presented:
    """A second factor that waits for its turn since ``since_s``. The code is in no ``repr``."""

    since_s: float
    code: str | None

    def __repr__(self) -> str:
        return "_Presented()"


_Item: TypeAlias = _Decided | _Asked | _Presented


class Doorkeeper:
    """The thread of the door, and the queue in front of it.

    :meth:`start`, :meth:`submit`, :meth:`release`, :meth:`present`, :meth:`look` and :meth:`stop`
    are for other threads. :meth:`handle` and :meth:`tick` are what the thread does with a decision
    and with the passing of time; without the thread they can be called directly.
    """

    def __init__(self, control: DoorControl) -> None:
        """Nothing moves yet; from the start on ``control`` belongs to the doorkeeper's thread."""
        self.failed = threading.Event()
        """Set when the thread ended because of an exception: the service has to stop."""
        self._control = control
        self._queue: queue.Queue[_Item | None] = queue.Queue(QUEUE_SIZE)
        self._busy_since_s: float | None = None
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="facedoor-door", daemon=True)

    @property
    def waiting(self) -> int:
        """How many decisions and requests wait for the thread."""
        return self._queue.qsize()

    @property
    def stuck_for_s(self) -> float:
        """For how long the thread has been busy with one thing, such as a write that hangs."""
        busy_since_s = self._busy_since_s
        return 0.0 if busy_since_s is None else max(0.0, self._control.clock() - busy_since_s)

    def start(self) -> None:
        """Begin, and from now on hear the switches."""
        self._control.switches.hear(self.look)
        self._thread.start()

    def submit(self, decision: Decision) -> bool:
        """Hand over a decision, without waiting.

        False, with the decision in the log as an error, when it cannot be taken: the doorkeeper has
        stopped, or it hangs.
        """
        if self._put(_Decided(self._control.clock(), decision)):
            return True
        log_lost(decision)
        return False

    def release(
        self,
        release: ReleaseDecision,
        answer: Callable[[ReleaseDecision], None],
        objection: Objection = no_objection,
    ) -> None:
        """Ask that the door be released once, as a recognised face would, without waiting.

        The ``objection`` to it is asked in the transaction that writes it down, in the
        doorkeeper's thread.

        ``answer`` is told what became of it, once: a grant when the relay is on, a refusal as soon
        as it is certain. It is called from the doorkeeper's thread, or, when the doorkeeper cannot
        take the request, from this one; it must not block.
        """
        asked = _Asked(self._control.clock(), release, answer, objection)
        if not self._put(asked):
            _turn_away(asked)

    def present(self, code: str | None) -> bool:
        """A PIN was typed, or the button of the second factor was pressed (``None``).

        Does not wait. False when it cannot be taken, since the doorkeeper has stopped or hangs.
        """
        return self._put(_Presented(self._control.clock(), code))

    def look(self) -> None:
        """Notice soon that the mode or a switch has changed: a lockdown ends a pulse that is on its
        way."""
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

    def handle(self, decision: Some, objection: Objection = no_objection) -> Some:
        """Judge ``decision``, write it down and, if it is a grant and the door is locked, release
        it. Returns what became of it."""
        return self._control.handle(decision, objection=objection)

    def tick(self) -> None:
        """See what it is time for; while the door is locked, write what is unwritten."""
        self._control.tick()

    def _put(self, item: _Item) -> bool:
        if not self._control.is_stopped:
            with suppress(queue.Full):
                self._queue.put_nowait(item)
                if self._has_ended:  # in this moment
                    self._turn_away_all()
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
            log.critical("the doorkeeper failed; no relay is on any more", exc_info=True)
            self.failed.set()
            with suppress(Exception):
                self._control.stop()  # while a relay may be on, nothing touches the disk
                self._control.tick()
        for entry in self._control.unwritten:
            log_lost(entry)
        self._has_ended = True
        self._turn_away_all()

    def _turn_away_all(self) -> None:
        with suppress(queue.Empty):
            while True:
                item = self._queue.get_nowait()
                if isinstance(item, _Asked):
                    _turn_away(item)
                elif isinstance(item, _Decided):
                    log_lost(item.decision)

    def _serve(self) -> None:
        item = None  # at first: see how everything stands
        while True:
            self._busy_since_s = self._control.clock()
            self._attend_to(item)
            self._busy_since_s = None
            if self._control.is_stopped and self._queue.empty():
                return
            try:
                item = self._queue.get(timeout=self._control.patience_s)
            except queue.Empty:
                item = None

    def _attend_to(self, item: _Item | None) -> None:
        match item:
            case _Asked():
                item.answer(self._released(item))
            case _Presented():
                self._control.present(item.code, item.since_s)
            case _Decided():
                self._control.handle(item.decision, item.since_s)
            case None:
                self.tick()

    def _released(self, asked: _Asked) -> ReleaseDecision:
        try:
            return self._control.handle(asked.release, asked.since_s, asked.objection)
        except BaseException:  # which ends the thread, and must not leave the sender waiting
            asked.answer(refused(asked.release, Reason.DEGRADED))
            raise


def _turn_away(asked: _Asked) -> None:
    """Refuse a release that the doorkeeper cannot take."""
    decision = refused(asked.release, Reason.DEGRADED)
    log_lost(decision)
    asked.answer(decision)
