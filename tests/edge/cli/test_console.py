"""What `facedoor run` prints, and that printing never holds up the door."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import threading
from datetime import datetime

import numpy as np
import pytest

from doorway import grant, refusal
from facedoor import strict
from facedoor.cli import console
from facedoor.cli.console import LINES_KEPT, JsonLines, PlainLines
from facedoor.cli.visitors import REMEMBERED
from facedoor.frames import Frame
from facedoor.reasons import Reason
from facedoor.service.observer import Summary
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire import events
from facedoor.wire.bands import told
from facedoor.wire.decisions import Decision, ExitDecision
from facedoor.wire.events import DoorHappened, Happening, RelayChanged
from facedoor.wire.prompts import Prompt, Side
from faces import face_at

ON = RelayChanged("2026-11-24T09:30:00.000Z", on=True)
OFF = RelayChanged("2026-11-24T09:30:03.000Z", on=False)
PICTURE = np.zeros((2, 2, 3), np.uint8)
FRAME = Frame(PICTURE, PICTURE, 0.0, 0)


def local(event: events.Event) -> str:
    return f"{datetime.fromisoformat(event.time).astimezone():%Y-%m-%d %H:%M:%S}"


def report(refusal: Reason | None, track: int = 1, decision: Decision | None = None) -> FrameReport:
    return FrameReport(True, (FaceView(track, face_at(), None, refusal, decision),))


def printed(kind: type[JsonLines | PlainLines], *happened: events.Event) -> list[str]:
    """The lines for these events, up to that of the end."""
    output = io.StringIO()
    lines = kind(output)
    for event in happened:
        lines.happened(event)
    lines.ended(Summary())
    return output.getvalue().splitlines()


def test_json_lines_are_one_object_each_and_end_with_the_summary() -> None:
    output = io.StringIO()
    lines = JsonLines(output)
    for event in (grant(1), ON, OFF, refusal(2)):
        lines.happened(event)
    lines.watching(FRAME, report(Reason.TOO_FAR))
    lines.ended(Summary(frames=90, dropped=4, granted=1, refused=1))
    granted, on, off, refused, last = map(json.loads, output.getvalue().splitlines())
    assert granted == told(grant(1).as_json())
    assert on == {"time": ON.time, "relay": "on"}
    assert off == {"time": OFF.time, "relay": "off"}
    assert refused == told(refusal(2).as_json())
    assert last == {"summary": {"frames": 90, "dropped": 4, "granted": 1, "refused": 1}}


def test_names_are_printed_as_they_are_written() -> None:
    assert "Zoë" in printed(JsonLines, dataclasses.replace(grant(1), person="Zoë"))[0]


def test_plain_lines_say_who_came_and_what_the_relay_did() -> None:
    output = io.StringIO()
    lines = PlainLines(output)
    for event in (grant(1), ON, OFF, refusal(2)):
        lines.happened(event)
    lines.ended(Summary(frames=90, granted=1, refused=1))
    granted, on, off, refused, last = output.getvalue().splitlines()
    assert "visitor 1: granted, Ada, welcome (within the limit, 3 frames)" in granted
    assert (on, off) == (f"{local(ON)} relay on", f"{local(OFF)} relay off")
    assert "visitor 2: refused, somebody, not recognised" in refused
    assert last == "90 frames, 1 granted, 1 refused"


def test_visitor_is_told_once_what_to_do_and_again_when_that_changes() -> None:
    output = io.StringIO()
    lines = PlainLines(output)
    for refused in (Reason.TOO_FAR, Reason.TOO_FAR, Reason.TOO_DARK, None, None):
        lines.watching(FRAME, report(refused))
    lines.watching(FRAME, report(Reason.BLURRED, decision=grant(1)))
    lines.watching(FRAME, report(Reason.TOO_FAR, track=2))
    lines.ended(Summary())
    assert output.getvalue().splitlines()[:-1] == [
        "visitor 1: come closer",
        "visitor 1: too dark: turn on a light",
        "visitor 1: good",
        "visitor 2: come closer",
    ]


def test_visitors_are_numbered_as_they_are_told_of_whatever_else_was_followed() -> None:
    output = io.StringIO()
    lines = PlainLines(output)
    lines.happened(grant(3))
    lines.watching(FRAME, report(Reason.TOO_FAR, track=7))
    lines.watching(FRAME, report(None, track=8))  # of whom there is nothing to tell
    for track in (7, 12, *range(100, 100 + REMEMBERED), 12):
        lines.happened(refusal(track))
    lines.ended(Summary())
    numbers = [int(found[1]) for found in re.finditer(r"visitor (\d+):", output.getvalue())]
    assert numbers == [1, 2, 2, *range(3, 5 + REMEMBERED)]


class Stuck(io.StringIO):
    """An output that nobody reads, until ``read`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.read = threading.Event()

    def write(self, text: str) -> int:
        self.read.wait()
        return super().write(text)


def test_output_that_nobody_reads_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in [JsonLines, PlainLines]:
        monkeypatch.setattr(console, "LAST_LINES_S", 0.01)
        output = Stuck()
        lines = kind(output)
        for _ in range(2 * LINES_KEPT):
            lines.happened(ON)
            lines.watching(FRAME, report(Reason.TOO_FAR))
        lines.ended(Summary())
        assert not output.getvalue(), kind
        output.read.set()


def test_reader_who_left_is_told_of_by_the_next_frame_and_never_to_the_doorkeeper() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    for kind in (JsonLines, PlainLines):
        lines = kind(Broken())
        lines.happened(ON)
        lines.ended(Summary())
        lines.happened(OFF)
        with pytest.raises(BrokenPipeError):
            lines.watching(FRAME, FrameReport(moved=False))


def test_what_happens_at_the_door_is_a_line_in_either_form() -> None:
    for happening in Happening:
        event = DoorHappened(ON.time, happening)
        assert printed(PlainLines, event)[0].startswith(f"{local(event)} "), happening
        assert json.loads(printed(JsonLines, event)[0]) == event.as_json()


def test_press_of_the_exit_button_is_a_line() -> None:
    (line, _) = printed(PlainLines, ExitDecision.grant())
    assert "exit button: granted, released by the exit button" in line


@pytest.mark.parametrize("kind", [JsonLines, PlainLines])
def test_prompt_is_printed_as_soon_as_it_begins(kind: type[JsonLines | PlainLines]) -> None:
    output = io.StringIO()
    lines = kind(output)
    prompt = Prompt.asking(Side.LEFT, 3.0, track=4, visit=None)
    lines.watching(FRAME, FrameReport(True, prompts=(prompt,)))
    lines.watching(FRAME, FrameReport(True, prompts=(prompt.over,)))
    lines.ended(Summary())
    first = output.getvalue().splitlines()[0]
    if kind is PlainLines:
        assert first == "visitor 1: turn your head to your left"
        assert output.getvalue().count("turn your head") == 1
    else:
        assert json.loads(first) == {"prompt": strict.as_json(prompt)}
