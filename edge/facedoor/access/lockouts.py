"""The lockouts that are in force: the door's for every face, and each person's for their PIN.

They stand in the state file and, for the doorkeeper, who must not wait for the disk, in memory.
Wrong codes are counted for the person at whose face they were typed, and only the right code of
that person ends the count: nobody else's entry, nor their own without it. A code counts as soon as
it was compared: while it is not written yet, no more can be tried than the rest of the batch.

The number of a person never becomes anybody else's, so a count outlives a renaming and goes with
the person.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from facedoor.access.lockout import (
    PINS_AFTER,
    Lockout,
    LockoutPolicy,
    after,
    after_code,
    end_lockout,
    keep_lockout,
    recall_lockout,
    recall_pin_lockouts,
)
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.wire.decisions import Decision
from facedoor.wire.events import LockoutBegan


@dataclass(frozen=True, slots=True)
class Counted:
    """What a decision makes of the lockouts once it is on the disk, and what is to be told."""

    door: Lockout
    pin: tuple[int, Lockout] | None
    told: tuple[LockoutBegan, ...]


class Lockouts:
    """:meth:`compared`, :meth:`count` and :meth:`take` belong to the doorkeeper's thread, which
    has a connection of its own; :meth:`recall` and :meth:`end_those_over` to the service's."""

    def __init__(self, db: sqlite3.Connection, boot_s: Callable[[], float], boot: str) -> None:
        """Until :meth:`recall` everything is locked. ``boot_s`` counts steadily from the start of
        the system, which ``boot`` names."""
        self._db = db
        self._boot_s = boot_s
        self._boot = boot
        # As they stand in the state file.
        self._door: Lockout | None = None
        self._pins: dict[int, Lockout] = {}
        self._ended: dict[int | None, Lockout] = {}
        # Wrong codes that are not written yet, by the name under which they were compared. One that
        # is lost, as after a thousand events on a broken disk, counts until the service ends.
        self._unwritten: Counter[str] = Counter()
        # Whom each name meant when it was last judged.
        self._numbers: dict[str, int] = {}

    def recall(self) -> None:
        """Read what is kept, the first time. Raises :class:`StoreError`."""
        if self._door is None:
            self._pins = recall_pin_lockouts(self._db, self._boot, self._boot_s())
            self._door = recall_lockout(self._db, self._boot, self._boot_s())

    def end_those_over(self) -> None:
        """Write down which are over: else they would begin again with the system. Raises
        :class:`StoreError`."""
        if self._door is None:
            return
        for person, lockout in ((None, self._door), *self._pins.items()):
            is_over = lockout != lockout.at(self._boot_s())
            if is_over and self._ended.get(person) != lockout:
                end_lockout(self._db, lockout, self._boot, person)
                self._ended[person] = lockout

    def door_is_locked(self, policy: LockoutPolicy) -> bool:
        """For every face."""
        if self._door is None:
            return True
        return policy.after > 0 and self._door.left_s(self._boot_s()) > 0

    def pin_is_locked(self, name: str, person: int, policy: LockoutPolicy) -> bool:
        """For the ``person`` with this number, who is judged under this ``name``."""
        self._numbers[name] = person
        if self._door is None:
            return True
        kept, batch = self._pins.get(person, Lockout()), policy.after or PINS_AFTER
        return (
            kept.left_s(self._boot_s()) > 0
            or kept.refusals % batch + self._unwritten[name] >= batch
        )

    def compared(self, decision: Decision) -> None:
        """A code led to ``decision``, which is not written yet."""
        if decision.reason is Reason.WRONG_CODE:
            self._unwritten[str(decision.person)] += 1

    def count(
        self, db: sqlite3.Connection, decision: Decision, policy: LockoutPolicy
    ) -> Counted | None:
        """Keep what ``decision`` makes of the lockouts, in the transaction in which it is written.

        To be given to :meth:`take` once that has succeeded. ``None`` while nothing is known.
        """
        if self._door is None:
            return None
        before, now_s = self._door, self._boot_s()
        door = after(before.at(now_s), decision, policy, now_s)
        if door != before:
            keep_lockout(db, door, self._boot)
        told = _begun(before, door, now_s, None)
        # Not by the names in the file, where somebody could hide whose code it was.
        person = self._numbers.get(decision.person or "")
        if person is None:
            return Counted(door, None, told)
        before = self._pins.get(person, Lockout())
        pin = after_code(before.at(now_s), decision, policy, now_s)
        if pin != before and _is_enrolled(db, person):
            keep_lockout(db, pin, self._boot, person)
        return Counted(door, (person, pin), told + _begun(before, pin, now_s, decision.person))

    def take(self, decision: Decision, counted: Counted | None) -> None:
        """``decision`` is on the disk, and with it what was ``counted``."""
        if decision.reason is Reason.WRONG_CODE:
            self._unwritten[str(decision.person)] -= 1
        if counted is None:
            return
        self._door = counted.door
        if counted.pin is not None:
            person, pin = counted.pin
            self._pins = {**self._pins, person: pin}


def _is_enrolled(db: sqlite3.Connection, person: int) -> bool:
    return db.execute("SELECT 1 FROM person WHERE id = ?", (person,)).fetchone() is not None


def _begun(
    before: Lockout, now: Lockout, now_s: float, person: str | None
) -> tuple[LockoutBegan, ...]:
    """What is to be told if a lockout has begun."""
    if before.left_s(now_s) or not now.left_s(now_s):
        return ()
    return (LockoutBegan(utc_now(), now.refusals, now.length_s, person),)
