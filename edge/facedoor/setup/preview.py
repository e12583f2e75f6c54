"""The camera's picture in a terminal, with the face framed: also over ssh, without a screen.

Each character shows two pixels, one above the other: the upper half block has the colour of the
upper one, its background that of the lower one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import cv2
import numpy as np

from facedoor.camera import Camera
from facedoor.frames import Face, Image, Reading
from facedoor.languages import _
from facedoor.printable import printable, wrapped
from facedoor.setup.talk import Talk

READ_EVERY_S = 0.2
"""Fast enough to move by; a Pi reads a picture faster, and a slow line carries no more."""

WIDEST = 100
"""Columns; a wider picture only costs more of the line."""

_GOOD, _REFUSED = (38, 162, 105), (229, 165, 10)
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""The terminal's second screen without a cursor, and back, so that nothing is left of it."""
HOME, REST_OF_LINE, REST_OF_SCREEN, PLAIN = "\x1b[H", "\x1b[K", "\x1b[J", "\x1b[0m"


def watch(talk: Talk, camera: Camera, read: Callable[[Image], Reading]) -> tuple[int, int] | None:
    """Show what the camera sees until Enter is pressed or a recorded source ends.

    ``read`` says what a picture is good for. The width and height of the last picture, in pixels;
    ``None`` where there was none. Raises :class:`CameraError`.
    """
    seen = None
    next_s = -np.inf
    with second_screen(talk) as draw:
        while not talk.has_pressed_enter() and (frame := camera.read()) is not None:
            seen = (frame.main.shape[1], frame.main.shape[0])
            if frame.time_s < next_s:
                continue
            next_s = frame.time_s + READ_EVERY_S
            reading = read(frame.main)
            draw(frame.main, reading, [hint(reading), _("Enter: go on")])
    return seen


@contextmanager
def second_screen(talk: Talk) -> Iterator[Callable[[Image, Reading, Sequence[str]], None]]:
    """A function that shows a picture, as large as there is room, and lines below it, until the
    block ends: then the terminal is as it was."""
    has_colours = has_all_colours(os.environ)

    def draw(image: Image, reading: Reading, texts: Sequence[str]) -> None:
        columns, rows = talk.size()
        below = [line for text in texts for line in wrapped(printable(text), columns).splitlines()]
        picture = framed(image, reading, min(columns, WIDEST), max(1, rows - len(below)))
        lines = [*half_blocks(picture, has_colours), *below]
        shown = "\r\n".join(f"{line}{REST_OF_LINE}" for line in lines)
        talk.write(f"{HOME}{shown}{REST_OF_SCREEN}")

    talk.write(ENTER)
    try:
        yield draw
    finally:
        talk.write(LEAVE)


def hint(reading: Reading) -> str:
    """What the person before the camera should do."""
    return reading.refusal.guidance if reading.refusal else _("good: this face can be recognised")


def framed(image: Image, reading: Reading, columns: int, rows: int) -> Image:
    """``image`` as large as fits into so many characters, its proportions kept, the face framed."""
    small = in_characters(image, columns, rows)
    if reading.face is not None:
        height, width = image.shape[:2]
        face: Face = reading.face.scaled(small.shape[1] / width, small.shape[0] / height)
        box = face.box
        corners = (round(box.left), round(box.top)), (round(box.right), round(box.bottom))
        cv2.rectangle(small, *corners, _REFUSED if reading.refusal else _GOOD)
    return small


def in_characters(image: Image, columns: int, rows: int) -> Image:
    """``image`` as large as fits into so many characters, two pixels each, its proportions kept."""
    height, width = image.shape[:2]
    scale = min(columns / width, 2 * rows / height)
    size = (max(1, round(width * scale)), max(2, 2 * round(height * scale / 2)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def half_blocks(image: Image, has_all_colours: bool) -> list[str]:
    """An image with an even number of rows, uint8 (2n, columns, 3) RGB, as n lines of text."""
    code = _code_of_24_bits if has_all_colours else _code_of_256
    lines = []
    for upper, lower in zip(image[0::2].tolist(), image[1::2].tolist(), strict=True):
        text, before = "", ("", "")
        for above, below in zip(upper, lower, strict=True):
            colours = (f"38;{code(*above)}", f"48;{code(*below)}")
            if colours != before:
                text += f"\x1b[{';'.join(colours)}m"
            text, before = f"{text}▀", colours
        lines.append(text + PLAIN)
    return lines


def has_all_colours(environment: Mapping[str, str]) -> bool:
    """True if the terminal says that it shows 24-bit colours; most that do not show 256."""
    return environment.get("COLORTERM", "") in {"truecolor", "24bit"}


def _code_of_24_bits(red: int, green: int, blue: int) -> str:
    return f"2;{red};{green};{blue}"


def _code_of_256(red: int, green: int, blue: int) -> str:
    """The nearest of the 6 x 6 x 6 colours that begin at 16."""
    r, g, b = (round(level * 5 / 255) for level in (red, green, blue))
    return f"5;{16 + 36 * r + 6 * g + b}"
