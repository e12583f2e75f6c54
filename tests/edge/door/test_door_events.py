"""The doorkeeper and the switches: what is written, what is told, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doorway import PULSE_S, Doorway, ThrownSwitch, grant
from facedoor.door.mode_switch import ModeSwitch
from facedoor.door.settling import SETTLE_S
from facedoor.door.states import Profile
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import BELL_PAUSE_S, Sense
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import ExitDecision
from facedoor.wire.events import DoorHappened
from facedoor.wire.mode import Mode
from vaults import VAULT, open_store

HELD_OPEN_S = 20.0


class Watched(Doorway):
    """A door with a contact, an exit button, a bell and a tamper switch; it begins closed."""

    def __init__(self, database: Path) -> None:
        profile = Profile(pulse_s=PULSE_S, has_contact=True, held_open_s=HELD_OPEN_S)
        super().__init__(database, profile=profile, switches={s: ThrownSwitch() for s in Sense})
        self.switches[Sense.CONTACT].throw(True)
        self.keeper.tick()

    def journal(self) -> list[dict[str, Any]]:
        """What was written of the kind ``door``, without its time."""
        entries = Journal(open_store(self.database), VAULT).tail(100)
        found = [{**entry.payload} for entry in entries if entry.kind == "door"]
        for payload in found:
            del payload["time"]
        return found


@pytest.fixture
def doorway(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "facedoor.db")


PRESSED = {"event": "exit", "decision": "granted", "reason": "exit_requested"}


def test_visit_with_a_contact_locks_when_the_door_is_closed_again(doorway: Watched) -> None:
    doorway.keeper.handle(grant(1))
    doorway.throw(Sense.CONTACT, False)
    doorway.after(1.5)
    doorway.throw(Sense.CONTACT, True)
    doorway.after(SETTLE_S)
    assert doorway.relay.levels == [(100.0, False), (100.0, True), (102.0, False)]
    assert doorway.journal() == [{"event": "opened"}, {"event": "closed"}]


def test_while_the_door_is_released_it_is_told_and_nothing_written(doorway: Watched) -> None:
    doorway.keeper.handle(grant(1))
    doorway.throw(Sense.CONTACT, False)
    doorway.after(SETTLE_S)
    assert doorway.journal() == []
    assert (doorway.statuses[-1].is_open, doorway.statuses[-1].is_locked) == (True, False)
    doorway.after(PULSE_S)
    assert doorway.journal() == [{"event": "opened"}]
    assert doorway.statuses[-1].name == "open"


def test_forced_door_and_tampering_are_written_and_told(doorway: Watched) -> None:
    doorway.throw(Sense.CONTACT, False)
    doorway.after(SETTLE_S)
    doorway.throw(Sense.TAMPER, True, False)
    doorway.after(SETTLE_S)
    assert doorway.journal() == [
        {"event": "forced"},
        {"event": "tamper", "active": True},
        {"event": "tamper", "active": False},
    ]
    assert doorway.statuses[-1].name == "forced"
    told = [e.as_json()["event"] for e in doorway.events if isinstance(e, DoorHappened)]
    assert told == ["forced", "tamper", "tamper"]


def test_door_that_is_held_open_is_written_at_each_level(doorway: Watched) -> None:
    doorway.keeper.handle(grant(1))
    doorway.throw(Sense.CONTACT, False)
    doorway.after(SETTLE_S)
    doorway.after(HELD_OPEN_S)
    doorway.after(HELD_OPEN_S)
    assert doorway.journal()[1:] == [
        {"event": "held_open", "level": "warning"},
        {"event": "held_open", "level": "alarm"},
    ]


def test_bell_is_written_once_for_each_ring(doorway: Watched) -> None:
    for pause_s in (BELL_PAUSE_S, BELL_PAUSE_S / 2, BELL_PAUSE_S / 2, BELL_PAUSE_S):
        doorway.throw(Sense.BELL, True, False)
        doorway.after(pause_s)
    assert doorway.journal() == [{"event": "bell"}] * 2


def test_exit_is_in_the_journal_before_the_relay_moves(tmp_path: Path) -> None:
    class Witness(SimulatedRelay):
        def on(self) -> None:
            assert doorway.journal() == [PRESSED]
            super().on()

    doorway = Watched(tmp_path / "facedoor.db")
    relay = Witness()
    doorway.keeper = doorway.doorkeeper(relay)
    doorway.keeper.tick()
    doorway.throw(Sense.EXIT, True, False)
    assert relay.is_on


@pytest.mark.parametrize("mode", Mode)
def test_exit_button_releases_in_every_mode(doorway: Watched, mode: Mode) -> None:
    doorway.switch = ModeSwitch(mode)
    doorway.throw(Sense.EXIT, True, False)
    assert doorway.relay.is_on
    doorway.after(PULSE_S)
    assert not doorway.relay.is_on


def test_exit_that_cannot_be_written_releases_nothing(doorway: Watched) -> None:
    doorway.throw(Sense.BELL, True)
    doorway.break_journal()
    doorway.throw(Sense.EXIT, True, False)
    assert not doorway.relay.is_on
    answer = doorway.events[-1]
    assert isinstance(answer, ExitDecision)
    assert answer.reason == "degraded"


def test_exit_button_pressed_again_while_the_door_is_free_is_one_entry(doorway: Watched) -> None:
    for _ in range(5):
        doorway.throw(Sense.EXIT, True, False)
    doorway.after(PULSE_S)
    assert doorway.journal() == [PRESSED]
    assert doorway.relay.levels[1:] == [(100.0, True), (103.0, False)]


def test_exit_that_had_to_wait_for_a_hanging_disk_comes_too_late(doorway: Watched) -> None:
    doorway.switches[Sense.EXIT].throw(True)
    doorway.after(10.0)
    assert not doorway.relay.is_on
    assert doorway.journal() == [{**PRESSED, "decision": "refused", "reason": "degraded"}]


def test_stopped_door_hears_no_button(doorway: Watched) -> None:
    doorway.keeper.stop()
    doorway.throw(Sense.EXIT, True, False)
    assert not doorway.relay.is_on


def test_events_of_a_broken_journal_are_written_when_it_works_again(doorway: Watched) -> None:
    doorway.throw(Sense.BELL, True, False)
    doorway.break_journal()
    doorway.throw(Sense.CONTACT, False)
    doorway.break_journal(False)
    doorway.after(1.0)
    assert doorway.journal() == [{"event": "bell"}, {"event": "forced"}]


def test_status_is_told_once_for_each_change(doorway: Watched) -> None:
    before = len(doorway.statuses)
    doorway.after(1.0)
    doorway.keeper.handle(grant(1))
    doorway.after(1.0)
    doorway.after(PULSE_S)
    assert [s.name for s in doorway.statuses[before:]] == ["releasing", "locked"]
    assert [s.is_locked for s in doorway.statuses[before:]] == [False, True]
