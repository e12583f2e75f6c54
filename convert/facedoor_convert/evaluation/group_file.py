"""Which group people belong to, as somebody has written it down.

A file of groups is a table, CSV in UTF-8: the line ``person,group``, then one line for each person.
A person is called what the folder of their photos is called.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from facedoor.errors import UsageError
from facedoor_convert.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

HEAD = ["person", "group"]


def read_groups(file: Path, known: Collection[str]) -> dict[str, str]:
    """The group of each person whom ``file`` names, all of them ``known``.

    Raises :class:`UsageError`, naming the line, when the file is not as it should be.
    """
    return parse_groups(read_text(file, "groups"), str(file), known)


def parse_groups(text: str, file: str, known: Collection[str]) -> dict[str, str]:
    """The same of a ``text``, which errors call ``file``."""
    rows = _rows(text, file)
    where, head = next(rows, (f"{file}, line 1", []))
    if head != HEAD:
        raise UsageError(f"{where}: a file of groups begins with the line {','.join(HEAD)}")
    groups: dict[str, str] = {}
    for where, row in rows:
        if len(row) != len(HEAD) or not all(cell and cell.isprintable() for cell in row):
            raise UsageError(f"{where}: {','.join(row)[:80]!r} is not a person and a group")
        person, group = row
        if person not in known:
            raise UsageError(
                f"{where}: nobody in the photos is called {person[:80]!r}: write people as the "
                "folders of their photos are called"
            )
        if person in groups:
            raise UsageError(f"{where}: {person} has a group already: take one of the lines out")
        groups[person] = group
    return groups


def _rows(text: str, file: str) -> Iterator[tuple[str, list[str]]]:
    """Where each line that is not empty stands, and its cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield f"{file}, line {reader.line_num}", [cell.strip() for cell in row]
    except csv.Error as error:
        raise UsageError(f"{file}, line {reader.line_num}: this is no CSV ({error})") from error
