"""The clock: commands expire by it, schedules go by it, and the journal is dated by it."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path

import facedoor
from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.checks.programs import answer_of

_SET = "sudo timedatectl set-ntp true; timedatectl timesync-status"


def examine_clock(door: Installation) -> Iterator[Finding]:
    """Whether the clock is set, and by whom."""
    installed_s = Path(facedoor.__file__).stat().st_mtime
    yield judge_clock(time.time(), installed_s, is_synchronised(door.root))


def is_synchronised(root: Path) -> bool | None:
    """Whether a time server sets the clock; ``None`` where systemd does not run to say so."""
    if not (root / "run" / "systemd" / "system").is_dir():
        return None
    if (root / "run" / "systemd" / "timesync" / "synchronized").exists():
        return True
    said = answer_of("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(said or "")


def judge_clock(now_s: float, installed_s: float, is_synchronised: bool | None) -> Finding:
    """What the clock says, since the epoch, against the moment when facedoor was installed."""
    if now_s < installed_s:
        now, then = _day(now_s), _day(installed_s)
        return problem(
            "clock", f"it says {now}, but facedoor was installed on {then} or later", _SET
        )
    if is_synchronised is False:
        return problem("clock", "no time server sets it, and a Pi loses the time with power", _SET)
    if is_synchronised is None:
        return fine("clock", "it can be right; who sets it cannot be seen here")
    return fine("clock", "set by a time server")


def _day(time_s: float) -> str:
    return datetime.datetime.fromtimestamp(time_s, datetime.UTC).strftime("%Y-%m-%d")
