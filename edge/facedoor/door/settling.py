"""A door contact that chatters, and what it means once it rests.

A worn contact, wind, or a latch that snaps opens and closes the circuit for some tenths of a
second. So a change counts when the contact has rested for :data:`SETTLE_S`. One that does not come
to rest counts as open after :data:`RESTLESS_S`: whoever forces a door must not be able to hide it
by shaking. Whether an opening was by force is a matter of the moment at which the contact first
moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from facedoor.door.states import DoorInput

SETTLE_S = 0.5
"""Longer than contacts bounce and doors rattle, shorter than anybody needs to slip through."""

RESTLESS_S = 2.0

CONTACT = frozenset({DoorInput.OPENED, DoorInput.CLOSED, DoorInput.CONTACT_LOST})


@dataclass(frozen=True, slots=True)
class Settled:
    """What the contact says; ``by_force``: the door was not to be opened when it first moved."""

    given: DoorInput
    by_force: bool = False


@dataclass(frozen=True, slots=True)
class _Moving:
    """It moves since ``since_s``, and moved last at ``moved_s``."""

    is_open: bool
    since_s: float
    moved_s: float
    by_force: bool


class Settling:
    """Of one contact. Pure, save for what was heard so far; times are of one steady clock."""

    def __init__(self) -> None:
        self._is_open: bool | None = None
        self._moving: _Moving | None = None

    @property
    def next_s(self) -> float:
        """When something settles if nothing moves any more; infinite: never."""
        return math.inf if self._moving is None else self._moving.moved_s + SETTLE_S

    def hear(self, given: DoorInput, now_s: float, would_be_forced: bool) -> Settled | None:
        """The contact says ``given``, one of :data:`CONTACT`; an opening now would be by force.

        Returns what counts at once: how it stands the first time, and that it cannot be read.
        """
        is_open, moving = given is DoorInput.OPENED, self._moving
        if given is DoorInput.CONTACT_LOST:
            self._is_open = self._moving = None
            return Settled(given)
        if self._is_open is None:
            self._is_open = is_open
            return Settled(given)
        if moving is None:
            if is_open is not self._is_open:
                self._moving = _Moving(is_open, now_s, now_s, is_open and would_be_forced)
        elif is_open is not moving.is_open:
            self._moving = replace(moving, is_open=is_open, moved_s=now_s)
        return None

    def settle(self, now_s: float) -> Settled | None:
        """What has come to rest, or to count as open, by now."""
        moving = self._moving
        if moving is None:
            return None
        if not _runs(moving.moved_s, SETTLE_S, now_s):
            self._moving = None
            is_open = moving.is_open
        elif not (self._is_open or _runs(moving.since_s, RESTLESS_S, now_s)):
            self._moving = None if moving.is_open else replace(moving, by_force=False)
            is_open = True
        else:
            return None
        if is_open is self._is_open:
            return None
        self._is_open = is_open
        if is_open:
            return Settled(DoorInput.OPENED, moving.by_force)
        return Settled(DoorInput.CLOSED)


def _runs(since_s: float, lasts_s: float, now_s: float) -> bool:
    """A time before its start, if the clock jumps, is outside of it."""
    return since_s <= now_s < since_s + lasts_s
