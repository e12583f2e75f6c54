"""The lock: what frees it, what secures it, and when; and what the door contact tells. Pure.

A strike and a magnet have two positions. A motor bolt takes its time, and a switch tells when it is
fully out, though not how far in: so it is driven in for the whole of ``motor_s``, and out until the
switch says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from facedoor.door.states import (
    Action,
    AtRest,
    Closed,
    Contact,
    DoorInput,
    Jammed,
    Locked,
    Locking,
    LockKind,
    LockState,
    Open,
    Profile,
    Releasing,
    Unlocked,
    Unlocking,
    Unseen,
)
from facedoor.wire.events import Happening
from facedoor.wire.mode import Mode

GRACE_S = 1.0
"""How long after a release an opening still belongs to it: a latch that is pulled frees the contact
a moment after the relay, and a contact is debounced."""


class Turn(NamedTuple):
    """What the lock does next: its state, what to do to it, and what has to be told."""

    lock: LockState
    action: Action | None = None
    happening: Happening | None = None


class Surroundings(NamedTuple):
    """What the lock goes by."""

    now_s: float
    profile: Profile
    mode: Mode
    contact: Contact | None
    bolt_is_out: bool | None


def elapse(lock: LockState, around: Surroundings) -> Turn:
    """What time, the mode, the contact and the bolt make of the lock, without any request."""
    match lock:
        case AtRest():
            return _first(around)
        case Releasing() if _is_over(lock, around) or around.bolt_is_out:
            return _end(around)
        case Unlocking() if _is_forbidden(lock, around.mode):
            return _end(around)
        case Unlocking() if not lock.lasts_at(around.now_s):
            return _driven_in(lock, around)
        case Unlocked() if not isinstance(around.contact, Open):
            return secure(around)
        case Locking() | Jammed() if around.bolt_is_out:
            return secure(around)
        case Locking() if isinstance(around.contact, Open):
            return Turn(Unlocked(), Action.REST)
        case Locking() if not lock.lasts_at(around.now_s):
            return Turn(Jammed(), Action.REST, Happening.JAMMED)
        case Locked() if around.profile.lock is LockKind.MOTOR and around.bolt_is_out is False:
            # Somebody turned it by hand, from inside or with a key: it locks again by itself.
            return Turn(_releasing(around, None))
    return Turn(lock)


def follow(lock: LockState, given: DoorInput, around: Surroundings) -> Turn:
    """What the opening and closing of the door mean for the lock."""
    match lock:
        case Releasing() | Unlocking() if given is DoorInput.OPENED:
            return Turn(replace(lock, opened=True))
        case Releasing() if given is DoorInput.CLOSED and lock.opened:
            return _end(around)
        case Jammed() if given is DoorInput.CLOSED:
            return secure(around)
    return Turn(lock)


def release(request: DoorInput, around: Surroundings) -> Turn:
    """Let somebody in, or out."""
    if around.profile.lock is LockKind.MOTOR:
        until_s = around.now_s + around.profile.motor_s
        return Turn(Unlocking(around.now_s, until_s, request), Action.RELEASE)
    return Turn(_releasing(around, request), Action.RELEASE)


def secure(around: Surroundings) -> Turn:
    """Lock the door; a motor bolt waits while the contact says that it is open."""
    now_s, profile = around.now_s, around.profile
    if profile.lock is not LockKind.MOTOR:
        return Turn(Locked(), Action.SECURE)
    if around.bolt_is_out:
        return Turn(Locked(), Action.REST)
    if isinstance(around.contact, Open):
        return Turn(Unlocked(), Action.REST)
    return Turn(Locking(now_s, now_s + profile.motor_s), Action.SECURE)


def _first(around: Surroundings) -> Turn:
    """What to do with a lock that was left as nobody knows."""
    if around.profile.lock is not LockKind.MOTOR:
        return _end(around)
    return Turn(AtRest()) if around.bolt_is_out is None else secure(around)


def _end(around: Surroundings) -> Turn:
    """End a release: whoever is just opening the door still may."""
    turn = secure(around)
    if isinstance(turn.lock, Locked):
        turn = turn._replace(lock=Locked(free_until_s=around.now_s + GRACE_S))
    return turn


def _driven_in(lock: Unlocking, around: Surroundings) -> Turn:
    """The motor has had its time: the bolt must have left its place."""
    if around.bolt_is_out is not False:
        return _end(around)._replace(happening=Happening.JAMMED)
    if lock.opened and not isinstance(around.contact, Open):
        return _end(around)
    return Turn(replace(_releasing(around, lock.request), opened=lock.opened), Action.REST)


def _releasing(around: Surroundings, request: DoorInput | None) -> Releasing:
    return Releasing(around.now_s, around.now_s + around.profile.pulse_s, request)


def _is_over(lock: Releasing, around: Surroundings) -> bool:
    return not lock.lasts_at(around.now_s) or _is_forbidden(lock, around.mode)


def _is_forbidden(lock: Releasing | Unlocking, mode: Mode) -> bool:
    """A lockdown ends what lets somebody in, but not what lets somebody out."""
    return mode is Mode.LOCKDOWN and lock.request in {DoorInput.GRANT, DoorInput.RELEASE}


def step_contact(
    contact: Contact,
    given: DoorInput,
    now_s: float,
    lock: LockState,
    profile: Profile,
    by_force: bool | None = None,
) -> tuple[Contact, Happening | None]:
    """What is known of the door after ``given``, and what has to be told: closed, open, open for
    too long, or opened by force. ``lock`` is that of before."""
    match given:
        case DoorInput.CONTACT_LOST:
            return Unseen(), None
        case DoorInput.CLOSED:
            return Closed(), Happening.CLOSED if isinstance(contact, Open) else None
        case DoorInput.OPENED if not isinstance(contact, Open):
            # Of a door whose state was not known nobody can say when it was opened, and by whom.
            forced = not _may_open(lock, now_s) if by_force is None else by_force
            forced = forced and isinstance(contact, Closed)
            # Whoever may has released the door in the meantime: it is told, and does not stand.
            stands = forced and isinstance(lock, Locked)
            return Open(now_s, stands), Happening.FORCED if forced else Happening.OPENED
    if isinstance(contact, Open) and not contact.forced and contact.alarms < 2:
        open_for_s = now_s - contact.since_s
        if open_for_s >= (contact.alarms + 1) * profile.held_open_s:
            told = Happening.HELD_OPEN_LONG if contact.alarms else Happening.HELD_OPEN
            return Open(contact.since_s, alarms=contact.alarms + 1), told
    return contact, None


def excused(contact: Contact | None, now_s: float) -> Contact | None:
    """Whoever may has released the door: no alarm about it stands any more."""
    return Open(now_s) if isinstance(contact, Open) else contact


def _may_open(lock: LockState, now_s: float) -> bool:
    return not isinstance(lock, Locked) or now_s < lock.free_until_s
