"""Embeddings that are easy to think about: unit vectors on a circle.

Two of them that are ``d`` degrees apart have the distance 2 sin(d / 2): 30 degrees 0.52, 60 degrees
1.0, 90 degrees 1.41.
"""

from __future__ import annotations

import numpy as np

from facedoor.frames import Vector


def at(*degrees: float) -> Vector:
    """One unit vector for each angle: float32 of shape (n, 2)."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
