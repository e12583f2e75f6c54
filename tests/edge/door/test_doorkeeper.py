"""The doorkeeper without its thread: what happens to the relay and to the journal, and when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doorway import PULSE_S, Doorway, grant, refusal
from facedoor.door.doorkeeper import QUEUE_SIZE
from facedoor.errors import RelayError
from facedoor.hardware.relay import SimulatedRelay
from facedoor.problems import Severity
from facedoor.storage.journal import Journal
from facedoor.wire.events import RelayChanged


@pytest.fixture
def doorway(tmp_path: Path) -> Doorway:
    return Doorway(tmp_path / "state" / "facedoor.db")


def test_grant_is_written_and_the_relay_is_on_for_one_pulse(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    assert doorway.written() == [(1, "recognised")]
    doorway.after(PULSE_S - 0.01)
    assert doorway.relay.is_on
    doorway.after(0.01)
    assert doorway.relay.levels == [(100.0, False), (100.0, True), (103.0, False)]


def test_refusal_is_written_and_the_relay_stays_off(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    assert doorway.written() == doorway.told() == [(1, "unknown")]
    assert not doorway.relay.is_on


def test_grant_is_in_the_journal_before_the_relay_moves(doorway: Doorway) -> None:
    class Witness(SimulatedRelay):
        def on(self) -> None:
            assert doorway.written() == [(1, "recognised")]
            super().on()

    relay = Witness()
    doorway.doorkeeper(relay).handle(grant(1))
    assert relay.is_on


def test_events_are_told_in_order(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.after(PULSE_S)
    decision, switched_on, switched_off = doorway.events
    assert decision == grant(1)
    assert isinstance(switched_on, RelayChanged)
    assert isinstance(switched_off, RelayChanged)
    assert (switched_on.on, switched_off.on) == (True, False)


def test_second_grant_is_refused_as_busy_and_does_not_prolong_the_pulse(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.clock.now_s += PULSE_S - 1
    doorway.keeper.handle(grant(2))
    doorway.after(1)
    assert doorway.relay.levels[1:] == [(100.0, True), (103.0, False)]
    assert doorway.written() == doorway.told() == [(1, "recognised"), (2, "door_busy")]


def test_nothing_is_written_while_the_relay_is_on(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.keeper.handle(refusal(2))
    doorway.keeper.handle(grant(3))
    doorway.keeper.tick()
    assert doorway.written() == doorway.told() == [(1, "recognised")]
    doorway.after(PULSE_S)
    expected = [(1, "recognised"), (2, "unknown"), (3, "door_busy")]
    assert doorway.written() == doorway.told() == expected


def test_what_was_held_back_is_written_before_the_next_decision(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.keeper.handle(refusal(2))
    doorway.clock.now_s += PULSE_S
    doorway.keeper.handle(grant(3))
    assert doorway.written() == [(1, "recognised"), (2, "unknown"), (3, "recognised")]


def test_pulse_starts_when_the_relay_moves_not_when_the_writing_starts(doorway: Doorway) -> None:
    def open_slowly() -> Journal:
        doorway.clock.now_s += 4
        return doorway.open_journal()

    keeper = doorway.doorkeeper(open_journal=open_slowly)
    keeper.handle(grant(1))
    assert doorway.relay.levels == [(100.0, False), (104.0, True)]
    doorway.clock.now_s += PULSE_S - 0.01
    keeper.tick()
    assert doorway.relay.is_on


def test_grant_that_cannot_be_written_becomes_a_refusal(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    doorway.break_journal()
    doorway.keeper.handle(grant(2))
    assert not doorway.relay.is_on
    assert doorway.told()[-1] == (2, "degraded")
    (problem,) = doorway.board.problems
    assert (problem.code, problem.severity) == ("journal_unwritable", Severity.ERROR)
    assert "the door stays locked" in problem.sentence


def test_journal_that_works_again_gets_everything_in_order(doorway: Doorway) -> None:
    doorway.keeper.handle(refusal(1))
    doorway.break_journal()
    doorway.keeper.handle(grant(2))
    doorway.keeper.handle(refusal(3))
    doorway.break_journal(False)
    doorway.keeper.handle(grant(4))
    expected = [(1, "unknown"), (2, "degraded"), (3, "unknown"), (4, "recognised")]
    assert doorway.written() == doorway.told() == expected
    assert doorway.relay.is_on
    assert doorway.board.problems == ()


def test_time_alone_brings_the_unwritten_into_the_journal(doorway: Doorway) -> None:
    doorway.database.parent.write_text("a file where the folder has to be")
    doorway.keeper.handle(grant(1))
    doorway.keeper.tick()
    assert doorway.board.problems
    doorway.database.parent.unlink()
    doorway.keeper.tick()
    assert doorway.board.problems == ()
    assert doorway.written() == doorway.told() == [(1, "degraded")]


def test_broken_journal_is_logged_once(doorway: Doorway, caplog: pytest.LogCaptureFixture) -> None:
    doorway.keeper.handle(refusal(1))
    doorway.break_journal()
    for track in range(2, 10):
        doorway.keeper.handle(grant(track))
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_after_stop_the_relay_is_off_and_a_grant_is_refused(doorway: Doorway) -> None:
    doorway.keeper.handle(grant(1))
    doorway.keeper.stop()
    assert not doorway.relay.is_on
    doorway.keeper.handle(grant(2))
    assert not doorway.relay.is_on
    assert doorway.written() == [(1, "recognised"), (2, "degraded")]


def test_stopped_doorkeeper_takes_no_decision_and_logs_it(
    doorway: Doorway, caplog: pytest.LogCaptureFixture
) -> None:
    doorway.keeper.stop()
    assert not doorway.keeper.submit(grant(7))
    assert '"track": 7' in caplog.text


def test_decision_that_is_logged_names_nobody(
    doorway: Doorway, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody could erase a name there."""
    doorway.keeper.stop()
    assert not doorway.keeper.submit(replace(grant(7), person="Rumpelstiltskin"))
    assert not doorway.keeper.submit(replace(refusal(8), nearest="Rumpelstiltskin"))
    assert '"track": 8' in caplog.text
    assert "Rumpel" not in caplog.text


def test_decision_that_finds_the_queue_full_is_logged(
    doorway: Doorway, caplog: pytest.LogCaptureFixture
) -> None:
    assert all(doorway.keeper.submit(grant(track)) for track in range(QUEUE_SIZE))
    assert not doorway.keeper.submit(grant(999))
    assert '"track": 999' in caplog.text


def test_relay_that_cannot_be_switched_off_is_reported_by_stop(doorway: Doorway) -> None:
    doorway.relay.close()
    with pytest.raises(RelayError):
        doorway.keeper.stop()
