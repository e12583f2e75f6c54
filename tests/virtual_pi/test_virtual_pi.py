"""An emulated machine, an installed door, and its relay's pin as seen from outside of both.

Opt-in, for it takes long: ``make virtual-pi`` builds the package and says where it is.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker import Listener, free_port
from virtual_pi import base_image, installed_image, kernel
from virtual_pi.installed_image import PIN, PULSE_S, RESIDENT
from virtual_pi.machine import Machine
from virtual_pi.trace import Level

PACKAGE = os.environ.get("FACEDOOR_VIRTUAL_PI", "")
CLONE = Path(__file__).parents[2]
FOLDER = CLONE / "build" / "virtual-pi"

pytestmark = pytest.mark.skipif(not PACKAGE, reason="takes long: make virtual-pi")

VISIT_WITHIN_S = 600.0
"""From the start of the service to what its visitor leads to."""

SLACK_S = 10.0
"""How much later than at its time something may happen on an emulated processor."""


@dataclass
class Door:
    """The door on the machine, its service stopped, its relay off; and somebody who listens."""

    machine: Machine
    listener: Listener

    def receive(self, visitor: str) -> int:
        """Start the service anew with a visitor on the way; how often the pin has changed so far."""
        self.machine.run(f"ln -sfn {visitor} /srv/visit")
        changes = len(self.machine.levels.of(PIN))
        self.machine.run("systemctl start facedoor", VISIT_WITHIN_S)
        return changes

    def relay_goes(self, high: bool, change: int) -> Level:
        """Wait for a change of the pin, by its number, and see that it is this one."""
        level = self.machine.levels.wait_for(PIN, change + 1, VISIT_WITHIN_S)[change]
        assert level.high == high
        return level

    def journal(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of the journal's entries of a kind, with their ids."""
        lines = self.machine.run("facedoor journal export --json").splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if entry.get("kind") == kind]

    def log(self) -> str:
        """What systemd and the service have said since the machine's start."""
        return self.machine.run("journalctl --unit facedoor --output cat --no-pager")
