"""A door for tests: visits, a clock that the test moves, a relay that records, a real journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from facedoor.door.control import Access, DoorControl
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.fitted import Fitted, Lock
from facedoor.door.mode_switch import ModeSwitch
from facedoor.door.states import Profile
from facedoor.hardware.gpio import Heard
from facedoor.hardware.lock import RelayLock
from facedoor.hardware.relay import Relay, SimulatedRelay
from facedoor.hardware.sensors import Sense, Switches
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Duress, Event
from facedoor.wire.mode import DoorName, DoorStatus
from vaults import VAULT

PULSE_S = 3.0


def grant(track: int) -> Decision:
    return Decision(
        time="2026-11-24T09:30:00.000Z",
        track=track,
        granted=True,
        person="Ada",
        reason=Reason.RECOGNISED,
        distance=0.4,
        threshold=0.755,
        frames=3,
        latency_ms={"embed": 30.0, "total": 400.0},
    )


def refusal(track: int) -> Decision:
    stranger = replace(grant(track), granted=False, person=None, reason=Reason.UNKNOWN)
    return replace(stranger, distance=1.2, latency_ms={})


def status(on: bool, time: str) -> DoorStatus:
    """A door whose relay is on or off since ``time``, and that has no contact."""
    name = DoorName.RELEASING if on else DoorName.LOCKED
    return DoorStatus(time, is_locked=not on, is_open=None, name=name, tampered=False)


class Clock:
    """A steady clock that stands still until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class ThrownSwitch:
    """A switch that is thrown by :meth:`throw`, and that cannot be read while it has an error."""

    def __init__(self, on: bool = False) -> None:
        self._on = on
        self._changed: Heard | None = None
        self.error: Exception | None = None

    def throw(self, on: bool) -> None:
        self._on = on
        if self._changed is not None:
            self._changed(on)

    def hear(self, changed: Heard) -> None:
        self._changed = changed

    def is_on(self) -> bool:
        if self.error is not None:
            raise self.error
        return self._on

    def close(self) -> None:
        self._changed = None


class AnyTime:
    """No rules: whoever is recognised comes in."""

    def judge(self, decision: Decision) -> tuple[Decision, Duress | None]:
        return decision, None

    def present(self, _code: str | None, /) -> Decision | None:
        return None

    def recording(self, _journal: Journal, decision: Decision) -> AbstractContextManager[Decision]:
        return nullcontext(decision)


@dataclass
class Doorway:
    """A doorkeeper without its thread, and everything around it."""

    database: Path
    vault: Vault = VAULT
    access: Access = field(default_factory=AnyTime)
    profile: Profile = field(default_factory=lambda: Profile(pulse_s=PULSE_S))
    switches: dict[Sense, ThrownSwitch] = field(default_factory=dict)
    statuses: list[DoorStatus] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    events: list[Event] = field(default_factory=list)
    board: Board = field(default_factory=Board)
    connections: list[sqlite3.Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.relay = SimulatedRelay(self.clock)
        self.switch = ModeSwitch()
        self.keeper = self.doorkeeper()

    def doorkeeper(
        self,
        relay: Relay | None = None,
        open_journal: Callable[[], Journal] | None = None,
        lock: Lock | None = None,
        on_status: Callable[[DoorStatus], None] | None = None,
        switches: Switches | None = None,
    ) -> Doorkeeper:
        """A doorkeeper of this door, some of whose parts are others."""
        switches = switches or Switches(self.switches, self.clock)
        switches.hear(lambda: None)
        control = DoorControl(
            Fitted(lock or RelayLock(relay or self.relay), switches, self.profile),
            self.access,
            open_journal or self.open_journal,
            self.board,
            self.events.append,
            clock=self.clock,
            mode=lambda: self.switch.mode,
            on_status=on_status or self.statuses.append,
        )
        return Doorkeeper(control)

    def after(self, seconds: float) -> None:
        """Let time pass, and the doorkeeper look."""
        self.clock.now_s += seconds
        self.keeper.tick()

    def throw(self, sense: Sense, *levels: bool) -> None:
        """Throw a switch, to one level after another, before the doorkeeper looks."""
        for level in levels:
            self.switches[sense].throw(level)
        self.keeper.tick()

    def open_journal(self) -> Journal:
        self.connections.append(open_store(self.database, self.vault))
        return Journal(self.connections[-1], self.vault)

    def break_journal(self, broken: bool = True) -> None:
        """Make every write to the journal fail from now on, or work again."""
        for connection in self.connections:
            connection.execute(f"PRAGMA query_only = {broken}")

    def told(self) -> list[tuple[int, str]]:
        """Track and reason of each decision that was told of, in order."""
        return [(e.track, e.reason.value) for e in self.events if isinstance(e, Decision)]

    def written(self) -> list[tuple[int, str]]:
        """Track and reason of each decision in the journal, in order."""
        entries = Journal(open_store(self.database, self.vault), self.vault).tail(10_000)
        decisions = [entry.payload for entry in entries if entry.kind == "decision"]
        return [(said["track"], said["reason"]) for said in decisions]
