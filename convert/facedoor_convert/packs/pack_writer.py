"""Puts a finished pack in its place, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.files import sync_folder
from facedoor.vision import pack
from facedoor_convert.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """An empty folder for a new pack, which becomes ``output`` if the block ends without an error.

    Its parent is a working folder. Raises :class:`ConvertError`; a pack that lies at ``output`` is
    replaced only when the new one is whole.
    """
    output = output.absolute()
    try:
        check_target(output)
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as work:
            staged = Path(work) / "pack"
            staged.mkdir()
            yield staged
            put_in_place(staged, Path(work) / "previous", output)
    except OSError as error:
        raise ConvertError(f"cannot write the pack {output}: {error}") from error


def write_manifest(manifest: pack.Manifest, staged: Path) -> None:
    """Add the manifest to a pack and check it as the door does. Raises :class:`PackError`."""
    (staged / pack.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    pack.load(staged)


def check_target(directory: Path) -> None:
    """Raise :class:`ConvertError` unless ``directory`` is a pack, an empty folder or free.

    What lies there will be replaced, so it must not be somebody's home.
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
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    sync_folder(staged)
    try:
        if target.exists():
            target.rename(previous)
        staged.rename(target)
    except BaseException:
        if previous.exists() and not target.exists():
            previous.rename(target)
        raise
    sync_folder(target.parent)
