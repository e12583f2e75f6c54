"""What happens at the door: each decision is judged, written down, and only then acted on."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

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
from facedoor.door.release import ReleaseDecision
from facedoor.door.scribe import AnyDecision, Scribe, Some, refused
from facedoor.frames import Decision, Reason
from facedoor.times import utc_now

if TYPE_CHECKING:
    from facedoor.door.access_protocol import Access
    from facedoor.door.mode import Mode
    from facedoor.door.relay import Relay
    from facedoor.journal import Journal

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


class DoorControl:
    """The machine, the relay, the rules and the journal, joined.

    Belongs to the doorkeeper's thread; only :meth:`stop` may be called from any other.
    """

    def __init__(
        self,
        relay: Relay,
        open_journal: Callable[[], Journal],
        pulse_s: float,
        on_event: Callable[[DoorEvent], None],
        clock: Callable[[], float],
        mode: Callable[[], Mode],
        access: Access,
    ) -> None:
        self._relay = relay
        self._scribe = Scribe(open_journal, self._was_written)
        self._pulse_s = pulse_s
        self._on_event = on_event
        self._clock = clock
        self._mode = mode
        self._access = access
        self._state: DoorState = Locked()
        self._relay_is_on = False
        self._moving = threading.Lock()
        self._held_back: deque[AnyDecision] = deque()
        self._uncounted: deque[Decision] = deque()

    @property
    def problem(self) -> str | None:
        """What keeps decisions from being written, in a sentence; ``None`` when all is well."""
        return self._scribe.problem

    @property
    def is_stopped(self) -> bool:
        return isinstance(self._state, Stopped)

    @property
    def unwritten(self) -> tuple[AnyDecision, ...]:
        """What is not in the journal yet, oldest first."""
        return (*self._scribe.unwritten, *self._held_back)

    def patience_s(self, retry_s: float) -> float | None:
        """How long nothing has to be done here, if nothing happens; ``None``: for ever."""
        if isinstance(self._state, Releasing):
            return max(0.0, self._state.until_s - self._clock())
        return retry_s if self._scribe.unwritten else None

    def handle(self, decision: Some) -> Some:
        """Judge ``decision``, write it down and, if it is a grant and the door is locked, release
        it. Returns what became of it."""
        if isinstance(decision, Decision):
            decision = cast("Some", self._judged(decision))
        return self._conclude(decision)

    def present(self, code: str | None, late: bool = False) -> Decision | None:
        """Let the rules hear of a second factor, and do what follows. ``late``: too late to open.

        Returns what became of the decision that it led to, if any.
        """
        try:
            decision = self._access.present(code)
        except Exception:
            log.exception("the access rules failed, so nobody comes in by a second factor")
            decision = _nobody()
        if decision is None:
            return None
        if late and decision.granted:
            decision = refused(decision, Reason.DEGRADED)
        return self._conclude(decision)

    def tick(self) -> None:
        """End the pulse if its time is over; while the door is locked, write what is unwritten."""
        self._give(DoorInput.TICK)
        if not isinstance(self._state, Releasing):
            self._write_held_back()
            self._scribe.catch_up()
            self._count()

    def stop(self) -> None:
        """Switch the relay off for good. Raises :class:`RelayError` when that cannot be done."""
        self._give(DoorInput.STOP)

    def _judged(self, decision: Decision) -> Decision:
        try:
            judged = self._access.judge(decision)
        except Exception:
            log.exception("the access rules failed, so nobody comes in")
            return refused(decision, Reason.DEGRADED)
        return dataclasses.replace(judged, granted=judged.granted and decision.granted)

    def _conclude(self, decision: Some) -> Some:
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
        if not isinstance(self._state, Releasing):
            self._count()
        return decision

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

    def _was_written(self, decision: AnyDecision) -> None:
        if isinstance(decision, Decision):
            self._uncounted.append(decision)

    def _count(self) -> None:
        """Let the rules count what was written, while the relay is off."""
        while self._uncounted:
            try:
                self._access.written(self._uncounted.popleft())
            except Exception:
                log.exception("the access rules could not count a decision")


def _answered(decision: Some, answer: Answer | None) -> Some:
    """A grant as it stands after the machine's answer to it."""
    if answer is None or answer is Answer.RELEASED:
        return decision
    return refused(decision, _REFUSED_BECAUSE[answer])


def _nobody() -> Decision:
    """A refusal that belongs to no visit."""
    return Decision(
        time=utc_now(),
        track=0,
        granted=False,
        person=None,
        reason=Reason.DEGRADED,
        distance=math.inf,
        threshold=0.0,
        frames=0,
    )
