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
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from facedoor.door.machine import (
    Action,
    Answer,
    DoorInput,
    DoorState,
    Locked,
    Releasing,
    Step,
    Stopped,
    step,
)
from facedoor.door.mode import Mode
from facedoor.door.release import Release, ReleaseDecision
from facedoor.door.scribe import AnyDecision, Scribe, Some, log_lost, refused
from facedoor.frames import Decision, Reason
from facedoor.times import utc_now

if TYPE_CHECKING:
    from facedoor.door.relay import Relay
    from facedoor.journal import Journal

QUEUE_SIZE = 64
"""Visits are decided at most a few times a second: so many wait only if the thread hangs."""

RETRY_S = 5.0
"""How often a broken journal is tried again when nobody comes."""

LATE_S = 5.0
"""A release that had to wait longer comes too late to be wanted."""

STOP_S = 0.9
"""How long :meth:`Doorkeeper.stop` waits for the thread; the relay is off before that."""

_REFUSED_BECAUSE = {
    Answer.BUSY: Reason.DOOR_BUSY,
    Answer.FORBIDDEN: Reason.NOT_ALLOWED_NOW,
    Answer.STOPPED: Reason.DEGRADED,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RelayChanged:
    """The relay was switched. ``time`` is RFC 3339 UTC."""

    time: str
    on: bool


DoorEvent: TypeAlias = Decision | ReleaseDecision | RelayChanged


@dataclass(frozen=True, slots=True)
class _Asked:
    """A release that waits for its turn since ``since_s``, and who wants to know its fate."""

    since_s: float
    release: Release
    answer: Callable[[ReleaseDecision], None]


class Doorkeeper:
    """Turns decisions and releases into journal entries and pulses of the relay.

    :meth:`start`, :meth:`submit`, :meth:`release`, :meth:`look` and :meth:`stop` are for other
    threads. :meth:`handle` and :meth:`tick` are what the thread does with a decision and with the
    passing of time; without the thread they can be called directly.
    """

    def __init__(
        self,
        relay: Relay,
        open_journal: Callable[[], Journal],
        pulse_s: float,
        on_event: Callable[[DoorEvent], None],
        clock: Callable[[], float] = time.monotonic,
        mode: Callable[[], Mode] = lambda: Mode.NORMAL,
    ) -> None:
        """Nothing moves and nothing is opened yet.

        ``mode`` says what the door may open for at present; it must not block.

        ``open_journal`` is called in the doorkeeper's thread. ``on_event`` hears each final
        decision and each change of the relay; it is called from the doorkeeper's thread, or from
        the one that calls :meth:`stop`, and must not block.
        """
        self.failed = threading.Event()
        """Set when the thread ended because of an exception: the service has to stop."""
        self._relay = relay
        self._scribe = Scribe(open_journal)
        self._pulse_s = pulse_s
        self._on_event = on_event
        self._clock = clock
        self._mode = mode
        self._state: DoorState = Locked()
        self._relay_is_on = False
        self._moving = threading.Lock()
        self._queue: queue.Queue[Decision | _Asked | None] = queue.Queue(QUEUE_SIZE)
        self._held_back: deque[AnyDecision] = deque()
        self._thread = threading.Thread(target=self._run, name="facedoor-door", daemon=True)

    @property
    def problem(self) -> str | None:
        """What keeps decisions from being written, in a sentence; ``None`` when all is well."""
        return self._scribe.problem

    @property
    def waiting(self) -> int:
        """How many decisions and requests wait for the thread."""
        return self._queue.qsize()

    def start(self) -> None:
        self._thread.start()

    def submit(self, decision: Decision) -> bool:
        """Hand over a decision, without waiting.

        False, with the decision in the log as an error, when it cannot be taken: the doorkeeper has
        stopped, or it hangs.
        """
        if not isinstance(self._state, Stopped):
            with suppress(queue.Full):
                self._queue.put_nowait(decision)
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
        if not isinstance(self._state, Stopped):
            with suppress(queue.Full):
                self._queue.put_nowait(asked)
                return
        _turn_away(asked)

    def look(self) -> None:
        """Notice soon that the mode has changed: a lockdown ends a pulse that is on its way."""
        with suppress(queue.Full):  # then there is something that makes the thread look anyway
            self._queue.put_nowait(None)

    def stop(self) -> None:
        """Switch the relay off for good, then let the thread write down what it still has.

        Returns within a second. Raises :class:`RelayError` when the relay cannot be switched off.
        """
        try:
            self._give(DoorInput.STOP)
        finally:
            with suppress(queue.Full):
                self._queue.put_nowait(None)
            if self._thread.is_alive():
                self._thread.join(STOP_S)

    def handle(self, decision: Some) -> Some:
        """Write ``decision`` down and, if it is a grant and the door is locked, release it.

        Returns what became of it.
        """
        given = DoorInput.GRANT if isinstance(decision, Decision) else DoorInput.RELEASE
        self._give(DoorInput.TICK)
        if decision.granted:
            decision = _answered(decision, self._next_step(given).answer)
        if isinstance(self._state, Releasing):
            self._held_back.append(decision)
            return decision
        self._write_held_back()
        decision = self._write(decision)
        if decision.granted:
            # Asked again: while the decision was written, the mode may have changed.
            decision = _answered(decision, self._give(given))
        return decision

    def tick(self) -> None:
        """End the pulse if its time is over; while the door is locked, write what is unwritten."""
        self._give(DoorInput.TICK)
        if not isinstance(self._state, Releasing):
            self._write_held_back()
            self._scribe.catch_up()

    def _run(self) -> None:
        try:
            try:
                self._serve()
            finally:
                self._give(DoorInput.STOP)
        except Exception:
            log.critical("the doorkeeper failed; the door stays locked", exc_info=True)
            self.failed.set()
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        for decision in (*self._scribe.unwritten, *self._held_back):
            log_lost(decision)
        for item in waiting:
            if isinstance(item, _Asked):
                _turn_away(item)
            elif item is not None:
                log_lost(item)

    def _serve(self) -> None:
        while not (isinstance(self._state, Stopped) and self._queue.empty()):
            try:
                item = self._queue.get(timeout=self._patience_s())
            except queue.Empty:
                item = None
            if isinstance(item, _Asked):
                item.answer(self.handle(self._decided(item)))
            elif item is not None:
                self.handle(item)
            else:
                self.tick()

    def _decided(self, asked: _Asked) -> ReleaseDecision:
        decision = ReleaseDecision.grant(asked.release)
        if self._clock() - asked.since_s > LATE_S:
            # The disk hung, and nobody stands at the door any more.
            return refused(decision, Reason.DEGRADED)
        return decision

    def _patience_s(self) -> float | None:
        """How long to wait for the next decision; ``None``: for ever."""
        if isinstance(self._state, Releasing):
            return max(0.0, self._state.until_s - self._clock())
        return RETRY_S if self._scribe.unwritten else None

    def _give(self, given: DoorInput) -> Answer | None:
        """Let the machine take a step, do to the relay what it says, and return its answer."""
        # stop() comes from another thread: the relay must not be switched on after it.
        with self._moving:
            taken = self._next_step(given)
            self._state = taken.state
            for action in taken.actions:
                self._switch(action is Action.RELAY_ON)
        return taken.answer

    def _next_step(self, given: DoorInput) -> Step:
        return step(self._state, given, self._clock(), self._pulse_s, self._mode())

    def _switch(self, on: bool) -> None:
        if on:
            self._relay.on()
        else:
            self._relay.off()
        if on != self._relay_is_on:
            self._relay_is_on = on
            self._on_event(RelayChanged(utc_now(), on))

    def _write_held_back(self) -> None:
        while self._held_back:
            self._write(self._held_back.popleft())

    def _write(self, decision: Some) -> Some:
        decision = self._scribe.write(decision)
        self._on_event(decision)
        return decision


def _answered(decision: Some, answer: Answer | None) -> Some:
    """A grant as it stands after the machine's answer to it."""
    if answer is None or answer is Answer.RELEASED:
        return decision
    return refused(decision, _REFUSED_BECAUSE[answer])


def _turn_away(asked: _Asked) -> None:
    """Refuse a release that the doorkeeper cannot take."""
    decision = refused(ReleaseDecision.grant(asked.release), Reason.DEGRADED)
    log_lost(decision)
    asked.answer(decision)
