"""The trace of the machine's pins, without the machine."""

from __future__ import annotations

import pytest

from virtual_pi.machine import Level, Levels, parse


def line(pin: int, high: int, time: str = "1795544658.691390") -> str:
    chip = "/machine/unattached/device[7]"
    return f"23743@{time}:pl061_set_output {chip} setting output {pin} to {high}\n"


def test_line_of_the_trace_tells_time_pin_and_level() -> None:
    assert parse(line(5, 1)) == Level(1795544658.69139, pin=5, high=True)


def test_other_lines_tell_nothing() -> None:
    for other in (
        "",
        "2026-11-24T18:24:18.691390Z qemu-system-aarch64: warning: something\n",
        "23743@1795544658.691390:pl061_reset /machine/unattached/device[7] reset\n",
    ):
        assert parse(other) is None, other


def test_level_that_is_said_again_is_no_change() -> None:
    levels = Levels()
    for high in (0, 0, 1, 1, 0):
        levels.hear(line(5, high))
        levels.hear(line(3, 0))
    assert [level.high for level in levels.of(5)] == [False, True, False]
    assert [level.high for level in levels.of(3)] == [False]


def test_waiting_for_a_change_that_has_been_returns_at_once() -> None:
    levels = Levels()
    levels.hear(line(5, 0))
    assert levels.wait_for(5, count=1, within_s=0) == levels.of(5)


def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(AssertionError, match="pin 5 changed 0 times instead of 1"):
        Levels().wait_for(5, count=1, within_s=0)
