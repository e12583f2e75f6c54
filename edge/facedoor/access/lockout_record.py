"""Where the lockout is kept: in the state file, with the boot whose clock it counts by."""

from __future__ import annotations

import math
import sqlite3
import time
from pathlib import Path

from facedoor.access.lockout import Lockout, restored
from facedoor.storage.store import reading, transaction

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_clock_s() -> float:
    """Seconds since the system started, those in which it slept included; nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Names this start of the system; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def keep(db: sqlite3.Connection, lockout: Lockout, boot: str) -> None:
    """The caller holds the transaction."""
    db.execute(
        "INSERT OR REPLACE INTO lockout (only, refusals, boot, until_s, length_s)"
        " VALUES (1, ?, ?, ?, ?)",
        (lockout.refusals, boot, lockout.until_s, lockout.length_s),
    )


def end(db: sqlite3.Connection, lockout: Lockout) -> None:
    """``lockout`` is over: else it would begin again with the system. Raises :class:`StoreError`.

    Nothing happens if another one is kept by now.
    """
    with transaction(db, "keep the lockout"):
        db.execute(
            "UPDATE lockout SET until_s = 0, length_s = 0"
            " WHERE refusals = ? AND until_s = ? AND length_s = ?",
            (lockout.refusals, lockout.until_s, lockout.length_s),
        )


def recall(db: sqlite3.Connection, boot: str, now_s: float) -> Lockout:
    """What was kept, as it holds now. Raises :class:`StoreError`."""
    with reading(db, "read the lockout"):
        ((refusals, kept_boot, until_s, length_s),) = db.execute(
            "SELECT refusals, boot, until_s, length_s FROM lockout"
        ).fetchall()
        if not (math.isfinite(until_s) and math.isfinite(length_s)):
            raise ValueError("a lockout has an end")
    # An unknown boot is never the same one.
    return restored(Lockout(refusals, until_s, length_s), bool(boot) and boot == kept_boot, now_s)
