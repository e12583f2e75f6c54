"""Lockout: after several refusals in a row no face opens the door for a while, each time longer.

The same law holds for the codes that are typed at one person's face: after several wrong ones
their PIN is locked for a while.

What holds, whatever happens to clock and power:

* Only the steady clock of the running system counts, so setting the wall clock changes nothing.
* A restart of the service changes nothing either: the system's clock goes on, also while it sleeps.
* When the system itself starts anew, nobody can tell how long it was off. A lockout that was not
  over then begins again, with its whole length; one never grows longer by that.

Pure: states, and what leads from one to the next; and how they are kept. The door's count ends when
somebody is let in, a person's when they type the right code.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from facedoor.reasons import ABOUT_LIVENESS, Reason
from facedoor.storage.store import transaction, trusting
from facedoor.strict import more
from facedoor.wire.decisions import Decision

PINS_AFTER = 5
"""After so many wrong codes a PIN is locked at a door that never locks itself: strangers who pass
by are a reason for that, codes that are typed are none."""

_DOUBLINGS = 64
"""After so many every length is the longest; more would be too large for a number."""


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """Every ``after`` refusals the door is locked: for ``first_s``, then for twice as long as the
    last time, at most ``longest_s``. ``after`` = 0: never."""

    after: int = field(default=5, metadata=more(allowed=(0, 1000)))
    first_s: float = field(default=30.0, metadata=more(allowed=(1.0, 86_400.0)))
    longest_s: float = field(default=3600.0, metadata=more(allowed=(1.0, 86_400.0)))


@dataclass(frozen=True, slots=True)
class Lockout:
    """``refusals`` in a row, and the last lockout: its end on the steady clock, and its length."""

    refusals: int = 0
    until_s: float = 0.0
    length_s: float = 0.0

    def left_s(self, now_s: float) -> float:
        """How long it still lasts; 0: the door is not locked."""
        # Not longer than it was to be, should this not be the clock that it began on.
        return max(0.0, min(self.until_s - now_s, self.length_s))

    def at(self, now_s: float) -> Lockout:
        """The state without a lockout that is over."""
        return self if self.left_s(now_s) > 0 else Lockout(self.refusals)


_ALWAYS_COUNT = {Reason.AMBIGUOUS, *ABOUT_LIVENESS}


def counts(decision: Decision) -> bool:
    """True if a decision is a try by somebody who may not come in.

    Also somebody who was recognised and did not look alive: else a photo could try for ever. Not an
    empty frame or a bad view, nor somebody who was near enough to be a resident but went on before
    it was certain; and not a wrong code, which counts for the person at whose face it came.
    """
    if decision.granted:
        return False
    if decision.reason is Reason.UNKNOWN:
        return decision.frames > 0 and not decision.distance <= decision.threshold
    return decision.reason in _ALWAYS_COUNT


def after(lockout: Lockout, decision: Decision, policy: LockoutPolicy, now_s: float) -> Lockout:
    """The door's state after a decision was written down."""
    if decision.granted:
        return Lockout()
    if not counts(decision) or policy.after == 0:
        return lockout
    return _longer(lockout, policy.after, policy, now_s)


def after_code(
    lockout: Lockout, decision: Decision, policy: LockoutPolicy, now_s: float
) -> Lockout:
    """The state of a person's PIN after a decision about them was written down."""
    if decision.factor == "pin":
        return Lockout()
    if decision.reason is not Reason.WRONG_CODE:
        return lockout
    return _longer(lockout, policy.after or PINS_AFTER, policy, now_s)


def _longer(lockout: Lockout, batch: int, policy: LockoutPolicy, now_s: float) -> Lockout:
    """One more refusal: each ``batch`` of them locks."""
    # What comes while it is locked does not keep it so: else a stranger could for ever.
    if lockout.left_s(now_s) > 0:
        return lockout
    refusals = lockout.refusals + 1
    times, rest = divmod(refusals, batch)
    if rest:
        return Lockout(refusals)
    length_s = min(policy.longest_s, policy.first_s * 2.0 ** min(times - 1, _DOUBLINGS))
    return Lockout(refusals, now_s + length_s, length_s)


def restored(kept: Lockout, same_boot: bool, now_s: float) -> Lockout:
    """The state from before a restart of the service, or of the whole system.

    ``kept`` says a length of 0 if its lockout was over.
    """
    if same_boot:
        return kept
    return Lockout(kept.refusals, now_s + kept.length_s, kept.length_s)


def keep_lockout(
    db: sqlite3.Connection, lockout: Lockout, boot: str, person: int | None = None
) -> None:
    """Of the door, or of the PIN of the person with this number. The caller holds the
    transaction."""
    values = (lockout.refusals, boot, lockout.until_s, lockout.length_s)
    if person is None:
        db.execute("INSERT OR REPLACE INTO lockout VALUES (1, ?, ?, ?, ?)", values)
    else:
        db.execute("INSERT OR REPLACE INTO pin_lockout VALUES (?, ?, ?, ?, ?)", (person, *values))


def end_lockout(
    db: sqlite3.Connection, lockout: Lockout, boot: str, person: int | None = None
) -> None:
    """``lockout`` is over: else it would begin again with the system. Raises :class:`StoreError`.

    Nothing happens if another one is kept by now. What was kept before this ``boot`` is the one
    that began again.
    """
    over = (
        "SET until_s = 0, length_s = 0"
        " WHERE refusals = ? AND length_s = ? AND (until_s = ? OR boot <> ?)"
    )
    values = (lockout.refusals, lockout.length_s, lockout.until_s, boot)
    with transaction(db, "keep the lockout"):
        if person is None:
            db.execute(" ".join(("UPDATE lockout", over)), values)
        else:
            query = " ".join(("UPDATE pin_lockout", over, "AND person_id = ?"))
            db.execute(query, (*values, person))


def recall_lockout(db: sqlite3.Connection, boot: str, now_s: float) -> Lockout:
    """What was kept of the door, as it holds now. Raises :class:`StoreError`."""
    with trusting(db, "read the lockout", "lockout"):
        (row,) = db.execute("SELECT refusals, boot, until_s, length_s FROM lockout").fetchall()
        return _kept(row, boot, now_s)


def recall_pin_lockouts(db: sqlite3.Connection, boot: str, now_s: float) -> dict[int, Lockout]:
    """What was kept of PINs, by the number of the person. Raises :class:`StoreError`."""
    with trusting(db, "read the lockout", "pin_lockout"):
        rows = db.execute(
            "SELECT person_id, refusals, boot, until_s, length_s FROM pin_lockout"
        ).fetchall()
        return {person: _kept(row, boot, now_s) for person, *row in rows}


def _kept(row: Sequence[Any], boot: str, now_s: float) -> Lockout:
    refusals, kept_boot, until_s, length_s = row
    if not (math.isfinite(until_s) and math.isfinite(length_s)):
        raise ValueError("a lockout has an end")
    # An unknown boot is never the same one.
    return restored(Lockout(refusals, until_s, length_s), bool(boot) and boot == kept_boot, now_s)
