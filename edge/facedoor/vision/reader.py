"""Everything between a picture and an embedding, as the pack says it has to be done.

The door reads one view after another of faces that it follows; enrolment, ``verify``, ``identify``
and the converter read whole pictures. All of them go through the steps here, so that a template and
a probe are always made the same way. The crop above all: one that differs by a stretch or a swapped
pair of channels still looks like a face and still gives a vector, only a worse one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from facedoor.frames import Face, Image, Reading, Vector
from facedoor.reasons import Reason
from facedoor.views import View
from facedoor.vision import pack, quality, upright
from facedoor.vision.align import align
from facedoor.vision.detector import Detector
from facedoor.vision.embedder import Embedder
from facedoor.vision.liveness import LivenessNetworks
from facedoor.vision.loading import loaded
from facedoor.vision.second import SecondNetwork, SecondPack
from facedoor.vision.weight_cache import WeightCache

BYSTANDER_SHARE = 0.5
"""In a still picture, a second face at least this wide against the first makes it ambiguous whom
the picture shows; smaller ones are background."""


BEFORE_UPRIGHT = frozenset({Reason.TOO_FAR, Reason.UPSIDE_DOWN})
"""What :meth:`FaceReader.view` refuses before it knows that a face is the right way up."""

Stage: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""Entered for each step of the work on a face, by its name: for whoever times them."""

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
        second: SecondNetwork | None = None,
    ) -> None:
        self.detector = detector
        self._embedder = embedder
        self._template = template
        self.liveness = liveness
        """What tells a living face from a photo; ``None``: the pack has no network for it."""
        self.second = second
        """The second pack's embedder, for whoever compares; ``None``: there is none."""

    @classmethod
    def of(
        cls,
        models: pack.Pack,
        threads: int = 1,
        weights: WeightCache | None = None,
        second: SecondPack | None = None,
    ) -> FaceReader:
        """Load the models of a pack, and the embedder of a ``second``; packed ``weights`` can be
        kept.

        Raises :class:`PackError` when one cannot be run.
        """
        manifest = models.manifest
        return cls(
            Detector(
                loaded(models, manifest.search, threads),
                loaded(models, manifest.landmarks, threads),
            ),
            Embedder(
                loaded(models, manifest.embedder, threads, weights),
                manifest.embedder.normalisation,
            ),
            manifest.crop,
            LivenessNetworks.of(models, threads),
            None if second is None else SecondNetwork.of(second, threads, weights),
        )

    def crop(self, image: Image, face: Face) -> Image:
        """The aligned face: uint8 (height, width, 3) RGB, of the size that the embedder takes."""
        return align(image, face, self._template, self._embedder.width_px, self._embedder.height_px)

    def view(
        self, image: Image, face: Face, *, is_upright: bool = False, stage: Stage = nullcontext
    ) -> Reading:
        """What the door reads of a view of ``face`` in an RGB ``image``, which passed the gate or
        says why not.

        ``is_upright``: another view of the same face was seen to be, which takes the detector two
        looks to tell.
        """
        with stage("crop"):
            crop = self.crop(image, face)
        with stage("quality"):
            view = quality.view_of(face, crop)
            refusal = self._gate(image, face, view, is_upright)
        if refusal is not None:
            return Reading(None, refusal, face, view)
        with stage("embed"):
            return Reading(self.embed(crop), None, face, view)

    def _gate(self, image: Image, face: Face, view: View, is_upright: bool) -> Reason | None:
        if face.box.width_px < quality.AT_THE_DOOR.min_face_px:
            return Reason.TOO_FAR
        if not is_upright and upright.is_upside_down(self.detector, image, face):
            return Reason.UPSIDE_DOWN
        return quality.fault_of(view, face, image)

    def ask(self, image: Image, face: Face | None) -> Callable[[], Vector] | None:
        """What has the second embedder look at ``face``, where there is one."""
        if self.second is None or face is None:
            return None
        return self.second.ask(image, face)

    def embed(self, crop: Image) -> Vector:
        """The embedding of an aligned crop: float32 of shape (D,), length 1."""
        return self._embedder.embed(crop)

    def read(self, image: Image, demands: quality.Demands = quality.AT_THE_DOOR) -> Reading:
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
        if refusal := quality.assess(face, crop, image, demands):
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


@dataclass(frozen=True, slots=True)
class EnrolmentReader:
    """Reads pictures as an enrolment asks for them."""

    faces: FaceReader
    demands: quality.Demands = quality.FOR_ENROLMENT

    def read(self, image: Image) -> Reading:
        """As :meth:`FaceReader.read`, with more asked of the picture, and with what the second
        embedder gives, if there is one."""
        reading, second = self.faces.read(image, self.demands), self.faces.second
        if second is None or reading.embedding is None or reading.face is None:
            return reading
        return replace(reading, second=second.embed(image, reading.face))
