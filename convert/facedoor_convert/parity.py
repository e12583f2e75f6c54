"""Proves that the quantised embedder still gives the float network's answers, on real faces.

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
    from facedoor_convert import recipe


def aligned_faces(
    photos: Mapping[str, bytes], detector: Detector, template: CropTemplate, size_px: int
) -> list[Image]:
    """The largest face of each encoded photo, as the door would cut it; RGB, ``size_px`` square.

    A photo without a face that the detector finds is left out.
    """
    crops = []
    for name, data in photos.items():
        image = decode_picture(data, name)
        if faces := detector.find(image):
            crops.append(align(image, faces[0], template, size_px, size_px))
    return crops


def measure(
    exact: Network, quantised: Network, crops: Sequence[Image], normalisation: str
) -> dict[str, float]:
    """How alike the two networks' embeddings of ``crops`` are, as the manifest states it."""
    one, other = Embedder(exact, normalisation), Embedder(quantised, normalisation)
    cosines = [float(one.embed(crop) @ other.embed(crop)) for crop in crops]
    return {
        "cosine_mean": round(float(np.mean(cosines)), 5),
        "cosine_min": round(min(cosines), 5),
        "faces": float(len(cosines)),
    }


def demand(measured: Mapping[str, float], tolerance: recipe.Parity) -> None:
    """Raise :class:`QualityError` unless ``measured`` keeps within the recipe's tolerance."""
    for key, least in (
        ("cosine_mean", tolerance.cosine_mean),
        ("cosine_min", tolerance.cosine_min),
    ):
        # Written so that nan fails.
        if not measured[key] >= least:
            raise QualityError(
                f"the int8 embedder strays from the float one: {key} is {measured[key]:.4f} over "
                f"{measured['faces']:.0f} faces, the recipe asks for {least}; install the "
                "quantiser of facedoor[convert], or record the ranges anew with --record"
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
