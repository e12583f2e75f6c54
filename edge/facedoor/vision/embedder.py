"""From a crop to an embedding: a unit vector, so that distance means people.

The distance between two embeddings is the L2 norm of their difference, 0 to 2 (Schroff,
Kalenichenko and Philbin, "FaceNet", 2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Image, Vector
from facedoor.vision.interpreter import Network


def normalise(crop: Image, normalisation: str) -> Vector:
    """What the network gets to see of ``crop``: float32 of its shape, not yet quantised.

    ``normalisation`` is a key of :data:`NORMALISATIONS`.
    """
    return np.take(NORMALISATIONS[normalisation](crop), crop)


def _standardised_levels(crop: Image) -> Vector:
    """(level - mean) / max(deviation, 1 / sqrt(size)), over all pixels and channels.

    A flat crop is divided by that root rather than by nothing. Sums of whole numbers make it the
    same anywhere.
    """
    counts = np.bincount(crop.reshape(-1), minlength=256)
    levels = np.arange(256)
    size = crop.size
    mean = int(counts @ levels) / size
    variance = int(counts @ levels**2) / size - mean**2
    scale = max(math.sqrt(max(variance, 0.0)), 1 / math.sqrt(size))
    return np.asarray((levels - mean) / scale, np.float32)


def _unit_levels(_crop: Image) -> Vector:
    """level / 255, whatever the crop."""
    return np.arange(256, dtype=np.float32) / np.float32(255)


def _centred_levels(_crop: Image) -> Vector:
    """(level - 127.5) / 128, whatever the crop."""
    return (np.arange(256, dtype=np.float32) - np.float32(127.5)) / np.float32(128)


NORMALISATIONS: Mapping[str, Callable[[Image], Vector]] = {
    "standardise": _standardised_levels,
    "unit": _unit_levels,
    "centred": _centred_levels,
}
"""What the 256 levels of a crop become, by the name that a manifest gives it."""


class Embedder:
    """The embedding network. Not safe for use by several threads at once."""

    def __init__(self, network: Network, normalisation: str) -> None:
        """``normalisation`` is what the manifest states, a key of :data:`NORMALISATIONS`."""
        self._network = network
        self._levels = NORMALISATIONS[normalisation]
        _, self.height_px, self.width_px, _ = network.input_shape

    def embed(self, crop: Image) -> Vector:
        """The embedding of an RGB crop of the network's own size: float32 of shape (D,), length 1.

        Raises ``ValueError`` when the network's output has no direction, which only a damaged model
        or a damaged picture can cause.
        """
        levels = _quantised(self._levels(crop), self._network)
        output = self._network.run(levels[crop][np.newaxis])[0][0]
        scale, zero_point = self._network.output_quantisation
        vector: Vector = output.astype(np.float32)
        if scale:
            vector = (vector - zero_point) * np.float32(scale)
        length = float(np.linalg.norm(vector))
        if not math.isfinite(length) or length == 0:
            raise ValueError("the embedding has no direction")
        return vector / np.float32(length)


def _quantised(levels: Vector, network: Network) -> NDArray[Any]:
    scale, zero_point = network.input_quantisation
    if not scale:
        return levels
    limits = np.iinfo(network.input_dtype)
    steps = np.rint(levels / np.float32(scale)) + zero_point
    return np.asarray(np.clip(steps, limits.min, limits.max), network.input_dtype)
