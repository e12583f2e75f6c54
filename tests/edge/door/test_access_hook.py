"""When the doorkeeper asks the access rules: before the journal, and in its transaction."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doorway import PULSE_S, Doorway, grant, refusal
from facedoor.errors import StoreError
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Duress

DEADLINE_S = 30.0


class Rules:
    """Rules whose answers the test chooses, and who remembers what was written."""

    def __init__(self) -> None:
        self.answer = Reason.RECOGNISED
        self.completed: Decision | None = None
        self.error: Exception | None = None
        self.counting_error: Exception | None = None
        self.counted: list[int] = []
        self.doorway: Doorway | None = None
        self.has_counted = threading.Event()

    def judge(self, decision: Decision) -> tuple[Decision, Duress | None]:
        if self.error:
            raise self.error
        granted = self.answer is Reason.RECOGNISED
        return dataclasses.replace(decision, granted=granted, reason=self.answer), None

    def present(self, code: str | None) -> Decision | None:
        if self.error:
            raise self.error
        return self.completed

    @contextmanager
    def recording(self, journal: Journal, decision: Decision) -> Iterator[Decision]:
        assert not self.doorway.relay.is_on
        with journal.together():
            yield decision
            if self.counting_error:
                raise self.counting_error
        assert (decision.track, decision.reason.value) in self.doorway.written()
        self.counted.append(decision.track)
        self.has_counted.set()


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def doorway(tmp_path: Path, rules: Rules) -> Doorway:
    rules.doorway = Doorway(tmp_path / "facedoor.db", access=rules)
    return rules.doorway


def test_rules_may_refuse_whom_the_frame_path_grants(doorway: Doorway, rules: Rules) -> None:
    rules.answer = Reason.LOCKED_OUT
    assert doorway.keeper.handle(grant(1)).reason is Reason.LOCKED_OUT
    assert doorway.written() == doorway.told() == [(1, "locked_out")]
    assert not doorway.relay.is_on


def test_rules_cannot_grant_what_the_frame_path_refuses(doorway: Doorway) -> None:
    assert not doorway.keeper.handle(refusal(1)).granted
    assert not doorway.relay.is_on


def test_rules_that_fail_end_in_a_refusal_and_in_the_log(
    doorway: Doorway, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    rules.error = RuntimeError("a bug")
    assert doorway.keeper.handle(grant(1)).reason is Reason.DEGRADED
    assert doorway.written() == [(1, "degraded")]
    assert not doorway.relay.is_on
    assert "the access rules failed" in caplog.text


def test_rules_count_no_decision_while_the_relay_is_on(doorway: Doorway, rules: Rules) -> None:
    doorway.keeper.handle(grant(1))
    doorway.keeper.handle(grant(2))
    assert rules.counted == [1]
    doorway.after(PULSE_S)
    assert rules.counted == [1, 2]


def test_rules_count_a_decision_only_once_it_is_written(doorway: Doorway, rules: Rules) -> None:
    doorway.database.mkdir()
    doorway.keeper.handle(grant(1))
    assert rules.counted == []
    doorway.database.rmdir()
    doorway.keeper.tick()
    assert rules.counted == [1]


def test_decision_that_cannot_be_counted_opens_nothing(doorway: Doorway, rules: Rules) -> None:
    rules.counting_error = StoreError("the disk is full")
    assert doorway.keeper.handle(grant(1)).reason is Reason.DEGRADED
    assert doorway.written() == []
    rules.counting_error = None
    doorway.keeper.tick()
    assert doorway.written() == [(1, "degraded")]
    assert rules.counted == [1]


def test_rules_that_fail_while_they_count_end_the_doorkeeper_with_the_relay_off(
    doorway: Doorway, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    rules.counting_error = RuntimeError("a bug")
    doorway.keeper.submit(grant(7))
    doorway.keeper.start()
    assert doorway.keeper.failed.wait(DEADLINE_S)
    assert doorway.relay.levels == [(100.0, False)]
    assert doorway.written() == []
    doorway.keeper.stop()
    assert '"track": 7' in caplog.text


def test_second_factor_completes_a_grant_in_the_thread(doorway: Doorway, rules: Rules) -> None:
    rules.completed = grant(3)
    assert doorway.keeper.present("2468")
    doorway.keeper.start()
    doorway.keeper.stop()
    assert rules.has_counted.wait(DEADLINE_S)
    assert [track for track, _ in doorway.written()] == [3]


def test_second_factor_of_failing_rules_opens_nothing(
    doorway: Doorway, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    rules.error = RuntimeError("a bug")
    doorway.keeper.present(None)
    doorway.keeper.start()
    assert rules.has_counted.wait(DEADLINE_S)
    doorway.keeper.stop()
    assert doorway.written() == [(0, "degraded")]
    assert not doorway.relay.is_on


def test_second_factor_that_waited_too_long_opens_nothing(doorway: Doorway, rules: Rules) -> None:
    rules.completed = grant(3)
    doorway.keeper.present("2468")
    doorway.clock.now_s += 6
    doorway.keeper.start()
    assert rules.has_counted.wait(DEADLINE_S)
    doorway.keeper.stop()
    assert doorway.written() == [(3, "degraded")]


def test_code_that_waits_is_in_no_text(doorway: Doorway) -> None:
    doorway.keeper.present("2468")
    assert "2468" not in repr(doorway.keeper._queue.queue)
