"""The running door on a terminal of any size: how it stands, what its camera sees with the faces
framed, what each stage takes, and what happens.

With colours a character is two pixels (:mod:`facedoor.setup.preview`); without, it is as dark as
the picture is there, and frames are drawn of lines.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TextIO

import cv2
import numpy as np

from facedoor.camera.pictures import decode_picture
from facedoor.cli.live_words import of_door, of_face, of_news
from facedoor.cli.visitors import VisitorNumbers
from facedoor.frames import Box, Image
from facedoor.languages import _
from facedoor.printable import printable
from facedoor.setup.preview import (
    ENTER,
    HOME,
    LEAVE,
    PLAIN,
    REST_OF_LINE,
    half_blocks,
    in_characters,
)
from facedoor.wire.live import Live, LiveDoor, LiveFace, LiveFrame, LiveNews

NEWS = 100
"""So many are remembered, for a terminal that is made larger."""

BESIDE_COLUMNS = 34
"""What stands beside the picture has at least so many, where the terminal is this wide ..."""
WIDE_COLUMNS = 64
"""... else it is left out."""

STALE_S = 3.0

_COLOURS = {True: (38, 162, 105), False: (200, 50, 47), None: (229, 165, 10)}
"""RGB of a face's frame: green for who is let in, red for who is not, amber before that."""
_TEXT = {True: "\x1b[32m", False: "\x1b[31m", None: ""}
_REVERSE = "\x1b[7m"
_SHADES = " .:-=+*#%@"


class LiveScreen:
    """Takes what the service says, and draws what it knows."""

    def __init__(self, has_all_colours: bool | None) -> None:
        """``None``: no colours at all."""
        self._has_all_colours = has_all_colours
        self._door: LiveDoor | None = None
        self._frame: LiveFrame | None = None
        self._picture: Image | None = None
        self._fps = 0.0
        self._seen_s = 0.0
        self._news: deque[LiveNews] = deque(maxlen=NEWS)
        self._visitors = VisitorNumbers()

    def take(self, said: Live | None, now_s: float) -> None:
        """Take a line. Raises :class:`ImageError` for a picture that is none."""
        match said:
            case LiveDoor():
                self._door = said
            case LiveNews():
                text = self._visitors.said(said.event.get("track"), of_news(said))
                self._news.append(replace(said, text=text))
            case LiveFrame():
                before, self._frame, self._seen_s = self._frame, said, now_s
                self._picture = decode_picture(said.jpeg, _("the service's picture"))
                if before is not None and said.time_s > before.time_s:
                    fps = (said.judged - before.judged) / (said.time_s - before.time_s)
                    self._fps += (fps - self._fps) * (0.2 if self._fps else 1.0)

    def drawn(self, columns: int, rows: int, now_s: float) -> list[str]:
        """At most ``rows`` lines of at most ``columns`` characters, beside what colours them."""
        news_rows = min(max(3, rows // 4), max(0, rows - 4))
        lines = [self._styled(_REVERSE, clipped(self._title(now_s), columns, fill=True))]
        lines += self._middle(columns, max(0, rows - news_rows - 2))
        lines += [""] * (rows - news_rows - 1 - len(lines))
        for news in list(self._news)[-news_rows:] if news_rows else ():
            lines.append(self._styled(_TEXT[news.granted], clipped(_in_words(news), columns)))
        lines += [""] * (rows - 1 - len(lines))
        return [*lines[: rows - 1], clipped(_("Ctrl-C: end"), columns)]

    def _title(self, now_s: float) -> str:
        if self._door is None:
            return _(" waiting for the door ...")
        words = [self._door.name]
        if state := self._door.state:
            words += of_door(state)
        if self._frame is not None and self._frame.lamp:
            words.append(_("lamp on"))
        if self._frame is None:
            words.append(_("no frame yet"))
        elif now_s - self._seen_s > STALE_S:
            words.append(_("no frame for {seconds:.0f} s").format(seconds=now_s - self._seen_s))
        elif self._fps:
            words.append(_("{fps:.1f} frames/s").format(fps=self._fps))
        return f" {'  '.join(words)}"

    def _middle(self, columns: int, rows: int) -> list[str]:
        """The picture, and beside it what is said of it."""
        if self._frame is None or self._picture is None or not rows:
            return []
        is_wide = columns >= WIDE_COLUMNS
        room = columns - BESIDE_COLUMNS if is_wide else columns
        picture = in_characters(self._picture, room, rows)
        faces = self._frame.faces
        if self._has_all_colours is None:
            lines = _in_shades(picture, faces)
        else:
            lines = half_blocks(_framed(picture, faces), self._has_all_colours)
        if not is_wide:
            return lines
        width = columns - picture.shape[1] - 2
        beside = [
            clipped(line, width)
            for text in self._said(self._frame)
            for line in textwrap.wrap(printable(text), width, subsequent_indent="  ") or [""]
        ]
        beside += [""] * (len(lines) - len(beside))
        return [f"{line}  {text}".rstrip() for line, text in zip(lines, beside, strict=False)]

    def _said(self, frame: LiveFrame) -> Iterator[str]:
        for face in frame.faces:
            yield self._visitors.said(face.track, of_face(face))
        if not frame.faces:
            yield _("nobody")
        yield ""
        for stage, ms in frame.latency_ms.items():
            yield f"{stage:<12}{ms:7.1f} ms"

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{PLAIN}" if style and self._has_all_colours is not None else text


@contextmanager
def shown_on(output: TextIO) -> Iterator[Callable[[Sequence[str]], None]]:
    """The terminal's second screen, and what draws on it; nothing is left of it afterwards."""

    def draw(lines: Sequence[str]) -> None:
        output.write(HOME + "\r\n".join(f"{line}{REST_OF_LINE}" for line in lines))
        output.flush()

    output.write(ENTER)
    try:
        yield draw
    finally:
        output.write(LEAVE)
        output.flush()


def clipped(text: str, columns: int, fill: bool = False) -> str:
    """``text``, with nothing in it that a terminal would obey, in so many columns at most, or just
    so many where it is to ``fill`` them."""
    shown, width = "", 0
    for character in printable(text):
        taken = _width(character)
        if width + taken > columns:
            break
        shown, width = shown + character, width + taken
    return shown + " " * (columns - width) if fill else shown


def _width(character: str) -> int:
    if unicodedata.combining(character) or not character.isprintable():
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _in_words(news: LiveNews) -> str:
    """With the local time of whoever watches, as long as it is a time."""
    try:
        at = datetime.fromisoformat(news.time).astimezone().strftime("%H:%M:%S")
    except (ValueError, OverflowError):
        at = "        "
    return f"{at}  {news.text}"


def _framed(picture: Image, faces: Sequence[LiveFace]) -> Image:
    for face in faces:
        box = _scaled(face, picture)
        corners = (round(box.left), round(box.top)), (round(box.right), round(box.bottom))
        cv2.rectangle(picture, *corners, _COLOURS[face.granted])
    return picture


def _in_shades(picture: Image, faces: Sequence[LiveFace]) -> list[str]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.uint16)
    levels = (grey[0::2] + grey[1::2]) * len(_SHADES) // 512
    drawn = [[_SHADES[level] for level in row] for row in levels.tolist()]
    for face in faces:
        _frame_with_lines(drawn, _scaled(face, picture))
    return ["".join(row) for row in drawn]


def _scaled(face: LiveFace, picture: Image) -> Box:
    height, width = picture.shape[:2]
    left, top, right, bottom = (min(1.0, max(0.0, side)) for side in face.box)
    return Box(left, top, right, bottom).scaled(width - 1, height - 1)


def _frame_with_lines(drawn: list[list[str]], box: Box) -> None:
    """Draw the frame of a face into rows of characters, of which each is two pixels high."""
    left, right = round(box.left), round(box.right)
    top, bottom = round(box.top) // 2, round(box.bottom) // 2
    for column in range(left, right + 1):
        drawn[top][column] = drawn[bottom][column] = "-"
    for row in range(top, bottom + 1):
        drawn[row][left] = drawn[row][right] = "|"
    for row, column in ((top, left), (top, right), (bottom, left), (bottom, right)):
        drawn[row][column] = "+"
