"""The door's policy, as a pure state machine: no clock, no relay, no thread.

::

    locked ──grant, release or exit──> releasing ──over, lockdown, or opened and closed──> locked
       └──opened all the same──> forced      └──still open──> open ──> held_open      ──closed──┘
    any state ──stop──> stopped, for good

Requests are answered, never queued: while the door is being released a second one is ``BUSY``, it
neither prolongs the release nor starts another. What the door's mode does not allow is
``FORBIDDEN``, or ``LOCKED_DOWN``. What the contact says raises alarms and secures the door sooner,
but never keeps anybody out or in: a broken switch must not.

``python -m facedoor.door.table`` writes the whole of it as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from facedoor.door.locking import Surroundings, Turn, elapse, excused, follow, release, step_contact
from facedoor.door.states import (
    REQUESTS,
    Action,
    Answer,
    DoorInput,
    DoorState,
    Locking,
    LockState,
    Profile,
    Releasing,
    Stopped,
    Unlocked,
    Unlocking,
)
from facedoor.wire.events import Happening
from facedoor.wire.mode import Mode

_ALLOWED: Mapping[Mode, frozenset[DoorInput]] = {
    Mode.NORMAL: REQUESTS,
    Mode.FACE_OFF: frozenset({DoorInput.RELEASE, DoorInput.EXIT}),
    Mode.LOCKDOWN: frozenset({DoorInput.EXIT}),
}
_BOLT = {DoorInput.BOLT_OUT: True, DoorInput.BOLT_IN: False, DoorInput.BOLT_LOST: None}
_TAMPER = {DoorInput.TAMPERED: True, DoorInput.TAMPER_OVER: False}


@dataclass(frozen=True, slots=True)
class Transition:
    """The state after an input, what to do to the lock on the way and in this order, what has to be
    told, and the answer to a request."""

    state: DoorState
    actions: tuple[Action, ...] = ()
    happenings: tuple[Happening, ...] = ()
    answer: Answer | None = None


def step(
    state: DoorState,
    given: DoorInput,
    now_s: float,
    profile: Profile,
    mode: Mode = Mode.NORMAL,
    by_force: bool | None = None,
) -> Transition:
    """What the door does when ``given`` happens in ``state`` at ``now_s``, in this ``mode``.

    ``by_force`` says of an opening whether it was, ``None`` that the present state tells.

    ``now_s`` comes from a clock that does not jump; if it jumps back all the same, a release ends.
    """
    if given is DoorInput.STOP:
        return Transition(replace(state, lock=Stopped()), (Action.REST,))
    if given is DoorInput.PAUSE and isinstance(state.lock, Locking):
        # It begins anew by itself. A disk that hangs must not keep the motor running.
        return Transition(replace(state, lock=Unlocked()), (Action.REST,))
    if isinstance(state.lock, Stopped):
        return Transition(state, answer=Answer.STOPPED if given in REQUESTS else None)
    course = _Course(state, now_s, profile, mode)
    course.turn(elapse)
    course.sense(given, by_force)
    course.turn(lambda lock, around: follow(lock, given, around))
    course.turn(elapse)  # again, by what was sensed
    return course.step(course.answer(given) if given in REQUESTS else None)


class _Course:
    """One step on its way."""

    def __init__(self, state: DoorState, now_s: float, profile: Profile, mode: Mode) -> None:
        self._state = state
        self._now_s = now_s
        self._profile = profile
        self._mode = mode
        self._actions: list[Action] = []
        self._happenings: list[Happening] = []

    def step(self, answer: Answer | None) -> Transition:
        return Transition(self._state, tuple(self._actions), tuple(self._happenings), answer)

    def turn(self, turned: Callable[[LockState, Surroundings], Turn]) -> None:
        """Let the lock take a turn."""
        state = self._state
        around = Surroundings(
            self._now_s, self._profile, self._mode, state.contact, state.bolt_is_out
        )
        turn = turned(state.lock, around)
        self._state = replace(state, lock=turn.lock)
        if turn.action is not None:
            self._actions.append(turn.action)
        self._tell(turn.happening)

    def sense(self, given: DoorInput, by_force: bool | None) -> None:
        """Take up what a switch says, and what time makes of an open door."""
        state = self._state
        if state.contact is not None:
            contact, happening = step_contact(
                state.contact, given, self._now_s, state.lock, self._profile, by_force
            )
            state = replace(state, contact=contact)
            self._tell(happening)
        state = replace(
            state,
            bolt_is_out=_BOLT.get(given, state.bolt_is_out),
            tampered=_TAMPER.get(given, state.tampered),
        )
        if state.tampered != self._state.tampered:
            self._tell(Happening.TAMPERED if state.tampered else Happening.TAMPER_OVER)
        if given is DoorInput.BELL:
            self._tell(Happening.BELL)
        self._state = state

    def answer(self, request: DoorInput) -> Answer:
        """Release the door, unless something speaks against it."""
        if request not in _ALLOWED[self._mode]:
            return Answer.LOCKED_DOWN if self._mode is Mode.LOCKDOWN else Answer.FORBIDDEN
        if isinstance(self._state.lock, Releasing | Unlocking):
            return Answer.BUSY
        self.turn(lambda _, around: release(request, around))
        self._state = replace(self._state, contact=excused(self._state.contact, self._now_s))
        return Answer.RELEASED

    def _tell(self, happening: Happening | None) -> None:
        if happening is not None:
            self._happenings.append(happening)
