"""The demonstration as it happens, in the terminal: the camera's view, the door, the messages."""

from __future__ import annotations

import json
import math

import cv2
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from facedoor.demo.recording import Message, colour
from facedoor.frames import Frame, Image
from facedoor.printable import counted
from facedoor.service.observer import Summary
from facedoor.setup.preview import half_blocks, in_characters
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire.decisions import Judgement
from facedoor.wire.events import Event, RelayChanged
from facedoor.wire.sentences import sentence

BESIDE_COLUMNS = 100
"""From so many columns on, what happens stands beside the picture; else below it."""
VIEW_COLUMNS = 64
VIEW_ROWS = 18
"""How large the picture gets, in characters."""
LOG_ROWS = 5
"""Of what happens at least so many lines are shown, where they stand below."""
FRAME = 2
"""Rows that a panel's frame takes; with what it leaves free, it takes twice as many columns."""
SAID_ROWS = 2
"""What is said below the picture."""
BAR_COLUMNS = 20
MAX_DISTANCE = 1.5
"""At the end of the bar."""
REFRESH_HZ = 6


class LiveView:
    """An observer that draws. Where the output is no terminal, it prints a line for each event."""

    def __init__(self, console: Console, threshold: float) -> None:
        self._console = console
        self._threshold = threshold
        self._frame: Frame | None = None
        self._report: FrameReport | None = None
        self._relay_is_on = False
        self._log: list[tuple[str, str]] = []
        self._live = Live(
            console=console,
            get_renderable=self.drawn,
            refresh_per_second=REFRESH_HZ,
            transient=True,
        )

    def __enter__(self) -> LiveView:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()
            for text, style in self._log:
                self._print(text, style)

    def watching(self, frame: Frame, report: FrameReport) -> None:
        self._frame, self._report = frame, report

    def happened(self, event: Event) -> None:
        if isinstance(event, RelayChanged):
            self._relay_is_on = event.on
            word = "ON: the door is open" if event.on else "off: the door is locked"
            self._tell(f"relay  {word}", "bold yellow")
        elif isinstance(event, Judgement):
            self._tell(f"door   {sentence(event)}", "green" if event.granted else "red")

    def heard(self, message: Message) -> None:
        shown = {
            key: message.payload[key]
            for key in ("status", "lock", "event", "decision", "person", "reason")
            if message.payload.get(key) is not None
        }
        if shown:
            self._tell(f"mqtt   {message.topic} {json.dumps(shown)}", "cyan")

    def ended(self, summary: Summary) -> None:
        self._tell(f"ended  {counted(summary.frames, 'frame')}", "dim")

    def _tell(self, text: str, style: str) -> None:
        if self._console.is_terminal:
            self._log.append((text, style))
        else:
            self._print(text, style)

    def _print(self, text: str, style: str) -> None:
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def drawn(self) -> RenderableType:
        """As high as the terminal, but for a row, at most."""
        columns, rows = self._console.size
        rows -= 1
        highest = VIEW_ROWS + SAID_ROWS + FRAME
        if columns >= BESIDE_COLUMNS:
            height, width = min(highest, rows), VIEW_COLUMNS + 2 * FRAME
            grid = Table.grid(expand=True, padding=(0, 1))
            grid.add_column(width=width)
            grid.add_column(ratio=1)
            beside = self._happenings(columns - width - 1, height)
            grid.add_row(self._camera(width, height), beside)
            return grid
        height = min(highest, rows - LOG_ROWS - FRAME)
        return Group(self._camera(columns, height), self._happenings(columns, rows - height))

    def _happenings(self, width: int, height: int) -> Panel:
        rows = max(1, height - FRAME)
        lines = [
            line
            for text, style in self._log[-rows:]
            for line in Text(text, style).wrap(self._console, max(1, width - 2 * FRAME))
        ]
        return Panel(Group(*lines[-rows:]), title="what happens", height=height)

    def _camera(self, width: int, height: int) -> Panel:
        columns, rows = width - 2 * FRAME, height - FRAME - SAID_ROWS
        if self._frame is None or self._report is None:
            inside = Group(Text("starting ...", style="dim"))
        else:
            seen = _with_boxes(self._frame, self._report, (columns, max(1, rows)))
            picture = Text.from_ansi("\n".join(half_blocks(seen, has_all_colours=True)))
            inside = Group(picture, *self._said(self._report, columns))
        return Panel(inside, title="camera", height=height)

    def _said(self, report: FrameReport, columns: int) -> tuple[Text, Text]:
        """The lock and the visitor; how far they are from the nearest person, with a bar."""
        lock = (" OPEN ", "bold black on green") if self._relay_is_on else (" locked ", "")
        view = max(report.faces, key=lambda face: face.face.box.width_px, default=None)
        measured = Text(no_wrap=True, overflow="ellipsis")
        if view is None:
            told = ("nobody" if not report.moved else "something moves", "dim")
        else:
            style = "rgb({},{},{})".format(*colour(view))
            told = (view.words, style)
            measured.append(self._measured(view, columns), style)
        return Text.assemble(lock, "  ", told, no_wrap=True, overflow="ellipsis"), measured

    def _measured(self, view: FaceView, columns: int) -> str:
        liveness = "" if view.liveness is None else f"  liveness {view.liveness:.2f}"
        if view.match is None or not math.isfinite(view.match.distance):
            return liveness.strip()
        distance = f"distance {view.match.distance:.3f}, limit {self._threshold:.3f}  "
        room = max(0, min(BAR_COLUMNS, columns - len(distance) - len(liveness)))
        filled = round(min(1.0, view.match.distance / MAX_DISTANCE) * room)
        return distance + "█" * filled + "░" * (room - filled) + liveness


def _with_boxes(frame: Frame, report: FrameReport, characters: tuple[int, int]) -> Image:
    """The frame, shrunk into so many columns and rows of two pixels, with the faces framed."""
    columns, rows = characters
    small = in_characters(frame.main, min(columns, VIEW_COLUMNS), rows)
    height, width = frame.main.shape[:2]
    for view in report.faces:
        box = view.face.box.scaled(small.shape[1] / width, small.shape[0] / height)
        corners = (round(box.left), round(box.top)), (round(box.right), round(box.bottom))
        cv2.rectangle(small, *corners, colour(view))
    return small
