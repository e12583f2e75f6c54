"""Training the network that tells covered faces from bare ones, on covers drawn onto photos."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks import drawn_covers, lfw
from facedoor.camera.pictures import read_picture
from facedoor.errors import ImageError
from facedoor.frames import Face, Image, Vector
from facedoor.vision.cover import SIDE_PX, CoverNetwork, patch
from facedoor.vision.reader import FaceReader
from facedoor_convert.evaluation import pairs
from facedoor_convert.evaluation.embeddings import nearest_to_middle
from facedoor_convert.evaluation.pairs import person_of

HIDDEN = 24
EPOCHS = 30
RATE = 2e-3
DECAY = 5e-3
BATCH = 128


class Drawn(enum.Enum):
    """What a face wears: whether its mouth is covered, and whether its eyes are."""

    NOTHING = (False, False)
    MASK = (True, False)
    SUNGLASSES = (False, True)
    BOTH = (True, True)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What the network sees of a face that the detector found in a changed photo, and the photo.

    ``photo`` is named as in LFW, ``PERSON/FILE``.
    """

    photo: str
    drawn: Drawn
    patch: Vector
    image: Image
    face: Face


def photos_of(folds: Iterable[int], most_of_each: int) -> Mapping[str, Path]:
    """Photos of the people whom LFW's pairs name in some ``folds``, counted from 1."""
    images, pairs_file = lfw.places()
    every = pairs.read_pairs(pairs_file)
    named = {
        person_of(photo)
        for fold in folds
        for pair in every[fold - 1]
        for photo in (pair.first, pair.second)
    }
    found: dict[str, Path] = {}
    taken: dict[str, int] = {}
    for photo, path in sorted(pairs.people_in(images).items()):
        person = person_of(photo)
        if person in named and taken.get(person, 0) < most_of_each:
            taken[person] = taken.get(person, 0) + 1
            found[photo] = path
    return found


def samples(
    photos: Mapping[str, Path],
    reader: FaceReader,
    rng: Generator,
    report: Callable[[float], None],
    keep_images: bool = False,
) -> list[Sample]:
    """Each photo in each way of :class:`Drawn`, as far as the detector finds its face then.

    Without ``keep_images`` the images are empty, for they need gigabytes.
    """
    found = []
    for done, (photo, path) in enumerate(photos.items(), 1):
        try:
            image = read_picture(path)
        except ImageError:
            continue
        faces = reader.detector.find(image)
        if not faces:
            continue
        face = nearest_to_middle(faces, image)
        for drawn in Drawn:
            changed = drawn_covers.varied(rng, dressed(rng, image, face, drawn))
            scale = changed.shape[1] / image.shape[1]
            seen = reader.detector.follow(changed, face.box.scaled(scale, scale))
            if seen is not None:
                kept = changed if keep_images else changed[:0]
                found.append(Sample(photo, drawn, patch(changed, seen), kept, seen))
        report(done / len(photos))
    return found


def dressed(rng: Generator, image: Image, face: Face, drawn: Drawn) -> Image:
    """``image`` in which ``face`` wears something."""
    mouth, eyes = drawn.value
    if mouth:
        image = drawn_covers.mask(rng, image, face)
    if eyes:
        image = drawn_covers.sunglasses(rng, image, face)
    return image


def train(looks: Sequence[Sample], rng: Generator, report: Callable[[float], None]) -> CoverNetwork:
    """A network of two layers, by Adam on the cross-entropy, each look also mirrored."""
    inputs = _with_mirrored(np.stack([look.patch for look in looks]))
    wanted = np.array([look.drawn.value for look in looks], np.float32)
    wanted = np.concatenate([wanted, wanted])
    size = inputs.shape[1]
    weights = [
        rng.normal(0, size**-0.5, (size, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        rng.normal(0, HIDDEN**-0.5, (HIDDEN, 2)).astype(np.float32),
        np.zeros(2, np.float32),
    ]
    adam = _Adam(weights)
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = rng.permutation(len(inputs))
        for begin in range(0, len(order), BATCH):
            chosen = order[begin : begin + BATCH]
            adam.step(_gradients(weights, inputs[chosen], wanted[chosen]), rate)
        report((epoch + 1) / EPOCHS)
    return CoverNetwork(*weights)


def shifted(network: CoverNetwork, bare: Vector, refused: tuple[float, float]) -> CoverNetwork:
    """The network with 0 where these shares of ``bare`` patches, (n, 768), are taken as covered."""
    scores = network.scores(_with_mirrored(bare))
    limits = [np.quantile(scores[:, n], 1 - share) for n, share in enumerate(refused)]
    bias = network.output_bias - np.array(limits, np.float32)
    return CoverNetwork(network.hidden, network.hidden_bias, network.output, bias)


def _with_mirrored(patches: Vector) -> Vector:
    mirrored = patches.reshape(-1, SIDE_PX, SIDE_PX, 3)[:, :, ::-1].reshape(len(patches), -1)
    return np.concatenate([patches, mirrored])


def _gradients(weights: Sequence[Vector], inputs: Vector, wanted: Vector) -> list[Vector]:
    hidden, hidden_bias, output, output_bias = weights
    before = inputs @ hidden + hidden_bias
    active = np.maximum(before, 0)
    likely = 1 / (1 + np.exp(-(active @ output + output_bias)))
    error = ((likely - wanted) / len(inputs)).astype(np.float32)
    back = (error @ output.T) * (before > 0)
    return [
        inputs.T @ back + DECAY * hidden,
        back.sum(axis=0),
        active.T @ error + DECAY * output,
        error.sum(axis=0),
    ]


class _Adam:
    """Kingma and Ba, "Adam: a method for stochastic optimization" (2015), with their constants."""

    def __init__(self, weights: Sequence[Vector]) -> None:
        self._weights = weights
        self._mean = [np.zeros_like(one) for one in weights]
        self._square = [np.zeros_like(one) for one in weights]
        self._steps = 0

    def step(self, gradients: Sequence[Vector], rate: float) -> None:
        self._steps += 1
        moments: NDArray[np.float64] = 1 - np.array([0.9, 0.999]) ** self._steps
        for n, gradient in enumerate(gradients):
            self._mean[n] += (1 - 0.9) * (gradient - self._mean[n])
            self._square[n] += (1 - 0.999) * (gradient**2 - self._square[n])
            slope = self._mean[n] / moments[0]
            spread = np.sqrt(self._square[n] / moments[1]) + 1e-8
            self._weights[n][...] -= rate * slope / spread
