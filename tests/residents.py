"""People of the five-celebrities photos, enrolled in memory, and as figures to be painted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from facedoor.camera.pictures import read_picture, shrunk_to_fit
from facedoor.camera.scene import Figure
from facedoor.frames import Image
from facedoor.identity.templates import Templates
from facedoor.vision.reader import FaceReader

FOLDERS = {"Ben": "ben_afflek", "Jerry": "jerry_seinfeld"}
PICTURES = 8


def templates_of(reader: FaceReader, photos: Path, *names: str) -> Templates:
    """Of each of ``names``, those of the first :data:`PICTURES` photos that can be judged."""
    vectors = [
        [
            reading.embedding
            for path in sorted((photos / "train" / FOLDERS[name]).glob("*.jpg"))[:PICTURES]
            if (reading := reader.read(read_picture(path))).embedding is not None
        ]
        for name in names
    ]
    owners = np.repeat(np.arange(len(names)), [len(own) for own in vectors])
    return Templates(names, np.concatenate(vectors), owners)


def figure_of(photo: Image, coat: int, width_px: float) -> Figure:
    """Somebody who is painted no wider than this: made once, for hundreds of frames."""
    return Figure(shrunk_to_fit(photo, math.ceil(width_px), photo.shape[0]), coat)
