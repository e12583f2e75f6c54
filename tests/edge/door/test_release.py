"""Releases by command: the same pulse and the same rules as for faces, and the door's mode."""

from __future__ import annotations

import queue
import threading
from contextlib import closing
from pathlib import Path

import pytest

from doorway import PULSE_S, Doorway, grant, refusal
from facedoor.door.control import LATE_S
from facedoor.door.doorkeeper import QUEUE_SIZE
from facedoor.door.mode_switch import ModeSwitch
from facedoor.errors import StoreError
from facedoor.hardware.relay import SimulatedRelay
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.wire.decisions import Decision, ReleaseDecision
from facedoor.wire.mode import Mode
from vaults import VAULT, open_store

DEADLINE_S = 30.0
RELEASE = ReleaseDecision.grant("phone", "parcel", "0123456789abcdef")


@pytest.fixture
def doorway(tmp_path: Path) -> Doorway:
    return Doorway(tmp_path / "state" / "facedoor.db")


def release(doorway: Doorway) -> Reason:
    return doorway.keeper.handle(RELEASE).reason


def journal(doorway: Doorway) -> list[tuple[str, str]]:
    entries = Journal(open_store(doorway.database), VAULT).tail(100)
    return [(entry.kind, entry.payload["reason"]) for entry in entries]


def test_release_is_written_and_the_relay_is_on_for_one_pulse(doorway: Doorway) -> None:
    assert release(doorway) is Reason.COMMANDED
    doorway.after(PULSE_S)
    assert doorway.relay.levels == [(100.0, False), (100.0, True), (103.0, False)]
    (entry,) = Journal(open_store(doorway.database), VAULT).tail(10)
    assert entry.kind == "door"
    said = {"event": "release", "decision": "granted", "reason": "commanded"}
    asked = {"by": "phone", "why": "parcel", "command": RELEASE.command}
    assert entry.payload.items() >= (said | asked).items()


def test_release_is_in_the_journal_before_the_relay_moves(doorway: Doorway) -> None:
    class Witness(SimulatedRelay):
        def on(self) -> None:
            assert journal(doorway) == [("door", "commanded")]
            super().on()

    assert doorway.doorkeeper(Witness()).handle(RELEASE).granted


def test_release_during_a_pulse_is_busy_and_does_not_prolong_it(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.clock.now_s += PULSE_S - 1
    assert release(doorway) is Reason.DOOR_BUSY
    assert journal(doorway) == [("decision", "recognised")]
    doorway.after(1)
    assert doorway.relay.levels[1:] == [(100.0, True), (103.0, False)]
    assert journal(doorway) == [("decision", "recognised"), ("door", "door_busy")]


def test_release_that_cannot_be_written_opens_nothing(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    doorway.break_journal()
    assert release(doorway) is Reason.DEGRADED
    assert not doorway.relay.is_on


def test_mode_says_what_the_door_opens_for(tmp_path: Path) -> None:
    for mode, face, command in [
        (Mode.NORMAL, Reason.RECOGNISED, Reason.COMMANDED),
        (Mode.FACE_OFF, Reason.NOT_ALLOWED_NOW, Reason.COMMANDED),
        (Mode.LOCKDOWN, Reason.LOCKDOWN, Reason.LOCKDOWN),
    ]:
        doorway = Doorway(tmp_path / mode / "facedoor.db")
        doorway.switch = ModeSwitch(mode)
        assert doorway.keeper.handle(grant(1)).reason is face, mode
        assert doorway.relay.is_on == (face is Reason.RECOGNISED), mode
        doorway.clock.now_s += PULSE_S
        assert release(doorway) is command, mode
        assert doorway.relay.is_on == (command is Reason.COMMANDED), mode


def test_lockdown_while_a_grant_is_written_opens_nothing(doorway: Doorway) -> None:
    def open_journal_during_a_lockdown() -> Journal:
        doorway.switch = ModeSwitch(Mode.LOCKDOWN)
        return doorway.open_journal()

    keeper = doorway.doorkeeper(open_journal=open_journal_during_a_lockdown)
    assert keeper.handle(RELEASE).reason is Reason.LOCKDOWN
    assert doorway.relay.levels == [(100.0, False)]


def test_release_is_answered_once_the_relay_is_on(doorway: Doorway) -> None:
    answered = threading.Event()
    levels: list[bool] = []

    def answer(decision: ReleaseDecision) -> None:
        levels.extend([decision.granted, doorway.relay.is_on])
        answered.set()

    doorway.keeper.start()
    doorway.keeper.release(RELEASE, answer)
    assert answered.wait(DEADLINE_S)
    assert levels == [True, True]
    doorway.keeper.stop()


def test_lockdown_ends_the_pulse_in_the_thread(doorway: Doorway) -> None:
    is_on = threading.Event()
    doorway.keeper.start()
    doorway.keeper.release(RELEASE, lambda _: is_on.set())
    assert is_on.wait(DEADLINE_S)
    doorway.switch = ModeSwitch(Mode.LOCKDOWN)
    doorway.keeper.look()
    looked = threading.Event()
    doorway.keeper.release(RELEASE, lambda _: looked.set())
    assert looked.wait(DEADLINE_S)
    assert not doorway.relay.is_on
    doorway.keeper.stop()


def test_release_that_had_to_wait_for_a_hanging_disk_comes_too_late(doorway: Doorway) -> None:
    answers: queue.SimpleQueue[ReleaseDecision] = queue.SimpleQueue()
    doorway.keeper.release(RELEASE, answers.put)
    doorway.clock.now_s += LATE_S + 1
    doorway.keeper.start()
    assert answers.get(timeout=DEADLINE_S).reason is Reason.DEGRADED
    doorway.keeper.stop()
    assert doorway.relay.levels == [(100.0, False)]


def test_face_that_had_to_wait_for_a_hanging_disk_comes_too_late(doorway: Doorway) -> None:
    doorway.keeper.submit(grant(1))
    doorway.clock.now_s += LATE_S + 1
    doorway.keeper.start()
    doorway.keeper.stop()
    (event,) = doorway.events
    assert isinstance(event, Decision)
    assert (event.granted, event.reason) == (False, Reason.DEGRADED)
    assert doorway.relay.levels == [(100.0, False)]


def test_release_that_the_doorkeeper_cannot_take_is_refused(doorway: Doorway) -> None:
    answers: list[ReleaseDecision] = []
    for _ in range(QUEUE_SIZE + 1):
        doorway.keeper.release(RELEASE, answers.append)
    doorway.keeper.stop()
    doorway.keeper.release(RELEASE, answers.append)
    assert [answer.reason for answer in answers] == [Reason.DEGRADED] * 2
    assert not doorway.relay.is_on


def test_mode_is_kept_over_a_restart(doorway: Doorway) -> None:
    with closing(open_store(doorway.database)) as db, ModeSwitch().turning(db, Mode.FACE_OFF):
        pass
    with closing(open_store(doorway.database)) as db:
        switch = ModeSwitch()
        switch.restore(db)
    assert switch.mode is Mode.FACE_OFF


def test_mode_that_cannot_be_read_is_a_lockdown(doorway: Doorway) -> None:
    with closing(open_store(doorway.database)) as db:
        with transaction(db, "do damage"):
            db.execute("UPDATE door_mode SET mode = 'ajar'")
        switch = ModeSwitch()
        with pytest.raises(StoreError):
            switch.restore(db)
    assert switch.mode is Mode.LOCKDOWN


def test_mode_that_cannot_be_kept_is_not_in_force(doorway: Doorway) -> None:
    with closing(open_store(doorway.database)) as db:
        db.execute("PRAGMA query_only = true")
        switch = ModeSwitch()
        with pytest.raises(StoreError), switch.turning(db, Mode.FACE_OFF):
            pass
    assert switch.mode is Mode.NORMAL
