"""Text files that a person hands over: read whole, but not without bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facedoor.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 * 2**20
"""Largest file that is read: some million lines."""


def read_text(file: Path, kind: str) -> str:
    """The UTF-8 text in ``file``, which is a ``kind`` of file, such as "pairs".

    Raises :class:`UsageError`, naming the line that is no UTF-8.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} is larger than {MAX_BYTES >> 20} MiB: split it")
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the {kind} file {file}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{file} is no {kind} file ({error.reason} in line {line}): it has to be UTF-8 text"
        ) from error
