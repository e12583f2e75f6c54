"""Is this view of a face that of a living one? The liveness networks, fed as the manifest states.

They look at more than the face: at what surrounds it, where the edge of a screen or a sheet shows.
So each sees the face's box about its middle, ``crop_scale`` times as large, in the order of the
channels and the range of values that it was trained with. None of the three is to be guessed: a
wrong range makes the scores worthless, and a wrong order makes them worse while they still look
right. The door, the converter's measurement and the benchmarks all come here.

What a network was not made for is not judged, and never counts for a living face: see
:class:`Unjudged`.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from facedoor.errors import PackError
from facedoor.frames import Box, Face, Image, Vector
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import BUILD_HINT, LivenessModel, Pack

MIN_CROP_SCALE = 1.8
"""Least scale of a crop that is reduced until it fits the picture: below it so little is left of
the surroundings that replays on a screen that fills the view score as high as people."""

MIN_COLOUR = 3.0
"""See :func:`colour_of`. Of 394 people of LFW all but two greys and a sepia have more than 8; the
same pictures grey, also tinted, compressed or noisy, less than 2.8."""

_GREY_STEP = 4
"""Of the pixels of a view every so many, in both directions, are enough to tell."""


class Unjudged(enum.Enum):
    """Why a view has no score."""

    CROP_DOES_NOT_FIT = enum.auto()
    """The face is too close to see what surrounds it."""
    GREY = enum.auto()
    """The picture has no colour, as of an infrared camera: there the networks find nobody alive."""
    FAILED = enum.auto()
    """A network could not be run, or gave no number."""


@dataclass(frozen=True, slots=True)
class LivenessLook:
    """What one view says: ``score``, 0 (no living face) to 1, or why there is none."""

    score: float | None
    unjudged: Unjudged | None = None


class LivenessNetworks:
    """The liveness networks of a pack. Not safe for use by several threads at once."""

    def __init__(self, networks: Sequence[tuple[LivenessModel, Network]]) -> None:
        """Each network with what the manifest says of it; one at least."""
        self.networks = tuple(networks)
        """Each with what the manifest says of it."""
        self.failure = ""
        """What went wrong at the last look that was judged; empty: nothing. Any thread may read
        it."""

    @classmethod
    def of(cls, models: Pack, threads: int = 1) -> LivenessNetworks | None:
        """Those of a pack, if it has any. Raises :class:`PackError` when one cannot be run."""
        liveness = models.manifest.liveness
        if liveness is None:
            return None
        return cls([(model, _loaded(models, model, threads)) for model in liveness.networks])

    def look(self, image: Image, face: Face) -> LivenessLook:
        """Judge ``face`` in an RGB ``image``: the mean of the networks' scores. Never raises."""
        scores: list[float] = []
        for model, network in self.networks:
            # Whatever a model does, a door that is judged by it must neither open nor stop.
            try:
                seen = view(image, face.box, model)
                if seen is None:
                    return LivenessLook(None, Unjudged.CROP_DOES_NOT_FIT)
                # The first network's view tells for all: what is grey is grey at any size.
                if not scores and colour_of(seen) < MIN_COLOUR:
                    return LivenessLook(None, Unjudged.GREY)
                scores.append(_score(network, tensor(seen, model), model.live_class))
            except Exception as error:
                self.failure = f"{model.file} failed ({str(error).strip()})"
                return LivenessLook(None, Unjudged.FAILED)
        self.failure = ""
        return LivenessLook(sum(scores) / len(scores))


def crop_box(
    box: Box, width_px: int, height_px: int, scale: float
) -> tuple[int, int, int, int] | None:
    """What a network sees of a picture of that size: left, top, right, bottom, in whole pixels.

    ``box`` about its middle, ``scale`` times as large, or as large as fits the picture, then
    shifted inside. ``None`` where less than :data:`MIN_CROP_SCALE` fits, or ``scale`` if that is
    less, or the box is none.
    """
    if not (box.width_px >= 1 and box.height_px >= 1):
        return None
    fitting = min(scale, width_px / box.width_px, height_px / box.height_px)
    if fitting < min(scale, MIN_CROP_SCALE):
        return None
    middle_x, middle_y = box.centre
    wide, high = int(box.width_px * fitting), int(box.height_px * fitting)
    left = min(max(0, round(middle_x - wide / 2)), width_px - wide)
    top = min(max(0, round(middle_y - high / 2)), height_px - high)
    return left, top, left + wide, top + high


def view(image: Image, box: Box, model: LivenessModel) -> Image | None:
    """What ``model`` sees of a face: uint8 RGB of the network's size, or ``None`` if the crop does
    not fit into ``image``."""
    height, width = image.shape[:2]
    corners = crop_box(box, width, height, model.crop_scale)
    if corners is None:
        return None
    left, top, right, bottom = corners
    crop = image[top:bottom, left:right]
    # First by a whole factor with an area filter: a linear one alone would pick single pixels, and
    # alias what a screen's pixels show of themselves; an area filter alone takes three times as
    # long.
    factor = min((bottom - top) // model.height_px, (right - left) // model.width_px)
    if factor > 1:
        high, wide = (bottom - top) // factor, (right - left) // factor
        whole = crop[: high * factor, : wide * factor]
        crop = cv2.resize(whole, (wide, high), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    size = model.width_px, model.height_px
    return cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def tensor(seen: Image, model: LivenessModel) -> Vector:
    """A :func:`view` as the network takes it: float32 (1, height, width, 3), in the order of
    channels and the range of values that the manifest states."""
    ordered = cv2.cvtColor(seen, cv2.COLOR_RGB2BGR) if model.colour == "BGR" else seen
    scale = np.float32(model.value_range / 255)
    levels: Vector = np.multiply(ordered, scale, dtype=np.float32)[np.newaxis]
    return levels


def colour_of(seen: Image) -> float:
    """How much colour there is: 0 for grey, in levels.

    The spread of the pixels' colours about the one line that they would lie on if the picture were
    grey, or tinted as that of an infrared camera without a filter.
    """
    pixels = seen[::_GREY_STEP, ::_GREY_STEP].reshape(-1, 3).astype(np.float32)
    pixels -= pixels.mean(axis=0)
    spreads = np.linalg.eigvalsh(pixels.T @ pixels) / (len(pixels) - 1)
    return math.sqrt(max(0.0, float(spreads[0] + spreads[1])))


def _score(network: Network, seen: Vector, live_class: int) -> float:
    """The probability of the live class. Raises ``ValueError`` where there is none."""
    score = float(network.run(seen)[0].reshape(-1)[live_class])
    if not 0 <= score <= 1:  # nor is NaN
        raise ValueError(f"it gave {score}, which is no probability")
    return score


def _loaded(models: Pack, model: LivenessModel, threads: int) -> Network:
    """The network, if it takes what the manifest states. Raises :class:`PackError`."""
    network = Network(models.path(model), threads)
    wanted = (1, model.height_px, model.width_px, 3)
    if network.input_shape != wanted or network.input_dtype != np.float32:
        raise PackError(
            f"{models.path(model)} takes {network.input_shape} of {network.input_dtype}, but a "
            f"liveness network of the manifest takes {wanted} of float32: {BUILD_HINT}"
        )
    return network
