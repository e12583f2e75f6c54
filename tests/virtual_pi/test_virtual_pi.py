"""An emulated machine, an installed door, and its relay's pin as seen from outside of both.

Opt-in, for it takes long: ``make virtual-pi`` builds the package and says where it is.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from broker import Listener, free_port
from virtual_pi import base_image, installed_image, kernel
from virtual_pi.installed_image import OBSERVER_PORT, PIN, PULSE_S, RESIDENT
from virtual_pi.machine import Level, Machine

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
        return self.machine.run("systemctl show --value --property MainPID facedoor").strip()

    def restarts(self) -> int:
        """How often systemd has started the service again by itself since the visitor came."""
        return int(self.machine.run("systemctl show --value --property NRestarts facedoor"))


PACKAGE = os.environ.get("FACEDOOR_VIRTUAL_PI", "")
CLONE = Path(__file__).parents[2]
FOLDER = CLONE / "build" / "virtual-pi"

pytestmark = pytest.mark.skipif(not PACKAGE, reason="takes long: make virtual-pi")

SLACK_S = 1.0
"""How much a pulse may differ from its length, by the machine's clock."""


@pytest.fixture(scope="module")
def images() -> tuple[kernel.Kernel, Path]:
    """What the machine runs: a kernel, and a disk with an installed door."""
    started_s = time.monotonic()
    linux = kernel.prepare(FOLDER / "kernel")
    base = base_image.prepare(FOLDER, linux)
    disk = installed_image.prepare(FOLDER, linux, base, Path(PACKAGE), CLONE / "build" / "photos")
    print(f"\nvirtual-pi: the disk was ready after {time.monotonic() - started_s:.0f} s")
    return linux, disk


@pytest.fixture(scope="module")
def machine(images: tuple[kernel.Kernel, Path]) -> Iterator[Machine]:
    """A machine that has started; what happens to its disk is forgotten."""
    started_s = time.monotonic()
    with Machine(*images, FOLDER / "run", ports={free_port(): OBSERVER_PORT}) as machine:
        machine.run("systemctl is-system-running --wait || systemctl --failed")
        print(f"virtual-pi: the machine was up after {time.monotonic() - started_s:.0f} s")
        yield machine


@pytest.fixture
def door(machine: Machine) -> Iterator[Door]:
    """The door on that machine; it is stopped at the end."""
    yield Door(machine)
    machine.run("systemctl stop facedoor; systemctl reset-failed facedoor || true")


@pytest.fixture
def listener(machine: Machine) -> Iterator[Listener]:
    """Somebody who listens to the machine's broker from outside, and has heard nothing before."""
    (port,) = machine.ports
    listener = Listener(port, client_id=f"listener-{time.monotonic_ns()}")
    yield listener
    listener.close()


def pulse_s(listener: Listener) -> float:
    """How long the door was released according to its broker, by the machine's clock."""
    released, locked = (
        datetime.fromisoformat(listener.wait_for("/state", lock=lock).content["since"])
        for lock in ("released", "locked")
    )
    return (locked - released).total_seconds()


def test_installed_door_is_whole_and_starts_with_the_machine(machine: Machine) -> None:
    machine.run("dpkg --verify facedoor")
    assert machine.run("systemctl is-enabled facedoor").strip() == "enabled"
    assert machine.run("systemctl is-active facedoor").strip() == "active"
    assert not any(level.high for level in machine.levels.of(PIN))


def test_resident_is_let_in_for_one_pulse(door: Door, listener: Listener) -> None:
    change = door.receive("resident")
    on = door.relay_goes(True, change)
    off = door.relay_goes(False, change + 1)
    # The machine's clock is slower than this one wherever its processor has much to do.
    assert off.time_s - on.time_s > PULSE_S - SLACK_S
    assert pulse_s(listener) == pytest.approx(PULSE_S, abs=SLACK_S)
    entry = door.last_decision()
    assert entry["payload"]["decision"] == "granted"
    assert entry["payload"]["person"] == RESIDENT
    (event,) = (e for e in listener.events() if e["kind"] == "decision")
    assert re.fullmatch(rf"front-[a-z0-9]{{8}}-{entry['id']}", event["id"])
    assert event["visit"] == entry["payload"]["visit"]


def test_stranger_is_not_let_in(door: Door, listener: Listener) -> None:
    change = door.receive("stranger")
    listener.wait_for("/event", within_s=VISIT_WITHIN_S, decision="refused")
    assert door.last_decision()["payload"]["reason"] == "unknown"
    assert len(door.machine.levels.of(PIN)) == change


def test_relay_of_a_killed_door_stays_on_until_systemd_drives_it_off(
    door: Door, listener: Listener
) -> None:
    change = door.receive("resident")
    on = door.relay_goes(True, change)
    listener.wait_for("/state", lock="released")
    process = door.process()
    door.machine.run(f"kill -KILL {process}; while kill -0 {process}; do sleep 0.01; done")
    dead_s = time.time()
    off = door.relay_goes(False, change + 1)
    assert door.restarts() == 0, "the door that was started again has driven the relay off"
    assert on.time_s < dead_s < off.time_s
    assert door.last_decision()["payload"]["decision"] == "granted"
    listener.wait_for("/status", status="offline")


def test_door_that_hangs_is_killed_its_relay_driven_off_and_starts_again(
    door: Door, listener: Listener
) -> None:
    change = door.receive("resident")
    door.relay_goes(True, change)
    listener.wait_for("/state", lock="released")
    door.machine.run(f"kill -STOP {door.process()}")
    stopped_s = time.time()
    off = door.relay_goes(False, change + 1)
    assert door.restarts() == 0, "the door that was started again has driven the relay off"
    assert off.time_s > stopped_s
    log = door.machine.run("journalctl --unit facedoor --output cat --no-pager")
    assert "Watchdog timeout" in log
    listener.wait_for("/status", status="offline")
    listener.wait_for("/status", within_s=VISIT_WITHIN_S, status="online")


def test_stop_in_the_middle_of_a_pulse_ends_the_pulse(door: Door, listener: Listener) -> None:
    change = door.receive("resident")
    door.relay_goes(True, change)
    door.machine.run("systemctl stop facedoor")
    door.relay_goes(False, change + 1)
    assert pulse_s(listener) < PULSE_S - SLACK_S
    listener.wait_for("/status", status="offline")


def test_grant_before_a_power_cut_is_in_the_journal_and_the_relay_starts_off(
    images: tuple[kernel.Kernel, Path], tmp_path: Path
) -> None:
    linux, disk = images
    copy = installed_image.layer(tmp_path / "power-cut.qcow2", disk)
    with Machine(linux, copy, tmp_path / "before", keep=True) as machine:
        door = Door(machine)
        change = door.receive("resident")
        door.relay_goes(True, change)
        machine.cut_power()
    with Machine(linux, copy, tmp_path / "after") as machine:
        machine.run("systemctl stop facedoor && facedoor journal verify")
        assert Door(machine).last_decision()["payload"]["decision"] == "granted"
        assert machine.levels.of(PIN)[0].high is False
