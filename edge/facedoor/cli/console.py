"""What ``facedoor run`` prints: a line for each thing that happened, for people or for programs."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import threading
from typing import TextIO

from facedoor import strict
from facedoor.cli import json_line
from facedoor.frames import Frame
from facedoor.printable import counted, printable
from facedoor.service.observer import Summary
from facedoor.visit.report import FrameReport
from facedoor.wire.bands import told
from facedoor.wire.events import Event
from facedoor.wire.sentences import sentence

LINES_KEPT = 1000
"""Lines that wait for a reader who is slow; what comes after them is lost, here only."""


LAST_LINES_S = 1.0
"""How long the end waits for the last lines to be read."""


class JsonLines:
    """One JSON object a line: prompts, decisions, relay changes, and the summary at the end."""

    def __init__(self, output: TextIO) -> None:
        self._printer = _Printer(output)

    def watching(self, _frame: Frame, report: FrameReport) -> None:
        """Frames are not reported one by one, only what they lead to at once."""
        self._printer.check()
        for prompt in report.prompts:
            self._print({"prompt": strict.as_json(prompt)})

    def happened(self, event: Event) -> None:
        self._print(told(event.as_json()))

    def ended(self, summary: Summary) -> None:
        self._print({"summary": dataclasses.asdict(summary)})
        self._printer.close()

    def _print(self, values: dict[str, object]) -> None:
        self._printer.print(json_line(values))


class PlainLines:
    """A sentence a line; says what a visitor should do when the view of them changes."""

    def __init__(self, output: TextIO) -> None:
        self._printer = _Printer(output)
        self._told: dict[int, str] = {}

    def watching(self, _frame: Frame, report: FrameReport) -> None:
        """Tell of each face once, and again when what keeps it from being judged changes."""
        self._printer.check()
        for prompt in report.prompts:
            if prompt.side is not None:
                self._printer.print(f"visitor {prompt.track}: {prompt.text}")
        told: dict[int, str] = {}
        for view in report.faces:
            told[view.track] = view.refusal.guidance if view.refusal else ""
            if view.decision is None and told[view.track] != self._told.get(view.track, ""):
                self._printer.print(f"visitor {view.track}: {told[view.track] or 'good'}")
        self._told = told

    def happened(self, event: Event) -> None:
        self._printer.print(f"{event.time} {sentence(event)}")

    def ended(self, summary: Summary) -> None:
        frames = counted(summary.frames, "frame")
        self._printer.print(f"{frames}, {summary.granted} granted, {summary.refused} refused")
        self._printer.close()


class _Printer:
    """Prints lines in a thread of its own.

    Printing waits when nobody reads: a full pipe, a terminal that was paused. The doorkeeper, who
    has a line to print while the relay is on, must not wait with it.
    """

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._lines: queue.Queue[str | None] = queue.Queue(LINES_KEPT)
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="facedoor-console", daemon=True)
        self._thread.start()

    def print(self, line: str) -> None:
        """Have a line printed, without waiting."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(printable(line))

    def check(self) -> None:
        """Raise the ``OSError`` that printing has met, such as ``BrokenPipeError``, if any."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Wait a moment for the lines that are not printed yet."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(LAST_LINES_S)

    def _run(self) -> None:
        try:
            while (line := self._lines.get()) is not None:
                print(line, file=self._output, flush=True)
        except OSError as error:
            self._error = error
