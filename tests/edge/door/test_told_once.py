"""What a visit was answered before is counted, and neither written nor told a second time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from doorway import PULSE_S, Doorway, grant, refusal
from entrance import Entrance
from facedoor.access.access import AccessRules
from facedoor.access.lockout import recall_lockout
from facedoor.access.pin import hash_pin
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.clock import DoorClock, this_machine
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision
from facedoor.wire.mode import Mode
from vaults import VAULT, move_in, open_store

AFTER = 3
RULES = f'time_zone = "UTC"\n[lockout]\nafter = {AFTER}'


def again(decision: Decision) -> Decision:
    return replace(decision, again=True)


@pytest.fixture
def doorway(tmp_path: Path) -> Doorway:
    return Doorway(tmp_path / "facedoor.db")


@pytest.fixture
def doorway_with_rules(tmp_path: Path) -> Doorway:
    """A door that locks itself after three refusals."""
    database = tmp_path / "facedoor.db"
    db = open_store(database)
    move_in(db)
    RuleBook(db, VAULT).set_rules(RULES, "command line")
    access = AccessRules(db, VAULT, Board(), DoorClock(this_machine()))
    access.reload()
    return Doorway(database, access=access)


def turn(doorway: Doorway, mode: Mode) -> None:
    with closing(open_store(doorway.database)) as db, doorway.switch.turning(db, mode):
        pass


def refusals_in_a_row(doorway: Doorway) -> int:
    with closing(open_store(doorway.database)) as db:
        machine = this_machine()
        return recall_lockout(db, machine.boot, machine.boot_s()).refusals


def entries(doorway: Doorway) -> list[str]:
    tail = doorway.open_journal().tail(100)
    return [entry.payload.get("event") or entry.payload["reason"] for entry in tail]


def test_a_refusal_that_is_told_already_is_not_written_again(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    for _ in range(3):
        doorway.keeper.handle(again(refusal(1)))
    assert doorway.written() == [(1, "unknown")]


def test_whoever_watches_hears_that_it_was_told_before(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    doorway.keeper.handle(again(refusal(1)))
    assert [event.again for event in doorway.events] == [False, True]


def test_each_refusal_counts_for_the_lockout(doorway_with_rules: Doorway) -> None:
    door = doorway_with_rules
    door.keeper.handle(refusal(1))
    door.keeper.handle(again(refusal(1)))
    assert refusals_in_a_row(door) == 2
    door.keeper.handle(again(refusal(1)))
    assert refusals_in_a_row(door) == AFTER
    assert entries(door) == ["rules", "unknown", "lockout"]
    assert door.keeper.handle(grant(2)).reason is Reason.LOCKED_OUT


def test_what_is_granted_is_always_written(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    decision = doorway.keeper.handle(again(grant(1)))
    assert decision.granted
    assert not decision.again
    assert doorway.written() == [(1, "unknown"), (1, "recognised")]
    assert doorway.relay.is_on


def test_a_door_that_is_busy_says_so_once_however_often_it_is_asked(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.keeper.handle(grant(2))
    for _ in range(3):
        assert doorway.keeper.handle(again(grant(2))).reason is Reason.DOOR_BUSY
    doorway.after(PULSE_S)
    assert doorway.written() == [(1, "recognised"), (2, "door_busy")]
    assert doorway.keeper.handle(again(grant(2))).granted


def test_another_answer_of_the_door_is_told(doorway: Doorway) -> None:
    turn(doorway, Mode.FACE_OFF)
    doorway.keeper.handle(grant(1))
    doorway.keeper.handle(again(grant(1)))
    turn(doorway, Mode.NORMAL)
    doorway.keeper.handle(grant(2))
    doorway.keeper.handle(again(grant(1)))
    doorway.after(PULSE_S)
    assert doorway.written() == [(1, "not_allowed_now"), (2, "recognised"), (1, "door_busy")]


def test_the_answer_to_another_visit_is_told(doorway: Doorway) -> None:
    turn(doorway, Mode.FACE_OFF)
    doorway.keeper.handle(grant(1))
    doorway.keeper.handle(again(grant(2)))
    assert doorway.written() == [(1, "not_allowed_now"), (2, "not_allowed_now")]


def test_every_wrong_code_is_written_and_counted(tmp_path: Path) -> None:
    entrance = Entrance(tmp_path / "facedoor.db")
    entrance.rule(Ada=Permission(("careful",), pin=hash_pin("2468")))
    entrance.control.handle(again(grant(1)))
    for _ in range(AFTER):
        assert entrance.shows("1111") == "wrong_code"
    assert entrance.shows("2468") == "locked_out"
    reasons = [said["reason"] for said in entrance.events("decision")]
    assert reasons == ["second_factor", *["wrong_code"] * AFTER, "locked_out"]


def test_who_tries_on_while_nothing_can_be_written_fills_no_memory(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    doorway.break_journal()
    doorway.keeper.handle(grant(2))
    for _ in range(5):
        assert doorway.keeper.handle(again(grant(2))).reason is Reason.DEGRADED
    doorway.break_journal(broken=False)
    assert doorway.keeper.handle(again(grant(2))).granted
    assert doorway.written() == [(1, "unknown"), (2, "degraded"), (2, "recognised")]
