"""Embeddings of made-up people, who look alike in groups as real ones do."""

from __future__ import annotations

import numpy as np

from facedoor.frames import Vector

SIZE = 24


def made_up(
    people: int, photos: int = 2, seed: int = 1, name: str = "p"
) -> dict[str, Vector | None]:
    """Embeddings by photo, ``NAME/FILE``: unit vectors around one direction for each person."""
    draw = np.random.default_rng(seed)
    groups = draw.standard_normal((12, SIZE))
    found: dict[str, Vector | None] = {}
    for person in range(people):
        own = 0.6 * groups[draw.integers(12)] + draw.standard_normal(SIZE)
        for photo in range(photos):
            vector = own + 0.35 * draw.standard_normal(SIZE)
            unit = (vector / np.linalg.norm(vector)).astype(np.float32)
            found[f"{name}{person:04d}/{photo}.jpg"] = unit
    return found
