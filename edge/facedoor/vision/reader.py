"""Everything between a picture and an embedding, as the pack says it has to be done.

The door's frame path calls the steps one by one; enrolment, ``verify``, ``identify`` and the
converter read whole pictures. All of them go through the steps here, so that a template and a probe
are always made the same way. The crop above all: one that differs by a stretch or a swapped pair of
channels still looks like a face and still gives a vector, only a worse one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.errors import PackError
from facedoor.frames import Face, Image, Reading, Vector
from facedoor.reasons import Reason
from facedoor.vision import pack, quality, upright
from facedoor.vision.detector import Detector
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor.vision.liveness import LivenessNetworks
from facedoor.vision.pack import CropTemplate

BYSTANDER_SHARE = 0.5
"""In a still picture, a second face at least this wide against the first makes it ambiguous whom
the picture shows; smaller ones are background."""


LARGE_PX = 1600
"""A picture with a longer side than this, which no door's frame has by default, is searched in
parts where it shows no face as a whole."""


class FaceReader:
    """A pack's models, ready to use. Not safe for use by several threads at once."""

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        template: pack.CropTemplate,
        liveness: LivenessNetworks | None = None,
    ) -> None:
        self.detector = detector
        self._embedder = embedder
        self._template = template
        self.liveness = liveness
        """What tells a living face from a photo; ``None``: the pack has no network for it."""

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
            LivenessNetworks.of(models, threads),
        )

    def crop(self, image: Image, face: Face) -> Image:
        """The aligned face: uint8 (height, width, 3) RGB, of the size that the embedder takes."""
        return align(image, face, self._template, self._embedder.width_px, self._embedder.height_px)

    def embed(self, crop: Image) -> Vector:
        """The embedding of an aligned crop: float32 of shape (D,), length 1."""
        return self._embedder.embed(crop)

    def read(self, image: Image) -> Reading:
        """The embedding of the one person that a still picture shows, or why there is none."""
        faces = self.detector.find(image)
        if not faces:
            fault = upright.fault_of_turn(self.detector, image, None)
            return Reading(None, fault or self._fault_of_size(image))
        face, *others = faces
        if fault := upright.fault_of_turn(self.detector, image, face):
            return Reading(None, fault, face)
        if any(o.box.width_px >= BYSTANDER_SHARE * face.box.width_px for o in others):
            return Reading(None, Reason.SEVERAL_FACES, face)
        crop = self.crop(image, face)
        if refusal := quality.assess(face, crop, image):
            return Reading(None, refusal, face)
        return Reading(self.embed(crop), None, face)

    def _fault_of_size(self, image: Image) -> Reason:
        """Why no face was found: it may be too small against the picture for the search."""
        height, width = image.shape[:2]
        if max(height, width) < LARGE_PX:
            return Reason.NO_FACE
        rows, columns = (_thirds(length) for length in (height, width))
        tiles = (np.ascontiguousarray(image[row, column]) for row in rows for column in columns)
        return Reason.TOO_FAR if any(map(self.detector.find, tiles)) else Reason.NO_FACE


def _thirds(length_px: int) -> list[slice]:
    """Three parts of half the length, that overlap."""
    half = length_px // 2
    return [slice(start, start + half) for start in (0, length_px // 4, length_px - half)]


def _loaded(models: pack.Pack, model: pack.Model, threads: int) -> Network:
    """The model, if it takes pictures of the size that the manifest states."""
    network = Network(models.path(model), threads)
    if network.input_shape != (1, model.height_px, model.width_px, 3):
        raise PackError(
            f"{models.path(model)} takes {network.input_shape}, but the manifest says "
            f"{model.width_px} x {model.height_px} px: {pack.BUILD_HINT}"
        )
    return network


def similarity_transform(source: Vector, target: Vector) -> NDArray[np.float64]:
    """The least-squares rotation, uniform scale and shift that take ``source`` onto ``target``.

    Both are of shape (n, 2) with n >= 2; the result is a 2x3 matrix. In two dimensions the
    solution of Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns" (1991), has a closed form when points are read as complex numbers: with both centred,
    the factor is sum(conj(s) t) / sum(|s|^2). Raises ``ValueError`` when all points coincide.
    """
    s = source.astype(np.float64) @ np.array([1, 1j])
    t = target.astype(np.float64) @ np.array([1, 1j])
    spread = np.sum(np.abs(s - s.mean()) ** 2)
    if spread == 0:
        raise ValueError("the landmarks coincide, so they say nothing about scale")
    factor = np.sum(np.conj(s - s.mean()) * (t - t.mean())) / spread
    shift = t.mean() - factor * s.mean()
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def crop_transform(face: Face, template: CropTemplate, width_px: int) -> NDArray[np.float64]:
    """The 2x3 matrix from the frame to the crop: similarity onto the template, then the stretch."""
    target = np.array([template.left_eye, template.right_eye, template.mouth], np.float32)
    matrix = similarity_transform(face.landmarks[[0, 1, 3]], target)
    middle = width_px / 2
    matrix[0] *= template.stretch_x
    matrix[0, 2] += middle * (1 - template.stretch_x)
    return matrix


def align(image: Image, face: Face, template: CropTemplate, width_px: int, height_px: int) -> Image:
    """Cut ``face`` out of an RGB ``image`` as the manifest's template asks.

    Returns uint8 (height_px, width_px, 3). Where the crop is a strong reduction the image is first
    shrunk with an area filter: a plain warp would pick single pixels and alias.
    """
    matrix = crop_transform(face, template, width_px)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    image, matrix = _shrunk(image, matrix, scale)
    warped = cv2.warpAffine(
        image,
        matrix,
        (width_px, height_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped.astype(np.uint8, copy=False)


def _shrunk(
    image: Image, matrix: NDArray[np.float64], scale: float
) -> tuple[Image, NDArray[np.float64]]:
    """Reduce ``image`` by a whole factor so that the warp that is left reduces by less than two."""
    factor = min(int(1 / scale), *image.shape[:2]) if scale > 0 else 1
    if factor < 2:
        return image, matrix
    height, width = image.shape[0] // factor, image.shape[1] // factor
    cut = image[: height * factor, : width * factor]
    small = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    # A pixel's centre at x of the small image lay at factor * x + (factor - 1) / 2.
    lift = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return small, matrix @ lift
