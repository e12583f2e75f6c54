"""The photos that come inside the weights' package, for demonstrations, tests and first tries.

The rights in them are their photographers': they are used from the package that every user can
fetch, and handed on by nobody.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from facedoor_convert.errors import ConvertError
from facedoor_convert.readers import package_source as source

if TYPE_CHECKING:
    from collections.abc import Callable

    from facedoor_convert.packs.recipe import Recipe


def unpack(recipe: Recipe, output: Path, on_progress: Callable[[float], None]) -> int:
    """Write the recipe's photos to ``output/train/PERSON`` and ``output/val/PERSON``.

    ``on_progress`` gets the share of the download that is done. Returns the number of photos.
    Raises :class:`ConvertError`.
    """
    count = 0
    for photos in (recipe.embedder.calibration, recipe.embedder.parity.photos):
        archive = source.obtain(recipe.packages[photos.package], on_progress)
        folder = PurePosixPath(photos.folder)
        for name, jpeg in archive.photos(photos.folder).items():
            target = output / folder.name / PurePosixPath(name).relative_to(folder)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(jpeg)
            except OSError as error:
                raise ConvertError(f"cannot write {target}: {error}") from error
            count += 1
    return count
