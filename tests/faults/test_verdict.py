from __future__ import annotations

import math

import pytest

from facedoor.wire.entries import Entry
from faults.verdict import (
    ALLOWANCE_S,
    Life,
    Pulse,
    decisions_without_alarm,
    pulses_of,
    undelivered,
    untrue_pictures,
    violations,
)
from pin_recorder import Change

PIN, DOOR, RELAY_OFF = 17, 1000, 1001
PULSE_S = 0.4
LIFE = Life(DOOR, ended_s=100.0, orderly=True, safe_s=101.0)
KILLED = Life(DOOR, ended_s=100.0, orderly=False, safe_s=101.0)


def changes(*told: tuple[float, int, str]) -> list[Change]:
    return [Change(time_s, process, PIN, what) for time_s, process, what in told]


def entry(number: int, decision: str = "granted") -> Entry:
    return Entry(number, "decision", "2026-11-24T09:30:00.000Z", {"decision": decision})


def withdrawn(number: int, of: int) -> Entry:
    said = {"event": "withdrawn", "decision": "refused", "entry": of}
    return Entry(number, "door", "2026-11-24T09:30:00.000Z", said)


def pulse(on_s: float, off_s: float, newest_entry: int = 1) -> Pulse:
    return Pulse(DOOR, on_s, off_s, newest_entry)


def judge(*pulses: Pulse, life: Life = LIFE, entries: tuple[Entry, ...] = (entry(1),)) -> str:
    return "; ".join(violations(pulses, [life], entries, PULSE_S))


def test_pulse_goes_from_the_high_level_to_the_low_one() -> None:
    record = changes(
        *((1.0, DOOR, "output"), (1.1, DOOR, "low"), (2.0, DOOR, "journal=7")),
        *((2.1, DOOR, "high"), (2.2, DOOR, "high"), (2.5, DOOR, "low"), (3.0, DOOR, "input")),
    )
    assert pulses_of(record, PIN) == [Pulse(DOOR, 2.1, 2.5, newest_entry=7)]


def test_level_outlasts_the_process_until_another_one_drives_it() -> None:
    record = changes((2.1, DOOR, "high"), (9.0, RELAY_OFF, "output"), (9.1, RELAY_OFF, "low"))
    assert [(p.process, p.off_s) for p in pulses_of(record, PIN)] == [(DOOR, 9.1)]
    assert pulses_of(record[:2], PIN)[0].off_s == math.inf


def test_pulse_in_time_is_right_only_after_a_grant_that_was_written_before_it() -> None:
    assert not judge(pulse(5.0, 5.4))
    assert "without a grant" in judge(pulse(5.0, 5.4, newest_entry=0))
    assert "without a grant" in judge(pulse(5.0, 5.4), entries=(entry(1, "refused"),))


def test_each_pulse_needs_a_grant_of_its_own() -> None:
    twice = (pulse(5.0, 5.4), pulse(6.0, 6.4))
    assert "pulse 2 began without a grant" in judge(*twice)
    assert not judge(pulse(5.0, 5.4), pulse(6.0, 6.4, 2), entries=(entry(1), entry(2)))


def test_grant_that_missed_its_pulse_is_good_for_no_later_one() -> None:
    missed = (entry(1), entry(2), entry(3, "refused"))
    assert "pulse 2 began without a grant" in judge(
        pulse(5.0, 5.4, newest_entry=2), pulse(6.0, 6.4, newest_entry=3), entries=missed
    )


def test_one_grant_may_miss_its_pulse_for_each_end_of_the_process() -> None:
    assert not judge(entries=(entry(1),))
    assert "grants without a pulse: [1, 2]" in judge(entries=(entry(1), entry(2)))


def test_grant_that_was_taken_back_misses_no_pulse_and_allows_none() -> None:
    taken_back = (*(entry(n) for n in (1, 2, 3)), *map(withdrawn, (4, 5), (1, 2)))
    assert not judge(entries=taken_back)
    assert "pulse 1 began without a grant" in judge(
        pulse(5.0, 5.4), entries=(entry(1), withdrawn(2, 1))
    )


def test_pulse_may_be_late_by_the_allowance_and_no_more() -> None:
    latest_s = 5.0 + PULSE_S + ALLOWANCE_S
    assert not judge(pulse(5.0, latest_s - 0.01))
    assert "lasted" in judge(pulse(5.0, latest_s + 0.01))


def test_time_in_which_the_process_stood_still_is_not_its_fault() -> None:
    frozen = Life(DOOR, ended_s=100.0, orderly=True, safe_s=101.0, frozen=((5.1, 9.0),))
    assert not judge(pulse(5.0, 9.01), life=frozen)
    assert "lasted" in judge(pulse(5.0, 9.0 + PULSE_S + ALLOWANCE_S), life=frozen)


def test_killed_process_alone_may_leave_its_relay_on_until_relay_off_has_run() -> None:
    assert not judge(pulse(99.9, 100.9), life=KILLED)
    assert "what runs after it" in judge(pulse(99.9, math.inf), life=KILLED)
    assert "had ended by itself" in judge(pulse(99.9, 100.9))


def test_nothing_but_the_service_opens() -> None:
    assert "not the service" in judge(Pulse(RELAY_OFF, 5.0, 5.4, newest_entry=1))


@pytest.mark.parametrize(
    ("heard", "problem"),
    [([1, 2, 3], ""), ([1, 2, 3, 4], ""), ([1, 3], "lost: [2]"), ([2, 1, 3], "out of order")],
)
def test_events_arrive_in_order_and_none_is_missing(heard: list[int], problem: str) -> None:
    wrong = undelivered(heard, [entry(number) for number in (1, 2, 3, 4)], up_to=3)
    assert problem in "; ".join(wrong) if problem else not wrong


def test_decision_under_duress_and_its_alarm_stand_side_by_side() -> None:
    decision = Entry(1, "decision", "", {"decision": "granted", "person": "Ada"})
    alarm = Entry(2, "door", "", {"event": "duress", "person": "Ada"})
    assert decisions_without_alarm([decision, alarm, entry(3)], "Ada") == []
    assert decisions_without_alarm([decision, entry(3)], "Ada")
    assert decisions_without_alarm([alarm], "Ada")


def test_pictures_are_whole_decided_and_not_only_told_of() -> None:
    jpeg = b"\xff\xd8...\xff\xd9"
    decided = [Entry(1, "decision", "2026-11-24T09:30:00.000Z", {"visit": "a"})]
    told = [{"visit": "a", "picture": True}]
    assert untrue_pictures(told, decided, {"a": jpeg}) == []
    assert untrue_pictures([], decided, {"a": jpeg}) == []
    assert untrue_pictures([{"visit": "a"}], decided, {}) == []
    assert "has none" in untrue_pictures(told, decided, {})[0]
    assert "not decided" in untrue_pictures([], decided, {"b": jpeg})[0]
    for broken in (jpeg[:-1], None):
        assert "is broken" in untrue_pictures([], decided, {"a": broken})[0]
