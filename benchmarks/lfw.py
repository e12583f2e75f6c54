"""Where the photos and pairs of Labeled Faces in the Wild lie, which nobody may hand on."""

from __future__ import annotations

import os
from pathlib import Path

from facedoor.errors import UsageError


def places() -> tuple[Path, Path]:
    """The folder of the photos, and the pairs file. Raises :class:`UsageError` if none is named."""
    directory = os.environ.get("FACEDOOR_LFW")
    if not directory:
        raise UsageError("set FACEDOOR_LFW to the folder with LFW's photos and its pairs.txt")
    pairs = os.environ.get("FACEDOOR_LFW_PAIRS") or Path(directory) / "pairs.txt"
    photos = Path(directory) / "lfw"
    return photos if photos.is_dir() else Path(directory), Path(pairs)
