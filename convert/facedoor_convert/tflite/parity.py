"""Proves that an embedder of another form still gives the float network's answers, on real faces.

The photos may show the people that the ranges were recorded on, but they are other photos: it is a
check of numbers, and says nothing about how well people are told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facedoor.camera.pictures import decode_picture
from facedoor.vision.align import align
from facedoor.vision.embedder import Embedder
from facedoor_convert.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Image
    from facedoor.vision.detector import Detector
    from facedoor.vision.interpreter import Network
    from facedoor.vision.pack import CropTemplate
    from facedoor_convert.packs import recipe
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


def demand(measured: Mapping[str, float], tolerance: recipe.Parity, form: Form) -> None:
    """Raise :class:`QualityError` unless ``measured`` keeps within both tolerances.

    That of the form is what any network of it has to keep; that of the recipe may ask for more.
    """
    for key, least in (
        ("cosine_mean", max(tolerance.cosine_mean, form.cosine_mean)),
        ("cosine_min", max(tolerance.cosine_min, form.cosine_min)),
    ):
        # Written so that nan fails.
        if not measured[key] >= least:
            raise QualityError(
                f"the {form.name} embedder strays from the float one: {key} is "
                f"{measured[key]:.4f} over {measured['faces']:.0f} faces, at least {least} is "
                "asked for; install the quantiser of facedoor[convert], or record the ranges anew "
                "with --record"
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
