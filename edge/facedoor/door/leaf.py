"""The leaf of the door: closed, open, open for too long, or opened by force. Pure."""

from __future__ import annotations

from facedoor.door.profile import Profile
from facedoor.door.states import Closed, DoorInput, Leaf, Locked, LockState, Open, Unseen
from facedoor.wire.events import Happening


def step_leaf(
    leaf: Leaf, given: DoorInput, now_s: float, lock: LockState, profile: Profile
) -> tuple[Leaf, Happening | None]:
    """The leaf after ``given``, and what has to be told of it. ``lock`` is that of before."""
    match given:
        case DoorInput.CONTACT_LOST:
            return Unseen(), None
        case DoorInput.CLOSED:
            return Closed(), Happening.CLOSED if isinstance(leaf, Open) else None
        case DoorInput.OPENED if not isinstance(leaf, Open):
            # Of a door whose state was not known nobody can say when it was opened, and by whom.
            forced = isinstance(leaf, Closed) and not _may_open(lock, now_s)
            return Open(now_s, forced), Happening.FORCED if forced else Happening.OPENED
    if isinstance(leaf, Open) and not leaf.forced and leaf.alarms < 2:
        open_for_s = now_s - leaf.since_s
        if open_for_s >= (leaf.alarms + 1) * profile.held_open_s:
            told = Happening.HELD_OPEN_LONG if leaf.alarms else Happening.HELD_OPEN
            return Open(leaf.since_s, alarms=leaf.alarms + 1), told
    return leaf, None


def excused(leaf: Leaf | None, now_s: float) -> Leaf | None:
    """The leaf once somebody who may has released the door: no alarm about it stands any more."""
    return Open(now_s) if isinstance(leaf, Open) else leaf


def _may_open(lock: LockState, now_s: float) -> bool:
    return not isinstance(lock, Locked) or now_s < lock.free_until_s
