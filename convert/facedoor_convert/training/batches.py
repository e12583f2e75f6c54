"""What each step of a training sees: P people x K images, a little different every time.

The batch of a step follows from the seed and the step's number alone, so that a training that was
interrupted goes on exactly as it would have. What it should answer is who a face is or, where a big
network is distilled into a small one, the embedding that the big one gives: no name is needed for
that, and the two networks' embeddings can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from facedoor.vision.embedder import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from facedoor.frames import Image, Vector
    from facedoor.vision.embedder import Embedder

_MAX_SHIFT = 0.05
_MAX_ZOOM = 0.06
_MAX_TURN_DEG = 6.0
"""A little more than a crop really varies when the landmarks are not quite where they should be."""


class PeopleSampler:
    """Draws batches of ``people`` different people with ``images`` images each."""

    def __init__(self, labels: NDArray[np.int64], people: int, images: int, seed: int) -> None:
        """``labels`` names the person of each image. Fewer people than asked for make small
        batches; a person with fewer images than asked for has some of them twice."""
        self._members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self._people = min(people, len(self._members))
        self._images = images
        self._seed = seed

    def draw(self, step: int) -> tuple[NDArray[np.int64], np.random.Generator]:
        """The indices of the images of this step, and the step's source of randomness."""
        random = np.random.default_rng([self._seed, step])
        chosen = random.choice(len(self._members), self._people, replace=False)
        drawn = [
            random.choice(members, self._images, replace=len(members) < self._images)
            for members in (self._members[person] for person in chosen)
        ]
        return np.concatenate(drawn), random


def moved(crop: Image, random: np.random.Generator) -> Image:
    """``crop``, uint8 (h, w, 3), slightly shifted, zoomed and turned."""
    height, width = crop.shape[:2]
    turn_deg = random.uniform(-_MAX_TURN_DEG, _MAX_TURN_DEG)
    zoom = random.uniform(1 - _MAX_ZOOM, 1 + _MAX_ZOOM)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn_deg, zoom)
    shift_px = random.uniform(-_MAX_SHIFT, _MAX_SHIFT, 2) * (width, height)
    matrix = np.column_stack([matrix[:, :2], matrix[:, 2] + shift_px])
    return cv2.warpAffine(
        crop, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)


def mirrored(crops: Image) -> Image:
    """The same faces, uint8 (..., h, w, 3), with left and right exchanged."""
    return np.ascontiguousarray(crops[..., ::-1, :])


class Pictures:
    """Crops, uint8 (n, h, w, 3), shown a little different every time."""

    def __init__(self, crops: Image, normalisation: str) -> None:
        """``normalisation`` is that of the network which sees them."""
        self._crops = crops
        self._normalisation = normalisation

    def show(
        self, indices: NDArray[np.int64], flips: NDArray[np.int64], random: np.random.Generator
    ) -> Vector:
        chosen = (
            mirrored(self._crops[index]) if flip else self._crops[index]
            for index, flip in zip(indices, flips, strict=True)
        )
        return np.stack([normalise(moved(crop, random), self._normalisation) for crop in chosen])


class Features:
    """The outputs of a frozen trunk for crops and for their mirrors: (2, n, ...)."""

    def __init__(self, features: Vector) -> None:
        self._features = features

    def show(
        self, indices: NDArray[np.int64], flips: NDArray[np.int64], _: np.random.Generator
    ) -> Vector:
        return self._features[flips, indices]


def teacher_embeddings(teacher: Embedder, crops: Image, report: Callable[[float], None]) -> Vector:
    """The teacher's embeddings of its own ``crops``, uint8 (n, h, w, 3), and of their mirrors.

    Unit vectors, float32 (2, n, d): first as they are, then mirrored. ``report`` gets the share
    that is done.
    """
    found = []
    for done, crop in enumerate(crops, start=1):
        found.append((teacher.embed(crop), teacher.embed(mirrored(crop))))
        report(done / len(crops))
    return np.asarray(found, np.float32).swapaxes(0, 1)


class Batches:
    """What each step shows, and what the network should answer."""

    def __init__(
        self, sampler: PeopleSampler, shown: Pictures | Features, targets: NDArray[Any]
    ) -> None:
        """``targets`` is (2, n, ...): one for each image, and one for its mirror."""
        self._sampler = sampler
        self._shown = shown
        self._targets = targets

    def batch(self, step: int) -> tuple[Vector, NDArray[Any]]:
        """Inputs and targets of the step with this number."""
        indices, random = self._sampler.draw(step)
        flips = random.integers(0, 2, len(indices))
        return self._shown.show(indices, flips, random), self._targets[flips, indices]
