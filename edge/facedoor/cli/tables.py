"""What a person reads in a terminal: tables and lines that keep to its width, cut at no word.

Where standard output is no terminal, lines are as long as they are: programs read them, too.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from facedoor.printable import printable, wrapped

NARROWEST = 12
"""Columns that a shortened name has at least, however narrow the terminal is."""

_GAP = "…"


def columns(output: TextIO | None = None) -> int | None:
    """How wide the terminal is that standard output, or ``output``, goes to; ``None`` where it goes
    elsewhere."""
    try:
        return os.get_terminal_size((output or sys.stdout).fileno()).columns or None
    except (OSError, ValueError, AttributeError):  # a file, closed, or none at all
        return None


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[str]) -> str:
    """``rows`` under their ``headings``, in a terminal in which that has room; else ``lines``,
    which say the same, wrapped in a terminal."""
    width = columns()
    drawn = _drawn(headings, rows, width) if width and rows else None
    return drawn or "\n".join(wrapped(line, width) for line in lines)


def _drawn(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str | None:
    """The table, of so many columns at most, or ``None`` if a word would have to be cut."""
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(heading)
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    output = io.StringIO()
    # Without colours: what is printed has gone through printable, which would spell them out.
    console = Console(file=output, width=width, color_system=None, force_terminal=False)
    if Measurement.get(console, console.options.update(max_width=10_000), made).minimum > width:
        return None
    console.print(made)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())


def fitted(text: str, output: TextIO | None = None) -> str:
    """``text``, wrapped if standard output, or ``output``, is a terminal."""
    return wrapped(text, columns(output))


def shortened(name: str, width: int) -> str:
    """``name`` in so many columns, what is left out in the middle: where a file name begins and how
    it ends tells it from others."""
    from rich.cells import cell_len

    name, width = printable(name), max(width, NARROWEST)
    if cell_len(name) <= width:
        return name
    end = (width - 1) // 2
    first = last = ""
    for letter in name:
        if cell_len(first + letter) > width - 1 - end:
            break
        first += letter
    for letter in reversed(name):
        if cell_len(letter + last) > end:
            break
        last = letter + last
    return f"{first}{_GAP}{last}"
