"""Puts a finished pack in its place, whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from facedoor.vision import pack
from facedoor_convert.errors import ConvertError

if TYPE_CHECKING:
    from pathlib import Path


def check_target(directory: Path) -> None:
    """Raise :class:`ConvertError` when ``directory`` is something else than a pack or a free place.

    Whatever lies there is going to be replaced, so it must not be somebody's home.
    """
    if not directory.exists() or (directory / pack.MANIFEST).is_file():
        return
    if not directory.is_dir() or any(directory.iterdir()):
        raise ConvertError(f"{directory} exists and is no pack: choose another --output")


def put_in_place(staged: Path, previous: Path, target: Path) -> None:
    """Move the folder ``staged`` to ``target``; a pack that lies there goes to ``previous``.

    All three lie on one file system. Everything is on the disk before the first name changes. It
    takes two renames: should the second fail, or an interrupt come between them, the first is taken
    back. Only a power cut in that instant leaves ``target`` empty, and then the door stays shut.
    """
    for file in staged.iterdir():
        _sync(file)
    _sync(staged)
    try:
        if target.exists():
            target.rename(previous)
        staged.rename(target)
    except BaseException:
        if previous.exists() and not target.exists():
            previous.rename(target)
        raise
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
