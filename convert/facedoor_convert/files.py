"""Files: read within bounds, known by their hash, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from facedoor.errors import UsageError
from facedoor.files import draft, publish
from facedoor_convert.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_TEXT_BYTES = 64 * 2**20
"""Largest text that is read: some million lines."""


def cache_directory() -> Path:
    """``$XDG_CACHE_HOME/facedoor``, by default ``~/.cache/facedoor``; it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "facedoor"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(file: Path, kind: str) -> str:
    """The UTF-8 text in ``file``, which a user hands over as a ``kind`` of file, such as "pairs".

    Raises :class:`UsageError`, naming the line that is no UTF-8.
    """
    try:
        if file.stat().st_size > MAX_TEXT_BYTES:
            raise UsageError(f"{file} is larger than {MAX_TEXT_BYTES >> 20} MiB: split it")
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


@contextmanager
def writing(path: Path, hint: str = "make room, or choose another place") -> Iterator[IO[bytes]]:
    """A file to write to, which gets the name ``path`` when the block ends without an error.

    Missing folders are made. Until then, a file of that name is as it was. Raises
    :class:`ConvertError`, with the ``hint`` what to do, when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft(path) as name:
            with name.open("wb") as file:
                # Models, figures and pictures are for every user of the machine, the door's too.
                os.fchmod(file.fileno(), 0o644)
                yield file
            publish(name, path)
    except OSError as error:
        raise ConvertError(f"cannot write {path} ({error.strerror or error}): {hint}") from error


def write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into ``folder``, by name; old ones are replaced only when all new ones are whole.

    Raises :class:`ConvertError`.
    """
    with ExitStack() as all_whole:
        for name, data in contents.items():
            file = all_whole.enter_context(writing(folder / name))
            file.write(data)
            file.flush()
