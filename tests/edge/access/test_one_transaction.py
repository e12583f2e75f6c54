"""A decision, the alarm about it and its place in the lockout are one thing: all of it is on the
disk, or nothing, whenever the door is broken off or killed.

``FACEDOOR_KILLS`` says how often it is killed.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from accidents import EXAMPLES, said_until_killed
from doorway import Clock, grant, refusal
from facedoor.access.access import AccessRules
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.clock import DoorClock, this_machine
from facedoor.door.control import DoorControl
from facedoor.door.fitted import Fitted
from facedoor.door.states import Profile
from facedoor.hardware.lock import RelayLock
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import Switches
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from faults.verdict import decisions_without_alarm
from vaults import VAULT, move_in, open_store

KILLS = int(os.environ.get("FACEDOOR_KILLS", "5"))
STEPS = 9 if EXAMPLES >= 100 else 31
"""Of SQLite's virtual machine: where a transaction can be broken off."""

AFTER = 3
RULES = f'time_zone = "UTC"\n[lockout]\nafter = {AFTER}\nfirst_s = 1\nlongest_s = 1'
VISITS = (grant(1), refusal(2), refusal(3), replace(grant(4), person="Bob"), *[refusal(5)] * 4)


class Door:
    """A door at which Ada is forced to come; each lockout is over before the next visit."""

    def __init__(self, database: Path) -> None:
        self.clock = Clock()
        self.clock.now_s = time.monotonic() * 1e6  # goes on when the door is started again
        self.db = open_store(database)
        self.doorkeepers_db = open_store(database)
        board = Board()
        machine = replace(this_machine(), boot_s=self.clock, boot="always the same")
        access = AccessRules(self.db, VAULT, board, DoorClock(machine))
        access.reload()
        self.relay = SimulatedRelay()
        self.control = DoorControl(
            Fitted(RelayLock(self.relay), Switches({}), Profile(pulse_s=1.0)),
            access,
            lambda: Journal(self.doorkeepers_db, VAULT),
            board,
            lambda _: None,
            clock=self.clock,
        )

    def break_off_after(self, steps: int | None) -> None:
        """Let SQLite break off a transaction after so many times :data:`STEPS`; ``None``: none."""
        goes_on = itertools.chain([0] * (steps or 0), [] if steps is None else [1])

        def watch(statement: str) -> None:
            if statement.startswith("BEGIN"):
                self.doorkeepers_db.set_progress_handler(lambda: next(goes_on, 0), STEPS)
            if statement == "COMMIT":  # of which SQLite would say that it failed when it had not
                self.doorkeepers_db.set_progress_handler(None, 0)

        self.doorkeepers_db.set_progress_handler(None, 0)
        self.doorkeepers_db.set_trace_callback(watch)

    def visit(self, number: int) -> bool:
        """Whether the decision opened the door; it is locked again afterwards."""
        self.control.handle(replace(VISITS[number % len(VISITS)], track=number))
        has_opened = self.relay.is_on
        self.clock.now_s += 10
        self.control.tick()
        return has_opened


def furnish(database: Path) -> None:
    with closing(open_store(database)) as db:
        move_in(db)
        RuleBook(db, VAULT).set_rules(RULES, "command line")
        RuleBook(db, VAULT).allow("Ada", lambda _: Permission(duress=True), "command line")


def check(database: Path) -> list[int]:
    """That all which is on the disk belongs together; the numbers of the visits."""
    with closing(open_store(database)) as db:
        entries = list(Journal(db, VAULT).since())
        ((counted,),) = db.execute("SELECT refusals FROM lockout")
    assert decisions_without_alarm(entries, "Ada") == []
    refusals, lockouts = 0, []
    for entry in entries:
        if entry.kind == "decision" and entry.payload["reason"] in {"recognised", "unknown"}:
            refusals = 0 if entry.payload["decision"] == "granted" else refusals + 1
            if refusals and refusals % AFTER == 0:
                lockouts.append((entry.id + 1, refusals))
    told = [e for e in entries if e.payload.get("event") == "lockout"]
    assert [(entry.id, entry.payload["refusals"]) for entry in told] == lockouts
    assert counted == refusals
    return [entry.payload["track"] for entry in entries if entry.kind == "decision"]


def test_writing_that_is_broken_off_leaves_no_half_and_is_made_up_for(tmp_path: Path) -> None:
    database = tmp_path / "facedoor.db"
    furnish(database)
    door = Door(database)
    number = 0
    for visit in range(len(VISITS)):
        steps = 0
        while True:  # after each further step that SQLite takes, until it comes through
            steps += 1
            door.break_off_after(steps)
            number = number - number % len(VISITS) + len(VISITS) + visit
            door.control.handle(replace(VISITS[visit], track=number))
            door.break_off_after(None)
            has_come_through = not door.control.unwritten
            assert not door.relay.is_on or has_come_through
            check(database)
            door.control.tick()
            door.clock.now_s += 10
            assert check(database)[-1] == number
            if has_come_through:
                break
        assert steps > 5


def test_kill_at_any_moment_parts_no_decision_from_its_alarm_or_its_count(tmp_path: Path) -> None:
    database, draw = tmp_path / "facedoor.db", np.random.default_rng(11)
    furnish(database)
    number = 0
    for _ in range(KILLS):
        command = [sys.executable, __file__, str(database), str(number)]
        done = [int(line) for line in said_until_killed(command, draw)]
        assert done == list(range(number, number + len(done)))
        number += len(done)
        written = check(database)
        assert written in (list(range(number)), list(range(number + 1)))
        number = len(written)
    assert number > KILLS
    print(f"\n{KILLS} kills, {number} decisions: none without its alarm or its count")


if __name__ == "__main__":
    killed = Door(Path(sys.argv[1]))
    for count in range(int(sys.argv[2]), sys.maxsize):
        killed.visit(count)
        print(count, flush=True)
