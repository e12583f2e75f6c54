from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doorway import Clock
from facedoor_convert import progress as progresses
from facedoor_convert.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_each_step_is_a_line_with_time_spent_and_left() -> None:
    out, clock = io.StringIO(), Clock()
    progress = Progress({"fetch": 0.0, "convert": 20.0, "write": 10.0}, out, clock)
    for name, seconds in (("fetch", 5.0), ("convert", 45.0), ("write", 20.0)):
        with progress.step(name):
            clock.now_s += seconds
    assert out.getvalue().splitlines() == [
        "5 s, about 30 s left: fetch",
        "50 s, about 20 s left: convert",
        "70 s, about 0 s left: write",
    ]


def test_a_terminal_sees_one_line_with_a_bar() -> None:
    out, clock = Terminal(), Clock()
    with (
        Progress({"fetch": 0.0, "write": 1.0}, out, clock) as progress,
        progress.step("fetch") as report,
    ):
        clock.now_s += 3.0
        report(0.25)
    drawn = out.getvalue().split("\r\x1b[K")
    assert drawn[2] == "[######..................] 3 s, about 10 s left: fetch"
    assert out.getvalue().count("\n") == 1


def test_a_clock_that_stands_still_is_no_trouble() -> None:
    out = Terminal()
    progress = Progress({"write": 0.0}, out, itertools.repeat(7.0).__next__)
    with progress.step("write") as report:
        report(1.0)
    assert "about 0 s left" in out.getvalue()


@given(
    st.integers(1, 200), st.floats(0, 99_999), st.text() | st.just("comparing people (a/b/c)" * 3)
)
def test_a_line_is_never_wider_than_its_terminal_and_says_its_times_whole(
    wide: int, seconds: float, name: str
) -> None:
    out, clock = Terminal(), Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progresses, "columns", lambda _: wide)
        with Progress({name: 9.0}, out, clock).step(name) as report:
            clock.now_s += seconds
            report(0.5)
    for line in out.getvalue().split("\r\x1b[K"):
        assert cell_len(line) < wide or not line
        if line and wide > 60:
            assert line.isprintable()
            assert "s left: " in line
            assert line.startswith("[")
