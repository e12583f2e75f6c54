"""Is a face covered: nose and mouth by a mask or a scarf, or the eyes by dark glasses?

Covered faces resemble each other more than their owners: whoever is enrolled so lets in strangers
who are covered alike. Neither the detector's scores nor the embedding tell them from bare ones, so
a network of our own looks at the face's pixels, 16 x 16 of them, through one hidden layer. It was
trained on covers that were drawn onto photos; ``python -m benchmarks.covers`` does that, writes
``covers.json``, and says what it is worth on drawn and on real ones.
"""

from __future__ import annotations

import base64
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Face, Image, Vector
from facedoor.vision.align import align
from facedoor.vision.pack import CropTemplate

NUMBERS = Path(__file__).with_name("covers.json")

SIDE_PX = 16
_CUT_PX = 48
_TEMPLATE = CropTemplate((16.0, 15.0), (32.0, 15.0), (24.0, 32.4), 1.0)
"""In the cut of 48 px, which is then shrunk: from the brows to below the chin."""

_LEAST_CONTRAST = 0.05
"""Of a cut with levels from 0 to 1; less is noise, which is not to be taken for a pattern."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How much more likely it is that a part is covered than that it is bare, as a logarithm, with
    0 where it is to be taken as covered."""

    mouth: float
    """Nose, mouth and chin."""
    eyes: float


@dataclass(frozen=True, slots=True, eq=False)
class CoverNetwork:
    """Two layers: float32 ``hidden`` of shape (768, H) and ``output`` of (H, 2), with biases."""

    hidden: Vector
    hidden_bias: Vector
    output: Vector
    output_bias: Vector

    def judge(self, image: Image, face: Face) -> Cover:
        """How covered ``face`` of an RGB ``image`` is."""
        mouth, eyes = self.scores(patch(image, face)[np.newaxis])[0]
        return Cover(float(mouth), float(eyes))

    def scores(self, patches: Vector) -> Vector:
        """Of patches of shape (n, 768): float32 of shape (n, 2)."""
        active = np.maximum(patches @ self.hidden + self.hidden_bias, 0)
        scores: Vector = active @ self.output + self.output_bias
        return scores

    @classmethod
    def load(cls, file: Path = NUMBERS) -> CoverNetwork:
        """The network as it was trained."""
        said = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            _unpacked(said["hidden"]),
            np.array(said["hidden_bias"], np.float32),
            np.array(said["output"], np.float32),
            np.array(said["output_bias"], np.float32),
        )


@functools.cache
def network() -> CoverNetwork:
    """The network that comes with this version."""
    return CoverNetwork.load()


def patch(image: Image, face: Face) -> Vector:
    """What the network sees of ``face``: float32 of shape (768,), of mean 0 and deviation 1."""
    near, moved = _surroundings(image, face)
    cut = align(near, moved, _TEMPLATE, _CUT_PX, _CUT_PX)
    small = cv2.resize(cut, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    levels = small.astype(np.float32) / np.float32(255)
    contrast = max(float(levels.std()), _LEAST_CONTRAST)
    even: Vector = ((levels - levels.mean()) / np.float32(contrast)).astype(np.float32).reshape(-1)
    return even


def packed(weights: Vector) -> dict[str, Any]:
    """Weights of shape (n, H) as JSON: int8 with one scale for each column."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    levels: NDArray[np.int8] = np.rint(weights / scale).astype(np.int8)
    return {
        "shape": list(weights.shape),
        "scale": [float(f"{one:.6g}") for one in scale],
        "int8": base64.b64encode(levels.tobytes()).decode(),
    }


def _unpacked(said: dict[str, Any]) -> Vector:
    levels = np.frombuffer(base64.b64decode(said["int8"]), np.int8).reshape(said["shape"])
    weights: Vector = levels.astype(np.float32) * np.array(said["scale"], np.float32)
    return weights


def _surroundings(image: Image, face: Face) -> tuple[Image, Face]:
    """The part of ``image`` about ``face``, and the face in it: a large picture is not shrunk as a
    whole for one face."""
    box = face.box
    height, width = image.shape[:2]
    left, top = int(box.left - box.width_px), int(box.top - box.height_px)
    right, bottom = int(box.right + box.width_px), int(box.bottom + box.height_px)
    left, top = min(max(0, left), width - 1), min(max(0, top), height - 1)
    near = image[top : max(top + 1, bottom), left : max(left + 1, right)]
    shift = np.array([left, top], np.float32)
    return near, Face(box, face.landmarks - shift, face.score)
