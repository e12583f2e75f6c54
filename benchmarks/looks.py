"""Looks at faces with how good they are: what a quality that weighs them could go by.

Looks are kept by the hash of the photo that they are made of, like embeddings
(:mod:`facedoor_convert.evaluation.embeddings`).
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from facedoor.camera import pictures
from facedoor.frames import Face, Image, Vector
from facedoor.vision import pose, quality
from facedoor.vision.detector import Detector
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor.vision.loading import loaded
from facedoor.vision.reader import FaceReader
from facedoor_convert import files
from facedoor_convert.evaluation import embeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

    from facedoor.views import View
    from facedoor.vision.pack import Pack

    Look: TypeAlias = tuple[Vector, list[float]]
    """An embedding, and its :data:`MEASURED`."""

MEASURED = (
    "face_px",
    "sharpness",
    "brightness",
    "yaw_deg",
    "pitch_deg",
    "roll_deg",
    "score",
    "length",
)
"""Of each look: as in :class:`facedoor.views.View` and :mod:`facedoor.vision.pose`, how sure the
detector is, and the length of the network's output before it is made a unit vector."""

SAVE_EVERY = 20


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """``embeddings`` are float32 (n, D), unit vectors in the order of time, ``measured`` float32
    (n, 8): :data:`MEASURED` of each."""

    embeddings: Vector
    measured: Vector

    def __len__(self) -> int:
        return len(self.embeddings)


class LengthKept(Network):
    """An embedder's network that says how long its last output was."""

    length = 0.0

    def run(self, tensor: NDArray[Any]) -> list[NDArray[Any]]:
        outputs = super().run(tensor)
        scale, zero_point = self.output_quantisation
        output = outputs[0][0].astype(np.float32)
        self.length = float(np.linalg.norm((output - zero_point) * scale if scale else output))
        return outputs


class MeasuringReader:
    """A pack's reader of faces that measures how good its looks are."""

    def __init__(self, models: Pack) -> None:
        manifest = models.manifest
        networks = (loaded(models, model, 1) for model in (manifest.search, manifest.landmarks))
        self.detector = Detector(*networks)
        self._network = LengthKept(models.path(manifest.embedder))
        embedder = Embedder(self._network, manifest.embedder.normalisation)
        self._faces = FaceReader(self.detector, embedder, manifest.crop)

    def view(self, image: Image, face: Face) -> Look | None:
        """What the door would have of a view of somebody who is the right way up; ``None`` where
        the gate refuses it."""
        reading = self._faces.view(image, face, is_upright=True)
        if reading.embedding is None or reading.view is None:
            return None
        return reading.embedding, self._measured(face, reading.view)

    def photo(self, image: Image) -> Look | None:
        """The face nearest to a photo's middle, good or not; ``None`` where there is none."""
        found = self.detector.find(image)
        if not found:
            return None
        face = embeddings.nearest_to_middle(found, image)
        crop = self._faces.crop(image, face)
        return self._faces.embed(crop), self._measured(face, quality.view_of(face, crop))

    def _measured(self, face: Face, view: View) -> list[float]:
        turned = view.yaw_deg, pose.pitch_deg(face), pose.roll_deg(face)
        return [
            view.face_px,
            view.sharpness,
            view.brightness,
            *turned,
            face.score,
            self._network.length,
        ]


def of_photos(
    paths: Mapping[str, Path], models: Pack, on_progress: Callable[[float], None]
) -> dict[str, Looks]:
    """Each photo itself as a look, by its name; none where it shows no face."""

    def look(image: Image, faces: MeasuringReader, _sha256: str) -> Iterable[Look]:
        found = faces.photo(image)
        return [] if found is None else [found]

    return kept(paths, models, (), look, on_progress)


def kept(
    paths: Mapping[str, Path],
    models: Pack,
    code: Iterable[ModuleType],
    make: Callable[[Image, MeasuringReader, str], Iterable[Look]],
    on_progress: Callable[[float], None],
) -> dict[str, Looks]:
    """What ``make`` makes of each photo and its SHA-256, by the photo's name; from the cache if it
    is known there for this pack and this ``code``.

    What was made before an interrupt is kept. Raises :class:`ImageError` and :class:`ConvertError`
    as :func:`facedoor_convert.evaluation.embeddings.embed` does.
    """
    hashes = {photo: files.sha256(path) for photo, path in paths.items()}
    sources = [inspect.getsource(module) for module in (sys.modules[__name__], *code)]
    parts = "\0".join([embeddings.fingerprint(models), *sources])
    file = (
        files.cache_directory() / "looks" / f"{hashlib.sha256(parts.encode()).hexdigest()[:16]}.npz"
    )
    known = _load(file)
    unknown = {sha256: paths[photo] for photo, sha256 in hashes.items() if sha256 not in known}
    if unknown:
        faces, size = MeasuringReader(models), models.manifest.embedding_size
        try:
            for done, (sha256, path) in enumerate(unknown.items(), 1):
                found = list(make(pictures.read_picture(path), faces, sha256))
                known[sha256] = Looks(
                    np.array([vector for vector, _ in found], np.float32).reshape(-1, size),
                    np.array([each for _, each in found], np.float32).reshape(-1, len(MEASURED)),
                )
                if done % SAVE_EVERY == 0:
                    _save(known, file)
                on_progress(done / len(unknown))
        finally:
            _save(known, file)
    return {photo: known[sha256] for photo, sha256 in hashes.items()}


def _load(file: Path) -> dict[str, Looks]:
    """The looks in ``file``, by the hash of their photo; none if it is missing or damaged."""
    try:
        with np.load(file) as stored:
            hashes, counts, vectors, measured = (
                stored[key] for key in ("hashes", "counts", "vectors", "measured")
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    ends = np.cumsum(counts)[:-1]
    each = zip(hashes, np.split(vectors, ends), np.split(measured, ends), strict=True)
    return {sha256.decode(): Looks(own, how) for sha256, own, how in each}


def _save(known: Mapping[str, Looks], file: Path) -> None:
    if not known:
        return
    with files.writing(file, "make room, or set XDG_CACHE_HOME") as out:
        np.savez(
            out,
            hashes=np.array([sha256.encode() for sha256 in known], "S64"),
            counts=np.array([len(looks) for looks in known.values()]),
            vectors=np.concatenate([looks.embeddings for looks in known.values()]),
            measured=np.concatenate([looks.measured for looks in known.values()]),
        )
