"""The door's policy, as a pure state machine: no clock, no relay, no thread.

::

    Locked ──grant──> Releasing ──its pulse is over──> Locked
       └───────stop───────┴──> Stopped, for good

A grant is answered, never queued: while the door is being released a second grant is ``BUSY``, it
neither prolongs the pulse nor starts another.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Locked:
    """The relay is off; a grant releases the door."""


@dataclass(frozen=True, slots=True)
class Releasing:
    """The relay is on from ``since_s`` until ``until_s``, on the caller's steady clock."""

    since_s: float
    until_s: float

    def lasts_at(self, now_s: float) -> bool:
        """Whether the pulse still runs. A time before its start, or nan, is outside of it."""
        return self.since_s <= now_s < self.until_s


@dataclass(frozen=True, slots=True)
class Stopped:
    """The relay is off, and nothing switches it on again."""


DoorState: TypeAlias = Locked | Releasing | Stopped


class DoorInput(enum.Enum):
    """What can happen to the door."""

    GRANT = enum.auto()
    """Somebody may come in."""
    TICK = enum.auto()
    """Time has passed."""
    STOP = enum.auto()
    """The service ends."""


class Action(enum.Enum):
    """What has to be done to the relay."""

    RELAY_ON = enum.auto()
    RELAY_OFF = enum.auto()


class Answer(enum.Enum):
    """What became of a grant."""

    RELEASED = enum.auto()
    BUSY = enum.auto()
    STOPPED = enum.auto()


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an input, what to do on the way, and the answer if it was a grant."""

    state: DoorState
    actions: tuple[Action, ...] = ()
    answer: Answer | None = None


def step(state: DoorState, given: DoorInput, now_s: float, pulse_s: float) -> Step:
    """What the door does when ``given`` happens in ``state`` at ``now_s``.

    ``now_s`` comes from a clock that does not jump; if it jumps back all the same, the pulse ends.
    """
    if given is DoorInput.STOP:
        return Step(Stopped(), (Action.RELAY_OFF,))
    if isinstance(state, Stopped):
        return Step(state, answer=Answer.STOPPED if given is DoorInput.GRANT else None)
    actions: tuple[Action, ...] = ()
    if isinstance(state, Releasing) and not state.lasts_at(now_s):
        state, actions = Locked(), (Action.RELAY_OFF,)
    if given is DoorInput.TICK:
        return Step(state, actions)
    if isinstance(state, Releasing):
        return Step(state, actions, Answer.BUSY)
    released = Releasing(since_s=now_s, until_s=now_s + pulse_s)
    return Step(released, (*actions, Action.RELAY_ON), Answer.RELEASED)
