"""The demonstration on terminals of every size."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

from doorway import grant
from facedoor.demo.live_view import LiveView
from facedoor.frames import Box, Face, Frame, Match
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire.events import RelayChanged

TIME = "2026-11-24T09:30:00.000Z"
PICTURE = np.full((720, 1280, 3), 128, np.uint8)
FRAME = Frame(PICTURE, PICTURE, 1.0, 15)
FACE = Face(Box(500, 200, 700, 500), np.zeros((6, 2), np.float32), 0.9)
MATCH = Match("Ada", 0.4126, "Ben", 1.3, 0.5)


def drawn(columns: int, rows: int) -> list[str]:
    """What a terminal of that size shows when somebody has been let in."""
    console = Console(file=io.StringIO(), force_terminal=True, width=columns, height=rows)
    view = LiveView(console, 1.0234)
    view.watching(FRAME, FrameReport(True, (FaceView(1, FACE, MATCH, None, grant(1), 0.97),)))
    for number in range(40):
        view.happened(RelayChanged(TIME, on=number % 2 == 1))
    view.happened(grant(1))
    return [
        "".join(piece.text for piece in line)
        for line in console.render_lines(view.drawn(), console.options)
    ]


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (99, 30), (100, 24), (100, 20), (160, 50)])
def test_all_of_it_can_be_read_on_any_terminal(size: tuple[int, int]) -> None:
    columns, rows = size
    lines = drawn(columns, rows)
    assert len(lines) < rows
    assert max(map(len, lines)) <= columns
    shown = "\n".join(lines)
    for words in (" OPEN   Ada", "distance 0.413, limit 1.023  █", "liveness 0.97"):
        assert words in shown
    told = " ".join(" ".join(re.findall(r"│ ([^│▀]*?) *│$", shown, re.MULTILINE)).split())
    assert (
        "relay ON: the door is open door granted, Ada, welcome (within the limit, 3 frames)" in told
    )
    assert sum("▀" in line for line in lines) >= 10
    is_beside = any("camera" in line and "what happens" in line for line in lines)
    assert is_beside is (columns >= 100)


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (30, 40)])
def test_nothing_breaks_where_there_is_no_room(size: tuple[int, int]) -> None:
    drawn(*size)
