"""Everything between a picture and an embedding, as the pack says it has to be done.

The door's frame path calls the steps one by one; enrolment, ``verify``, ``identify`` and the
converter read whole pictures. All of them go through the steps here, so that a template and a probe
are always made the same way.
"""

from __future__ import annotations

from facedoor.errors import PackError
from facedoor.frames import Face, Image, Reading, Vector
from facedoor.reasons import Reason
from facedoor.vision import align, pack, quality
from facedoor.vision.detector import Detector
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network

BYSTANDER_SHARE = 0.5
"""In a still picture, a second face at least this wide against the first makes it ambiguous whom
the picture shows; smaller ones are background."""


class FaceReader:
    """A pack's models, ready to use. Not safe for use by several threads at once."""

    def __init__(self, detector: Detector, embedder: Embedder, template: pack.CropTemplate) -> None:
        self.detector = detector
        self._embedder = embedder
        self._template = template

    @classmethod
    def of(cls, models: pack.Pack, threads: int = 1) -> FaceReader:
        """Load the models of a pack. Raises :class:`PackError` when one cannot be run."""
        manifest = models.manifest
        return cls(
            Detector(
                _loaded(models, manifest.search, threads),
                _loaded(models, manifest.landmarks, threads),
            ),
            Embedder(_loaded(models, manifest.embedder, threads), manifest.embedder.normalisation),
            manifest.crop,
        )

    def crop(self, image: Image, face: Face) -> Image:
        """The aligned face: uint8 (height, width, 3) RGB, of the size that the embedder takes."""
        return align.align(
            image, face, self._template, self._embedder.width_px, self._embedder.height_px
        )

    def embed(self, crop: Image) -> Vector:
        """The embedding of an aligned crop: float32 of shape (D,), length 1."""
        return self._embedder.embed(crop)

    def read(self, image: Image) -> Reading:
        """The embedding of the one person that a still picture shows, or why there is none."""
        faces = self.detector.find(image)
        if not faces:
            return Reading(None, Reason.NO_FACE)
        face, *others = faces
        if any(o.box.width_px >= BYSTANDER_SHARE * face.box.width_px for o in others):
            return Reading(None, Reason.SEVERAL_FACES, face)
        crop = self.crop(image, face)
        if refusal := quality.assess(face, crop, image):
            return Reading(None, refusal, face)
        return Reading(self.embed(crop), None, face)


def _loaded(models: pack.Pack, model: pack.Model, threads: int) -> Network:
    """The model, if it takes pictures of the size that the manifest states."""
    network = Network(models.path(model), threads)
    if network.input_shape != (1, model.height_px, model.width_px, 3):
        raise PackError(
            f"{models.path(model)} takes {network.input_shape}, but the manifest says "
            f"{model.width_px} x {model.height_px} px: {pack.BUILD_HINT}"
        )
    return network
