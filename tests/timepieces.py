"""Clocks that a test sets, and evidence for the time that does not depend on this machine's."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from facedoor.clock import DoorClock, Known, Machine, this_machine
from facedoor.config import file as config_file
from facedoor.storage.clock_record import keep_clock
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store

MONDAY_NOON = datetime(2027, 1, 11, 11, tzinfo=UTC)
MARK = "run/systemd/timesync/synchronized"


@dataclass
class Timepiece:
    """A machine whose clocks stand still until they are moved. ``root`` may lack everything."""

    root: Path = Path("/nowhere")
    wall_s: float = MONDAY_NOON.timestamp()
    boot_s: float = 1000.0
    boot: str = "first"
    is_synchronised: bool | None = None
    """What the kernel says."""

    def machine(self) -> Machine:
        return Machine(
            lambda: self.wall_s,
            lambda: self.boot_s,
            self.boot,
            self.root,
            lambda: self.is_synchronised,
        )

    def clock(self, known: Known | None = None) -> DoorClock:
        """The clock of a process that has just started, once it has looked."""
        clock = DoorClock(self.machine())
        clock.look(known)
        return clock

    def settled_clock(self) -> DoorClock:
        """Of a door that has known the time all along."""
        self.is_synchronised = True
        return self.clock(Known(time_s=self.wall_s))

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.boot_s += seconds

    def is_set(self, wall_s: float, *, by_time_server: bool = False) -> None:
        """As by ``date``: the kernel then knows of no time server any more."""
        self.wall_s = wall_s
        self.is_synchronised = by_time_server

    def mark(self) -> None:
        """As timesyncd does when it has set the clock."""
        mark = self.root / MARK
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        os.utime(mark, (self.wall_s, self.wall_s))

    def hardware_clock(self, shows_s: float, set_the_system: bool = True) -> None:
        folder = self.root / "sys/class/rtc/rtc0"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hctosys").write_text(f"{set_the_system:d}\n")
        (folder / "since_epoch").write_text(f"{shows_s:.0f}\n")


def synchronised_clock() -> DoorClock:
    """This machine's clock, as if a time server had set it."""
    clock = DoorClock(replace(this_machine(), is_synchronised=lambda: True))
    clock.look()
    return clock


def trust_this_machine(config: Path) -> None:
    """As ``facedoor clock trust``: the door of this configuration takes this machine's clock, set
    by a time server or not, for right."""
    settings = config_file.load(config)
    vault = load_vault(settings)
    with closing(open_store(settings.database, vault)) as db:
        keep_clock(db, vault, DoorClock(this_machine()).trusted_by_root(Known()))
