"""Proves on real faces that an embedder of another form gives the float network's embeddings.

The photos may show the people that the ranges were recorded on, but they are other photos: it is a
check of numbers, and says nothing about how well people are told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor.camera.pictures import decode_picture
from facedoor.vision.align import align
from facedoor.vision.embedder import Embedder, normalise
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import QualityError
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facedoor.frames import Image, Vector
    from facedoor.vision.detector import Detector
    from facedoor.vision.pack import CropTemplate
    from facedoor_convert.tflite.forms import Form


def aligned_face(
    data: bytes, name: str, detector: Detector, template: CropTemplate, size_px: int
) -> Image | None:
    """The largest face of an encoded photo, as the door would cut it; RGB, ``size_px`` square.

    None where the detector finds none. Raises :class:`ImageError` for a damaged photo.
    """
    image = decode_picture(data, name)
    faces = detector.find(image)
    return align(image, faces[0], template, size_px, size_px) if faces else None


def aligned_faces(
    photos: Mapping[str, bytes], detector: Detector, template: CropTemplate, size_px: int
) -> list[Image]:
    """The aligned face of each photo in which one is found, in the photos' order."""
    faces = (aligned_face(photos[name], name, detector, template, size_px) for name in photos)
    return [face for face in faces if face is not None]


def measure(
    exact: Network, other: Network, crops: Sequence[Image], normalisation: str
) -> dict[str, float]:
    """How alike the two networks' embeddings of ``crops`` are, as the manifest states it.

    Raises :class:`QualityError` when there is no crop, or when an embedding has no direction.
    """
    if not crops:
        raise QualityError("no face was found to compare the networks on: give photos with faces")
    one, two = Embedder(exact, normalisation), Embedder(other, normalisation)
    try:
        cosines = [float(one.embed(crop) @ two.embed(crop)) for crop in crops]
    except ValueError as error:
        raise QualityError(f"the embedder is damaged: {error}") from error
    return {
        "cosine_mean": round(float(np.mean(cosines)), 5),
        "cosine_min": round(min(cosines), 5),
        "faces": float(len(cosines)),
    }


def prove(
    exact: Path, other: Path, form: Form, crops: Sequence[Image], normalisation: str, hint: str
) -> dict[str, float]:
    """The measures of :func:`measure` for two embedders; ``other`` has to keep to its ``form``.

    Raises :class:`QualityError`, with the ``hint`` what to do, when it strays, or when XNNPACK
    should run it in one piece and does not.
    """
    network = Network(other)
    if form.in_xnnpack:
        demand_full_delegation(network, other.name)
    measured = measure(Network(exact), network, crops, normalisation)
    demand(measured, form, hint)
    return measured


def prove_written(source: Path, written: Path, crops: Sequence[Image], normalisation: str) -> float:
    """The least cosine of the embeddings of ``written``, a float model made of the TFLite file
    ``source``, to those that the file itself gives, whatever its batch.

    Raises :class:`QualityError` when they differ by more than float32 rounds, or there is no crop.
    """
    ours, theirs = Embedder(Network(written), normalisation), Network(source)
    cosines = [
        float(ours.embed(crop) @ _in_a_batch(theirs, normalise(crop, normalisation)))
        for crop in crops
    ]
    least, asked = min(cosines, default=0.0), FORMS["float32"].cosine_min
    if not least >= asked:
        raise QualityError(
            f"the float network strays from {source.name}, of which it was made: the least cosine "
            f"is {least:.6f} over {len(crops)} faces, at least {asked} is asked for; check that "
            "this machine's ai-edge-litert is the one of facedoor[convert]"
        )
    return round(least, 6)


def _in_a_batch(network: Network, levels: Vector) -> Vector:
    """The unit vector for one face with which the whole batch of ``network`` is filled."""
    batch = network.input_shape[0]
    vector = network.run(np.repeat(levels[np.newaxis], batch, axis=0))[0][0]
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


def demand(measured: Mapping[str, float], form: Form, hint: str) -> None:
    """Raise :class:`QualityError`, with the ``hint``, unless ``measured`` keeps to the ``form``."""
    for key, least in (("cosine_mean", form.cosine_mean), ("cosine_min", form.cosine_min)):
        # Written so that nan fails.
        if not measured[key] >= least:
            raise QualityError(
                f"the {form.name} embedder strays from the float one: {key} is "
                f"{measured[key]:.4f} over {measured['faces']:.0f} faces, at least {least} is "
                f"asked for; {hint}"
            )


def demand_full_delegation(network: Network, name: str) -> None:
    """Raise :class:`QualityError` unless XNNPACK runs all of ``network`` in one piece."""
    delegation = network.delegation()
    if not delegation.is_full:
        outside = ", ".join(sorted(set(delegation.left_over))) or "none"
        raise QualityError(
            f"{name} would run many times slower than it can: XNNPACK takes it in "
            f"{delegation.partitions} pieces and leaves out {outside}; check that this machine's "
            "ai-edge-litert is the one of facedoor[convert]"
        )
