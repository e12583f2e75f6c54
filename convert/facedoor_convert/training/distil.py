"""Distillation: a small network learns to answer as a big one does, face by face.

No name is needed for it, only faces; and since both then speak of the same space, the small
network's embeddings can be compared with the big one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.training.batches import mirrored

if TYPE_CHECKING:
    from collections.abc import Callable

    from facedoor.frames import Image, Vector
    from facedoor.vision.embedder import Embedder


def answers(teacher: Embedder, crops: Image, report: Callable[[float], None]) -> Vector:
    """What the teacher says to each of its own ``crops``, uint8 (n, h, w, 3), and to their mirror.

    Unit vectors, float32 (2, n, d): first as they are, then mirrored. ``report`` gets the share
    that is done.
    """
    said = []
    for done, crop in enumerate(crops, start=1):
        said.append((teacher.embed(crop), teacher.embed(mirrored(crop))))
        report(done / len(crops))
    return np.asarray(said, np.float32).swapaxes(0, 1)
