"""A door with access rules: a real doorkeeper, journal and state file, and a clock to be set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from doorway import PULSE_S, Clock, grant, refusal
from facedoor.access.access import AccessRules
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.clock import DoorClock, Machine
from facedoor.door.control import DoorControl
from facedoor.door.fitted import Fitted
from facedoor.door.states import Profile
from facedoor.hardware.lock import RelayLock
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import Switches
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Event
from vaults import VAULT, move_in, open_store

DOCUMENT = """
time_zone = "Europe/Berlin"
default_group = "family"

[schedules.office]
mon-fri = ["08:00-18:00"]

[groups.family]
[groups.staff]
schedule = "office"
[groups.vault]
two_persons_within_s = 30
[groups.careful]
second_factor = "pin"
false_match_rate = 1e-6
[groups.porch]
second_factor = "button"

[lockout]
after = 3
first_s = 30
longest_s = 100
"""


@dataclass
class Wall:
    """A wall clock that a time server sets as it likes."""

    now: datetime = datetime(2027, 1, 11, 11, tzinfo=UTC)  # a Monday

    def __call__(self) -> datetime:
        return self.now


class Entrance:
    """A doorkeeper with access rules, for Ada and Bob."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.wall = Wall()
        self.db = open_store(database)
        self.book = RuleBook(self.db, VAULT)
        move_in(self.db)
        self.start(boot="first", boot_s=1000.0)

    def start(self, boot: str, boot_s: float, relay: type[SimulatedRelay] = SimulatedRelay) -> None:
        """Start the service (again)."""
        self.clock = Clock()
        self.clock.now_s = boot_s
        self.relay = relay(self.clock)
        self.decisions: list[Decision] = []
        self.board = Board()
        machine = Machine(
            lambda: self.wall().timestamp(), self.clock, boot, Path("/nowhere"), lambda: True
        )
        self.time = DoorClock(machine)
        self.access = AccessRules(self.db, VAULT, self.board, self.time)
        self.control = DoorControl(
            Fitted(RelayLock(self.relay), Switches({}), Profile(pulse_s=PULSE_S)),
            self.access,
            self._open_journal,
            self.board,
            self._happened,
            clock=self.clock,
        )
        self.access.reload()

    def _open_journal(self) -> Journal:
        self.doorkeepers_db = open_store(self.database)
        return Journal(self.doorkeepers_db, VAULT)

    def rule(self, document: str = DOCUMENT, **permissions: Permission) -> None:
        """Set rules, and what is said of people."""
        self.book.set_rules(document, "command line")
        for name, permission in permissions.items():
            self.allow(name, permission)
        self.access.reload()

    def allow(self, name: str, permission: Permission) -> None:
        self.book.allow(name, lambda _: permission, "command line")
        self.access.reload()

    def comes(self, person: str) -> str:
        """Somebody is recognised; what becomes of it. A time server has set the clock by then."""
        self.time.look()
        return self._told(self.control.handle(replace(grant(1), person=person)))

    def stranger(self, **changes: Any) -> str:
        return self._told(self.control.handle(replace(refusal(1), **changes)))

    def lock_out(self) -> None:
        """Rules are in force, and as many strangers came as lock the door."""
        self.rule()
        for _ in range(3):
            self.stranger()

    def shows(self, code: str | None) -> str | None:
        """A code is typed, or the button pressed."""
        self.time.look()
        decision = self.control.present(code, self.clock())
        return None if decision is None else self._told(decision)

    def _happened(self, event: Event) -> None:
        if isinstance(event, Decision):
            self.decisions.append(event)

    def passes(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.wall.now += timedelta(seconds=seconds)
        self.control.tick()
        self.access.look()

    def events(self, kind: str = "door") -> list[dict[str, Any]]:
        entries = Journal(self.db, VAULT).tail(1000)
        events = [entry.payload for entry in entries if entry.kind == kind]
        return [event for event in events if event.get("event") != "rules"]

    def entries(self) -> list[str]:
        """What stands in the journal, in a few words each."""
        said = [entry.payload for entry in Journal(self.db, VAULT).tail(1000)]
        return [
            " ".join(filter(None, (one.get("event", "decision"), one.get("reason"), one["person"])))
            for one in said
            if one.get("event") != "rules"
        ]

    def on_disk(self) -> tuple[list[str], int]:
        """The reasons of the decisions that are written, and the refusals that are counted."""
        ((refusals,),) = self.db.execute("SELECT refusals FROM lockout")
        return [said["reason"] for said in self.events("decision")], refusals

    def break_disk(self, broken: bool = True) -> None:
        """Let every write of the doorkeeper's fail from now on, or work again."""
        self.doorkeepers_db.execute(f"PRAGMA query_only = {broken}")

    def _told(self, decision: Decision) -> str:
        self.passes(0)
        if self.relay.is_on:
            assert decision.granted
            self.passes(PULSE_S)
        return decision.reason.value
