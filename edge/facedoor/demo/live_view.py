"""The demonstration as it happens, in the terminal: the camera's view, the door, the messages."""

from __future__ import annotations

import json

import cv2
import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from facedoor.demo.recording import Message, colour
from facedoor.frames import Frame, Image
from facedoor.printable import counted
from facedoor.service.observer import Summary
from facedoor.setup.preview import half_blocks
from facedoor.visit.report import FrameReport
from facedoor.wire.decisions import Judgement
from facedoor.wire.events import Event, RelayChanged
from facedoor.wire.sentences import sentence

VIEW_COLUMNS = 64
VIEW_ROWS = 18
LOG_LINES = 18
REFRESH_HZ = 6


class LiveView:
    """An observer that draws. Where the output is no terminal, it prints a line for each event."""

    def __init__(self, console: Console, threshold: float) -> None:
        self._console = console
        self._threshold = threshold
        self._frame: Frame | None = None
        self._report: FrameReport | None = None
        self._relay_is_on = False
        self._log: list[Text] = []
        self._live = Live(
            console=console,
            get_renderable=self._drawn,
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
            self._console.print(*self._log, sep="\n")

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
            self._log.append(Text(text, style=style, overflow="ellipsis", no_wrap=True))
        else:
            self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def _drawn(self) -> Table:
        table = Table.grid(expand=True, padding=(0, 1))
        table.add_column(width=VIEW_COLUMNS + 4)
        table.add_column(ratio=1)
        table.add_row(
            Panel(self._view(), title="camera", height=VIEW_ROWS + 4),
            Panel(Group(*self._log[-LOG_LINES:]), title="what happens", height=VIEW_ROWS + 4),
        )
        return table

    def _view(self) -> Group:
        if self._frame is None or self._report is None:
            return Group(Text("starting ...", style="dim"))
        lock = (
            Text(" OPEN ", style="bold black on green") if self._relay_is_on else Text(" locked ")
        )
        picture = half_blocks(_with_boxes(self._frame, self._report), has_all_colours=True)
        return Group(Text.from_ansi("\n".join(picture)), self._gauge(self._report), lock)

    def _gauge(self, report: FrameReport) -> Text:
        """Each face's distance from the nearest person, on a scale that shows the threshold."""
        view = max(report.faces, key=lambda face: face.face.box.width_px, default=None)
        if view is None:
            return Text("nobody" if not report.moved else "something moves", style="dim")
        text = Text(view.words, style="rgb({},{},{})".format(*colour(view)))
        if view.match is not None and np.isfinite(view.match.distance):
            text.append(f"  distance {view.match.distance:.2f}, limit {self._threshold:.3f} ")
            filled = round(min(1.0, view.match.distance / 1.5) * 20)
            text.append("█" * filled + "░" * (20 - filled))
        if view.liveness is not None:
            text.append(f"  liveness {view.liveness:.2f}")
        return text


def _with_boxes(frame: Frame, report: FrameReport) -> Image:
    """The frame, shrunk to two pixels for each character, with the faces framed."""
    size = (VIEW_COLUMNS, VIEW_ROWS * 2)
    small = cv2.resize(frame.main, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    height, width = frame.main.shape[:2]
    for view in report.faces:
        box = view.face.box.scaled(size[0] / width, size[1] / height)
        corners = (round(box.left), round(box.top)), (round(box.right), round(box.bottom))
        cv2.rectangle(small, *corners, colour(view))
    return small
