"""Templates as they are stored: bytes, and the unit vectors in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from facedoor.frames import Vector

STORED = np.dtype("<f4")
_UNIT_TOLERANCE = 1e-3
"""Largest difference of a squared length from 1: float32 rounding gives about 1e-6."""


def are_unit_vectors(vectors: Vector) -> bool:
    """True if all ``vectors``, of shape (..., D), are finite and of length 1."""
    return bool(np.all(_have_unit_length(vectors)))


def require_fit(blobs: Sequence[bytes]) -> None:
    """Raise ``ValueError`` unless ``blobs`` are the templates of one person by one model."""
    kept, _ = fit(blobs)
    if not blobs or len(kept) != len(blobs):
        raise ValueError("templates of one model have to be unit vectors of one size")


def fit(blobs: Sequence[bytes | None], size: int | None = None) -> tuple[list[int], Vector]:
    """Which of ``blobs`` are templates of ``size`` numbers, and their vectors: float32 (n, size).

    Without a ``size`` it is that of most of them. ``None`` stands for one that cannot be read.
    """
    lengths = Counter(len(blob) for blob in blobs if blob)
    if size is None and lengths:
        size = lengths.most_common(1)[0][0] // STORED.itemsize
    if not size:
        return [], np.empty((0, 0), np.float32)
    told = [i for i, blob in enumerate(blobs) if blob and len(blob) == size * STORED.itemsize]
    stored = np.frombuffer(b"".join(blobs[i] or b"" for i in told), STORED)
    vectors = stored.reshape(-1, size).astype(np.float32, copy=False)
    are_units = _have_unit_length(vectors)
    return [i for i, is_unit in zip(told, are_units, strict=True) if is_unit], vectors[are_units]


def _have_unit_length(vectors: Vector) -> NDArray[np.bool_]:
    """Of each of the ``vectors``, of shape (..., D): bool (...)."""
    squared = np.einsum("...i,...i->...", vectors, vectors)
    has: NDArray[np.bool_] = np.abs(squared - 1) <= _UNIT_TOLERANCE
    return has
