"""What ``facedoor run`` prints: a line for each thing that happened, for people or for programs."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import threading
from typing import TextIO

from facedoor import strict
from facedoor.cli import json_line
from facedoor.cli.visitors import VisitorNumbers
from facedoor.frames import Frame
from facedoor.languages import ENGLISH, _, ngettext, spoken
from facedoor.printable import printable
from facedoor.service.observer import Summary
from facedoor.times import local_text
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
    """A sentence a line; says what a visitor should do when the view of them changes.

    ``language`` is that of whoever reads it: what calls these methods speaks English.
    """

    def __init__(self, output: TextIO, language: str = ENGLISH) -> None:
        self._printer = _Printer(output)
        self._language = language
        self._told: dict[int, str] = {}
        self._visitors = VisitorNumbers()

    def watching(self, _frame: Frame, report: FrameReport) -> None:
        """Tell of each face once, and again when what keeps it from being judged changes."""
        self._printer.check()
        with spoken(self._language):
            for prompt in report.prompts:
                if prompt.side is not None:
                    self._tell(prompt.track, prompt.side.request)
            told: dict[int, str] = {}
            for view in report.faces:
                told[view.track] = view.refusal.guidance if view.refusal else ""
                if view.decision is None and told[view.track] != self._told.get(view.track, ""):
                    self._tell(view.track, told[view.track] or _("good"))
        self._told = told

    def happened(self, event: Event) -> None:
        with spoken(self._language):
            said = self._visitors.said(getattr(event, "track", None), sentence(event))
        self._printer.print(f"{local_text(event.time, seconds=True)} {said}")

    def ended(self, summary: Summary) -> None:
        with spoken(self._language):
            frames = ngettext("{count} frame", "{count} frames", summary.frames)
            came_to = _("{frames}, {granted} granted, {refused} refused").format(
                frames=frames.format(count=summary.frames),
                granted=summary.granted,
                refused=summary.refused,
            )
        self._printer.print(came_to)
        self._printer.close()

    def _tell(self, track: int, text: str) -> None:
        self._printer.print(self._visitors.said(track, text))


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
