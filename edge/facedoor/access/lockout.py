"""Lockout: after several refusals in a row no face opens the door for a while, each time longer.

What holds, whatever happens to clock and power:

* Only the steady clock of the running system counts, so setting the wall clock changes nothing.
* A restart of the service changes nothing either: the system's clock goes on, also while it sleeps.
* When the system itself starts anew, nobody can tell how long it was off. A lockout that was not
  over then begins again, with its whole length; one never grows longer by that.

Pure: states, and what leads from one to the next. A count ends when somebody is let in.
"""

from __future__ import annotations

import math
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

from facedoor.reasons import Reason
from facedoor.storage.store import reading, transaction
from facedoor.strict import more
from facedoor.wire.events import Decision

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

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


def counts(decision: Decision) -> bool:
    """True if a decision is a try by somebody who may not come in.

    Not an empty frame or a bad view, nor somebody who was near enough to be a resident but went on
    before it was certain.
    """
    if decision.granted:
        return False
    if decision.reason is Reason.UNKNOWN:
        return decision.frames > 0 and not decision.distance <= decision.threshold
    return decision.reason in {Reason.AMBIGUOUS, Reason.NOT_LIVE, Reason.WRONG_CODE}


def after(lockout: Lockout, decision: Decision, policy: LockoutPolicy, now_s: float) -> Lockout:
    """The state after a decision was written down."""
    if decision.granted:
        return Lockout()
    # What comes while the door is locked does not keep it so: else a stranger could for ever.
    if not counts(decision) or policy.after == 0 or lockout.left_s(now_s) > 0:
        return lockout
    refusals = lockout.refusals + 1
    times, rest = divmod(refusals, policy.after)
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


def boot_clock_s() -> float:
    """Seconds since the system started, those in which it slept included; nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Names this start of the system; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def keep_lockout(db: sqlite3.Connection, lockout: Lockout, boot: str) -> None:
    """The caller holds the transaction."""
    db.execute(
        "INSERT OR REPLACE INTO lockout (only, refusals, boot, until_s, length_s)"
        " VALUES (1, ?, ?, ?, ?)",
        (lockout.refusals, boot, lockout.until_s, lockout.length_s),
    )


def end_lockout(db: sqlite3.Connection, lockout: Lockout) -> None:
    """``lockout`` is over: else it would begin again with the system. Raises :class:`StoreError`.

    Nothing happens if another one is kept by now.
    """
    with transaction(db, "keep the lockout"):
        db.execute(
            "UPDATE lockout SET until_s = 0, length_s = 0"
            " WHERE refusals = ? AND until_s = ? AND length_s = ?",
            (lockout.refusals, lockout.until_s, lockout.length_s),
        )


def recall_lockout(db: sqlite3.Connection, boot: str, now_s: float) -> Lockout:
    """What was kept, as it holds now. Raises :class:`StoreError`."""
    with reading(db, "read the lockout"):
        ((refusals, kept_boot, until_s, length_s),) = db.execute(
            "SELECT refusals, boot, until_s, length_s FROM lockout"
        ).fetchall()
        if not (math.isfinite(until_s) and math.isfinite(length_s)):
            raise ValueError("a lockout has an end")
    # An unknown boot is never the same one.
    return restored(Lockout(refusals, until_s, length_s), bool(boot) and boot == kept_boot, now_s)
