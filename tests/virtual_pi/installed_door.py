"""The door on the machine: who comes to it, what it does to its relay, and what it writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from virtual_pi.installed_image import PIN
from virtual_pi.machine import Machine
from virtual_pi.trace import Level

VISIT_WITHIN_S = 600.0
"""From the start of the service to what its visitor leads to."""


@dataclass(frozen=True)
class Door:
    """The door on the machine: it watches an empty hallway until somebody is on the way."""

    machine: Machine

    def receive(self, visitor: str) -> int:
        """Start the service with a visitor on the way; how often the pin had changed by then."""
        self.machine.run(f"systemctl stop facedoor && ln -sfn {visitor} /srv/visit")
        changes = len(self.machine.levels.of(PIN))
        self.machine.run("systemctl start facedoor", VISIT_WITHIN_S)
        return changes

    def relay_goes(self, high: bool, change: int) -> Level:
        """Wait for a change of the pin, by its number, and see that it is this one."""
        level = self.machine.levels.wait_for(PIN, change + 1, VISIT_WITHIN_S)[change]
        assert level.high == high
        return level

    def last_decision(self) -> dict[str, Any]:
        """The journal's last entry about a visitor."""
        lines = self.machine.run("facedoor journal export").splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if entry["kind"] == "decision"][-1]

    def process(self) -> str:
        """The service's process."""
        return self.machine.run("systemctl show --value --property MainPID facedoor").strip()

    def restarts(self) -> int:
        """How often systemd has started the service again by itself since the visitor came."""
        return int(self.machine.run("systemctl show --value --property NRestarts facedoor"))

    def log(self) -> str:
        """What systemd and the service have said since the machine's start."""
        return self.machine.run("journalctl --unit facedoor --output cat --no-pager")
