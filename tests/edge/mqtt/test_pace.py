"""How long a door waits before it connects to the broker again."""

from __future__ import annotations

from doorway import Clock
from facedoor.mqtt.pace import PAUSE_S, STEADY_S, TAKEN_S, Pace


def test_doors_of_one_name_wait_for_minutes_in_the_end() -> None:
    clock = Clock()
    pace = Pace(clock)
    pauses_s = []
    for _ in range(6):
        pace.began()
        clock.now_s += TAKEN_S[1] + 60  # as long as the other one waits, and some more
        assert not pace.is_steady
        pauses_s.append(pace.ended(taken=True))
    assert pauses_s == [30, 60, 120, 240, 300, 300]
    pace.began()
    clock.now_s += STEADY_S
    assert pace.is_steady
    assert pace.ended(taken=True) == TAKEN_S[0]


def test_connection_that_is_lost_is_restored_soon_and_one_that_is_refused_less_and_less() -> None:
    pace = Pace(Clock())
    pauses_s = []
    for _ in range(3):
        pace.began()
        pauses_s.append(pace.ended(taken=False))
    assert pauses_s == [1, 1, 1]
    pauses_s = [pace.ended(taken=False) for _ in range(8)]
    assert pauses_s[:4] == [2, 4, 8, 16]
    assert pauses_s[-1] == PAUSE_S[1]
