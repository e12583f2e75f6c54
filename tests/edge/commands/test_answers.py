"""Refusals in the journal: none is lost, and a flood takes no room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorway import Clock
from facedoor.commands.answers import REFUSALS_EACH_S, RefusalLog
from facedoor.rate_limit import RateLimit
from facedoor.wire.events import CommandsRefused
from facedoor.wire.outcomes import Refusal


def test_first_refusal_is_written_at_once_and_the_rest_a_minute_later() -> None:
    entries: list[CommandsRefused] = []
    clock = Clock()
    refusals = RefusalLog(entries.append, clock)
    for _ in range(5):
        refusals.note(Refusal.EXPIRED, "phone")
        refusals.write()
    assert [entry.count for entry in entries] == [1]
    clock.now_s += REFUSALS_EACH_S
    refusals.write()
    assert [entry.count for entry in entries] == [1, 4]


def test_kinds_are_counted_apart() -> None:
    entries: list[CommandsRefused] = []
    refusals = RefusalLog(entries.append, Clock())
    refusals.note(Refusal.EXPIRED, "phone")
    refusals.note(Refusal.EXPIRED, "tablet")
    refusals.note(Refusal.MALFORMED)
    refusals.write()
    assert [(entry.reason, entry.key) for entry in entries] == [
        ("expired", "phone"),
        ("expired", "tablet"),
        ("malformed", None),
    ]


def test_count_that_could_not_be_written_is_written_later() -> None:
    entries: list[CommandsRefused] = []
    clock = Clock()
    full = [False, True, False]
    """At each attempt to write."""

    def append(entry: CommandsRefused) -> None:
        if full.pop(0):
            raise OSError("no space")
        entries.append(entry)

    refusals = RefusalLog(append, clock)
    refusals.note(Refusal.EXPIRED)
    refusals.write()
    refusals.note(Refusal.EXPIRED, count=7)
    clock.now_s += REFUSALS_EACH_S
    with pytest.raises(OSError, match="no space"):
        refusals.write()
    refusals.write()
    assert [entry.count for entry in entries] == [1, 7]


@given(st.lists(st.tuples(st.sampled_from(Refusal), st.integers(1, 9), st.floats(0, 100))))
def test_counts_add_up_and_a_minute_has_one_entry_of_each_kind(
    sequence: list[tuple[Refusal, int, float]],
) -> None:
    entries: list[CommandsRefused] = []
    clock = Clock()
    begun_s = clock.now_s
    refusals = RefusalLog(entries.append, clock)
    for reason, count, later_s in sequence:
        clock.now_s += later_s
        refusals.note(reason, count=count)
        refusals.write()
    refusals.write(everything=True)
    minutes = 1 + (clock.now_s - begun_s) / REFUSALS_EACH_S
    for reason in Refusal:
        counts = [entry.count for entry in entries if entry.reason == reason]
        assert sum(counts) == sum(n for r, n, _ in sequence if r is reason)
        assert len(counts) <= minutes + 1


@given(st.lists(st.floats(0, 5), max_size=100))
def test_rate_is_never_exceeded(pauses_s: list[float]) -> None:
    clock = Clock()
    begun_s = clock.now_s
    limit = RateLimit(burst=3, each_s=2.0, clock=clock)
    allowed = 0
    for pause_s in pauses_s:
        clock.now_s += pause_s
        allowed += limit.allows()
        assert allowed <= 3 + (clock.now_s - begun_s) / 2.0 + 1e-6
