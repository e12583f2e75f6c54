"""The machine below the door: power and heat, the clock, and the disk, on a Pi the memory card.

Commands expire by the clock, schedules go by it, and the journal is dated by it.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator
from pathlib import Path

import facedoor
from facedoor.checks.files import folder_that_exists
from facedoor.checks.installation import Finding, Installation, fine, problem
from facedoor.checks.processes import answer_of, is_installed
from facedoor.clock import DoorClock, DoorTime, this_machine
from facedoor.errors import FacedoorError
from facedoor.languages import N_, _
from facedoor.storage.clock_record import clock_of
from facedoor.storage.key_file import look_at_state

_LOW_VOLTAGE, _CAPPED, _THROTTLED, _HOT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_SINCE_BOOT = 16
"""The same four bits, this many places higher, tell that it has happened since boot."""

_SET = N_(
    "sudo timedatectl set-ntp true; timedatectl timesync-status; without a network "
    "set the clock, then sudo facedoor clock trust"
)
LEAST_MB = 100
"""Room for some 100,000 entries of the journal and for the write-ahead log."""


def examine_power(_door: Installation) -> Iterator[Finding]:
    """Check for under-voltage and throttling, where there is a firmware to ask."""
    if not is_installed("vcgencmd"):
        yield fine("power", _("not asked: this is no Raspberry Pi, or vcgencmd is not installed"))
        return
    said = re.search(r"throttled=0x([0-9a-fA-F]+)", answer_of("vcgencmd", "get_throttled") or "")
    if said:
        yield from judge_power(int(said[1], 16))
    else:
        yield problem(
            "power", _("vcgencmd does not tell: it needs /dev/vcio"), "sudo vcgencmd get_throttled"
        )


def judge_power(bits: int) -> Iterator[Finding]:
    """Findings from the bits of ``vcgencmd get_throttled``."""
    now, since_boot = bits, bits >> _SINCE_BOOT
    found = False
    for mask, what, remedy in (
        (
            _LOW_VOLTAGE,
            _("the supply is too weak (under-voltage), which damages memory cards"),
            _("use a supply of 5.1 V and 3 A (Pi 5: 5 A) with a short cable, not the lock's"),
        ),
        (
            _CAPPED | _THROTTLED | _HOT,
            _("the processor is slowed down, by heat or a weak supply"),
            _("vcgencmd measure_temp; above 80 degrees fit a heat sink or a fan"),
        ),
    ):
        if (now | since_boot) & mask:
            found = True
            when = _("now") if now & mask else _("since the last boot, not now")
            yield problem("power", f"{what}: {when}", remedy)
    if not found:
        yield fine("power", _("never too weak nor too hot since boot"))


def examine_clock(door: Installation) -> Iterator[Finding]:
    """Check whether the door knows what time it is, and by what."""
    machine = this_machine(door.root)
    try:
        with look_at_state(door.settings) as (db, vault):
            clock = clock_of(db, vault, machine)
    except FacedoorError:  # which the state's own look tells
        clock = DoorClock(machine)
        clock.look()
    yield judge_clock(clock.reading(), Path(facedoor.__file__).stat().st_mtime)


def judge_clock(time: DoorTime, installed_s: float) -> Finding:
    """Compare the clock with the moment of installation, in seconds since 1970, and say what
    proves it."""
    if time.now_s < installed_s:
        now, then = _date(time.now_s), _date(installed_s)
        return problem(
            "clock",
            _("it says {now}, but facedoor was installed on {then} or later").format(
                now=now, then=then
            ),
            _(_SET),
        )
    if time.evidence is None:
        return problem(
            "clock",
            _("the door does not know what time it is: {why_not}").format(why_not=time.why_not),
            _(_SET),
        )
    return fine("clock", time.evidence.sentence)


def _date(time_s: float) -> str:
    return datetime.datetime.fromtimestamp(time_s, datetime.UTC).strftime("%Y-%m-%d")


def examine_disk(door: Installation) -> Iterator[Finding]:
    """Check whether something can still be written."""
    folder = folder_that_exists(door.settings.state_directory)
    yield judge_disk(folder, os.statvfs(folder))


def judge_disk(folder: Path, status: os.statvfs_result) -> Finding:
    """Judge the free space in ``status``, that of the file system of ``folder``."""
    free_mb = status.f_bavail * status.f_frsize / 1e6
    if status.f_flag & os.ST_RDONLY:
        return problem(
            "disk",
            _(
                "{folder} can only be read, as after a fault of the memory card, and a door "
                "that cannot write stays shut"
            ).format(folder=folder),
            _(
                "sudo dmesg | grep -i -e mmc -e ext4; a card with errors has to be replaced, "
                "else: sudo mount -o remount,rw /"
            ),
        )
    if free_mb < LEAST_MB or (status.f_files and not status.f_favail):
        return problem(
            "disk",
            _(
                "{folder} has only {free_mb:.0f} MB and room for {files} files left, and a "
                "full disk keeps the door shut"
            ).format(folder=folder, free_mb=free_mb, files=status.f_favail),
            _("sudo journalctl --vacuum-size=100M; sudo apt clean"),
        )
    return fine(
        "disk", _("{free_mb:.1f} GB free at {folder}").format(free_mb=free_mb / 1000, folder=folder)
    )
