"""Which files are meant where somebody names files and folders: of a folder its pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from facedoor.camera.headers import picture_format
from facedoor.camera.heic import is_heic
from facedoor.errors import UsageError
from facedoor.languages import _

_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".heic", ".heif"})
_HEAD_BYTES = 64


def picture_files(paths: Iterable[Path]) -> list[Path]:
    """Each file as it is named, and of each folder, and those in it, the pictures, in order.

    A picture is what begins as one or is called one. Hidden files and folders are left out. A
    folder without any, or that may not be read, stands for itself among others; raises
    :class:`UsageError` where there is no file at all.
    """
    found: list[Path] = []
    closed: list[OSError] = []
    for path in paths:
        if not _is_folder(path):
            found.append(path)
            continue
        found += sorted(_pictures_in(path, closed.append)) or [path]
    found += [Path(error.filename) for error in closed if Path(error.filename) not in found]
    if closed and all(map(_is_folder, found)):
        raise UsageError(
            _("{path} cannot be read ({strerror}): check its rights").format(
                path=closed[0].filename, strerror=closed[0].strerror
            )
        )
    if found and all(map(_is_folder, found)):
        raise UsageError(
            _("there is no picture in the folder {path}: name one that has some").format(
                path=found[0]
            )
        )
    return found


def _is_folder(path: Path) -> bool:
    """Where nobody may look, there is a file, of which whoever reads it says what is wrong."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _pictures_in(folder: Path, tell: Callable[[OSError], None]) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, onerror=tell):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            file = Path(place) / name
            if not name.startswith(".") and (file.suffix.lower() in _ENDINGS or _begins_so(file)):
                yield file


def _begins_so(file: Path) -> bool:
    """By its first bytes; of what is no file, such as a pipe, none is read."""
    try:
        if not file.is_file():
            return False
        with file.open("rb") as opened:
            head = opened.read(_HEAD_BYTES)
    except OSError:
        return False
    return picture_format(head) is not None or is_heic(head)
