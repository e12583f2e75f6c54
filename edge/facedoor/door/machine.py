"""The door's policy, as a pure state machine: no clock, no relay, no thread.

::

    Locked ──grant or release──> Releasing ──its pulse is over, or lockdown──> Locked
       └─────────────stop────────────┴──> Stopped, for good

A grant, which a face has earned, and a release, which a command asks for, are answered, never
queued: while the door is being released a second one is ``BUSY``, it neither prolongs the pulse nor
starts another. What the door's mode does not allow is ``FORBIDDEN``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from facedoor.door.mode import Mode


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
    """A face was recognised."""
    RELEASE = enum.auto()
    """A command releases the door."""
    TICK = enum.auto()
    """Time has passed."""
    STOP = enum.auto()
    """The service ends."""


class Action(enum.Enum):
    """What has to be done to the relay."""

    RELAY_ON = enum.auto()
    RELAY_OFF = enum.auto()


class Answer(enum.Enum):
    """What became of a grant or a release."""

    RELEASED = enum.auto()
    BUSY = enum.auto()
    FORBIDDEN = enum.auto()
    STOPPED = enum.auto()


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an input, what to do on the way, and the answer to a grant or release."""

    state: DoorState
    actions: tuple[Action, ...] = ()
    answer: Answer | None = None


_ALLOWED: Mapping[Mode, frozenset[DoorInput]] = {
    Mode.NORMAL: frozenset({DoorInput.GRANT, DoorInput.RELEASE}),
    Mode.FACE_OFF: frozenset({DoorInput.RELEASE}),
    Mode.LOCKDOWN: frozenset(),
}


def step(
    state: DoorState, given: DoorInput, now_s: float, pulse_s: float, mode: Mode = Mode.NORMAL
) -> Step:
    """What the door does when ``given`` happens in ``state`` at ``now_s``, in this ``mode``.

    ``now_s`` comes from a clock that does not jump; if it jumps back all the same, the pulse ends.
    """
    if given is DoorInput.STOP:
        return Step(Stopped(), (Action.RELAY_OFF,))
    if isinstance(state, Stopped):
        return Step(state, answer=None if given is DoorInput.TICK else Answer.STOPPED)
    actions: tuple[Action, ...] = ()
    if isinstance(state, Releasing) and (mode is Mode.LOCKDOWN or not state.lasts_at(now_s)):
        state, actions = Locked(), (Action.RELAY_OFF,)
    if given is DoorInput.TICK:
        return Step(state, actions)
    if given not in _ALLOWED[mode]:
        return Step(state, actions, Answer.FORBIDDEN)
    if isinstance(state, Releasing):
        return Step(state, actions, Answer.BUSY)
    released = Releasing(since_s=now_s, until_s=now_s + pulse_s)
    return Step(released, (*actions, Action.RELAY_ON), Answer.RELEASED)
