"""What happens at the door: each request is judged, written down, and only then acted on."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from facedoor.door.machine import step
from facedoor.door.repeats import Repeats, leaves_no_trace
from facedoor.door.scribe import Objection, Scribe, Some, Writable, no_objection, refused
from facedoor.door.settling import CONTACT, Settled, Settling
from facedoor.door.states import Action, Answer, DoorInput, DoorState, Stopped, status_of
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.wire.decisions import (
    Decision,
    ExitDecision,
    Judgement,
    ReleaseDecision,
    Withdrawn,
)
from facedoor.wire.events import (
    DoorHappened,
    Duress,
    Event,
    Happening,
    RelayChanged,
)
from facedoor.wire.mode import DoorStatus, Mode

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from facedoor.door.fitted import Fitted
    from facedoor.storage.journal import Journal

LOOK_S = 1.0
"""How often the switches are read although none of them was heard."""

RETRY_S = 5.0
"""How often a broken journal is tried again when nobody comes."""

LATE_S = 5.0
"""A release that had to wait longer comes too late to be wanted."""

_REFUSED_BECAUSE = {
    Answer.BUSY: Reason.DOOR_BUSY,
    Answer.FORBIDDEN: Reason.NOT_ALLOWED_NOW,
    Answer.LOCKED_DOWN: Reason.LOCKDOWN,
    Answer.STOPPED: Reason.DEGRADED,
}
_ASKS_FOR: Mapping[type, DoorInput] = {
    Decision: DoorInput.GRANT,
    ReleaseDecision: DoorInput.RELEASE,
    ExitDecision: DoorInput.EXIT,
}

log = logging.getLogger(__name__)


class Access(Protocol):
    """The rules for who may come in now, beyond whose face it is.

    Every method is called in the doorkeeper's thread. :meth:`judge` and :meth:`present` may be
    called while the relay is on, so they must not touch the disk; :meth:`recording` may. Whatever
    the first two raise ends in a refusal, ``degraded``.
    """

    def judge(self, decision: Decision) -> tuple[Decision, Duress | None]:
        """What becomes of a decision of the frame path, before it is written.

        A grant may become a refusal: out of hours, locked out, or a second person or a second
        factor is still missing. A refusal stays one. With it comes the alarm, if somebody was
        forced to come: it is written together with the decision, and nothing else tells of it.
        """

    def present(self, code: str | None, /) -> Decision | None:
        """A PIN was typed, or the button of the second factor was pressed: ``None``.

        The grant that it completes, a refusal, or ``None`` when nobody waited for it.
        """

    def recording(self, journal: Journal, decision: Decision) -> AbstractContextManager[Decision]:
        """The transaction in which ``decision`` is written to ``journal``, while the door is
        locked: it is counted in the same one. Gives it as it stands by now: a grant may have become
        a refusal. Raises :class:`StoreError`, having done nothing."""


@dataclass(frozen=True, slots=True)
class _HeldBack:
    """What is to be written when the lock is settled, and what is ``told`` then in its place."""

    entry: Writable
    duress: Duress | None = None
    told: Judgement | None = None


class DoorControl:
    """The machine, the lock, the switches, the rules and the journal, joined.

    Belongs to one thread, the doorkeeper's; only :meth:`stop` may be called from any other.
    """

    def __init__(
        self,
        fitted: Fitted,
        access: Access,
        open_journal: Callable[[], Journal],
        board: Board,
        on_event: Callable[[Event], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        mode: Callable[[], Mode] = lambda: Mode.NORMAL,
        on_status: Callable[[DoorStatus], None] = lambda _: None,
    ) -> None:
        """Nothing moves and nothing is opened yet.

        ``open_journal`` is called when something is to be written. ``mode`` says what the door may
        open for at present.

        ``on_event`` hears each final decision, a grant when the lock was driven, whatever else was
        written, and each change of the relays; ``on_status`` hears how the door stands, as soon as
        that changes. They are called from this thread, or from the one that calls :meth:`stop`.
        None of these may block. The ``board`` shows what keeps events from being written.
        """
        self.switches = fitted.switches
        self.clock = clock
        self._lock = fitted.lock
        self._profile = fitted.profile
        self._access = access
        self._scribe = Scribe(open_journal, access.recording, board)
        self._on_event = on_event
        self._mode = mode
        self._on_status = on_status
        self._state = DoorState.at_start(fitted.profile)
        self._contact = Settling()
        self._status: DoorStatus | None = None
        self._relay_is_on = False
        self._moved: list[RelayChanged] = []
        self._moving = threading.Lock()
        self._held_back: deque[_HeldBack] = deque()
        self._repeats = Repeats()

    @property
    def is_stopped(self) -> bool:
        return isinstance(self._state.lock, Stopped)

    @property
    def status(self) -> DoorStatus:
        """How the door stands."""
        return status_of(self._state, self._profile, self._mode())

    @property
    def unwritten(self) -> tuple[Writable | Duress, ...]:
        """What is not in the journal yet, oldest first."""
        entries = [(held.entry, held.duress) for held in self._held_back]
        held_back = (event for entry in entries for event in entry if event is not None)
        return (*self._scribe.unwritten, *held_back)

    @property
    def patience_s(self) -> float | None:
        """How long nothing has to be done here, if nothing happens; ``None``: for ever."""
        next_s = min(self._state.next_s(self._profile), self._contact.next_s)
        least_s = next_s - self.clock()
        if self.switches:
            least_s = min(least_s, LOOK_S)
        if self._scribe.unwritten:
            least_s = min(least_s, RETRY_S)
        return None if least_s == math.inf else max(0.0, least_s)

    def handle(
        self,
        decision: Some,
        since_s: float = math.inf,
        objection: Objection = no_objection,
    ) -> Some:
        """Judge ``decision``, write it down and, if it is a grant and nothing speaks against it,
        release the door. Returns what became of it. It has waited for its turn since ``since_s``;
        the ``objection`` is asked in the transaction in which it is written.

        A grant that was written and is not followed is withdrawn by an entry of its own.
        """
        since_s = min(since_s, self.clock())
        self.tick()  # what is written and counted before has a say in what the rules say
        duress = None
        if isinstance(decision, Decision):
            judged, duress = self._judged(decision)
            decision = cast("Some", judged)
        # The alarm stands, however late: it was asked for first.
        return self._conclude(decision, since_s, duress, objection)

    def present(self, code: str | None, since_s: float) -> Decision | None:
        """Let the rules hear of a second factor that was given at ``since_s``, and do what follows.

        Returns what became of the decision that it led to, if any.
        """
        self.tick()
        try:
            decision = self._access.present(code)
        except Exception:
            log.exception("the access rules failed, so nobody comes in by a second factor")
            decision = _nobody()
        if decision is None:
            return None
        # Whatever was told before: each code that was typed is written and counted.
        return self._conclude(dataclasses.replace(decision, again=False), since_s)

    def tick(self) -> None:
        """See what the switches say and what it is time for; while the door is locked, write what
        is unwritten."""
        self._sense()
        self._give(DoorInput.TICK)
        if self._state.is_settled:
            self._write_held_back()
            self._scribe.catch_up()

    def stop(self) -> None:
        """Switch every relay off for good. Raises :class:`RelayError` when that cannot be done."""
        self._give(DoorInput.STOP)

    def _is_late(self, since_s: float) -> bool:
        """True if what was asked for had to wait for so long, because the disk hung, that nobody
        stands at the door any more."""
        return self.clock() - since_s > LATE_S

    def _sense(self) -> None:
        for sensed in self.switches.take():
            if sensed.given is DoorInput.EXIT:
                self._conclude(ExitDecision.grant(), sensed.time_s)
            elif sensed.given in CONTACT:
                self._take(self._contact.hear(sensed.given, self.clock(), self._would_be_forced()))
            else:
                self._give(sensed.given)
        self._take(self._contact.settle(self.clock()))

    def _take(self, contact: Settled | None) -> None:
        if contact is not None:
            self._give(contact.given, by_force=contact.by_force)

    def _would_be_forced(self) -> bool:
        """Whether it would be by force, if the door were opened now."""
        given, now_s = DoorInput.OPENED, self.clock()
        taken = step(self._state, given, now_s, self._profile, self._mode())
        return Happening.FORCED in taken.happenings

    def _judged(self, decision: Decision) -> tuple[Decision, Duress | None]:
        try:
            judged, duress = self._access.judge(decision)
        except Exception:
            log.exception("the access rules failed, so nobody comes in")
            return refused(decision, Reason.DEGRADED), None
        return dataclasses.replace(judged, granted=judged.granted and decision.granted), duress

    def _conclude(
        self,
        decision: Some,
        since_s: float,
        duress: Duress | None = None,
        objection: Objection = no_objection,
    ) -> Some:
        given = _ASKS_FOR[type(decision)]
        self._give(DoorInput.TICK)
        if decision.granted and self._is_late(since_s):
            decision = refused(decision, Reason.DEGRADED)
        if decision.granted:
            answer = step(self._state, given, self.clock(), self._profile, self._mode()).answer
            decision = _answered(decision, answer)
            if answer is Answer.BUSY and given is DoorInput.EXIT:
                return decision  # pressed again while the door is free: not worth an entry each
        if decision.granted:
            self._give(DoorInput.PAUSE)
        if decision.granted and not self._state.is_settled:
            decision = _answered(decision, Answer.BUSY)  # the mode changed to and fro just now
        if isinstance(decision, Decision):
            marked = self._marked(decision)
            decision = cast("Some", marked)
            if leaves_no_trace(marked):
                self._on_event(marked)
                return decision
        if not self._state.is_settled:
            self._held_back.append(_HeldBack(decision, duress))
            return decision
        self._write_held_back()
        decision = self._scribe.write(decision, duress, objection)
        if decision.granted:
            return self._follow(decision, given, since_s)
        if isinstance(decision, Decision):
            self._repeats.remember(decision)
        self._on_event(decision)
        self._give(DoorInput.TICK)
        return decision

    def _marked(self, decision: Decision) -> Decision:
        """``decision`` as the last word before it is written, and whether the visit knows it."""
        if decision.granted and decision.again and self._scribe.unwritten:
            # The journal is broken: what is tried over and over must not fill the memory.
            decision = refused(decision, Reason.DEGRADED)
        marked = self._repeats.marked(decision)
        if not marked.again:
            self._repeats.remember(marked)
        return marked

    def _follow(self, granted: Some, given: DoorInput, since_s: float) -> Some:
        """Release the door for what is ``granted``, in the journal; or take it back there, if by
        now mode, time or a stop forbid it. Returns what became of it."""
        if self._is_late(since_s):
            decision = refused(granted, Reason.DEGRADED)
        else:
            decision = _answered(granted, self._give(given, granted))
        if not decision.granted:
            self._withdraw(decision)
            if self._state.is_settled:
                self._write_held_back()
        return decision

    def _withdraw(self, decision: Judgement) -> None:
        """Take back the entry that was just written, a grant: ``decision`` is what became of it."""
        entry = Withdrawn.of(decision, self._scribe.last_entry)
        # Before all that happened in the meantime.
        self._held_back.appendleft(_HeldBack(entry, told=decision))

    def _give(
        self, given: DoorInput, granted: Judgement | None = None, by_force: bool | None = None
    ) -> Answer | None:
        """Let the machine take a step, do to the lock what it says, and return its answer.

        What is ``granted`` is told if the lock was released for it. ``by_force`` says of an opening
        what it was.
        """
        # stop() comes from another thread: no relay may be switched on after it.
        with self._moving:
            mode = self._mode()
            taken = step(self._state, given, self.clock(), self._profile, mode, by_force)
            self._state = taken.state
            try:
                for action in taken.actions:
                    self._drive(action)
            except BaseException:
                if granted is not None:
                    self._withdraw(refused(granted, Reason.DEGRADED))
                raise
            if granted is not None and taken.answer is Answer.RELEASED:
                self._on_event(granted)
            while self._moved:
                self._on_event(self._moved.pop(0))
            now = utc_now()
            self._held_back.extend(_HeldBack(DoorHappened(now, told)) for told in taken.happenings)
            self._tell_status(mode)
        return taken.answer

    def _drive(self, action: Action) -> None:
        self._lock.drive(action)
        on = self._lock.is_on
        if on != self._relay_is_on:
            self._relay_is_on = on
            self._moved.append(RelayChanged(utc_now(), on))

    def _tell_status(self, mode: Mode) -> None:
        status = status_of(self._state, self._profile, mode)
        if self._status is None or dataclasses.replace(status, since=self._status.since) != (
            self._status
        ):
            self._status = status
            self._on_status(status)

    def _write_held_back(self) -> None:
        while self._held_back:
            held = self._held_back.popleft()
            entry = self._scribe.write(held.entry, held.duress)
            self._on_event(held.told or entry)


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
