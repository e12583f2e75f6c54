"""What every photo of a large set gives, kept in a file so that an interrupted run goes on.

A photo takes some 20 ms and a set has thousands of them. What is kept is thrown away when the pack
or the code that reads photos is another one: old embeddings would vouch for new code.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facedoor.camera import pictures
from facedoor.frames import Face, Image, Reason, Vector
from facedoor.vision import align, detector, embedder, interpreter, pack, quality, reader

SAVE_EVERY = 500
"""Photos between two savings: about ten seconds of work."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """What one photo gives: the embedding of the face nearest to its middle, why the door would not
    judge that face, and the embedding of the largest face where that is another one.

    Embeddings are float32 of shape (D,), ``None`` where there is no such face.
    """

    central: Vector | None
    refusal: Reason | None
    larger: Vector | None


@dataclass(slots=True, eq=False)
class Album:
    """Photos by name, in a file."""

    file: Path
    made_by: str
    photos: dict[str, Photo] = field(default_factory=dict)

    @classmethod
    def open(cls, file: Path, models: pack.Pack) -> Album:
        """The album in ``file``; an empty one if there is none, or if it was made otherwise."""
        album = cls(file, _fingerprint(models))
        if file.exists():
            with np.load(file) as stored:
                if str(stored["made_by"]) == album.made_by:
                    album.photos = {
                        str(name): Photo(_or_none(central), _reason(refusal), _or_none(larger))
                        for name, central, refusal, larger in zip(
                            *(stored[key] for key in ("names", "central", "refusals", "larger")),
                            strict=True,
                        )
                    }
        return album

    def add(
        self,
        paths: Mapping[str, Path],
        models: pack.Pack,
        on_progress: Callable[[float], None],
    ) -> None:
        """Read the photos in ``paths`` that are not in the album yet, and save it now and then.

        ``on_progress`` gets the share that is done, 0 to 1. Raises :class:`ImageError`.
        """
        missing = [name for name in paths if name not in self.photos]
        if not missing:
            return
        faces = reader.FaceReader.of(models)
        try:
            for done, name in enumerate(missing):
                if done % SAVE_EVERY == SAVE_EVERY - 1:
                    self._save()
                self.photos[name] = _photo(pictures.read_picture(paths[name]), faces)
                on_progress((done + 1) / len(missing))
        finally:
            self._save()

    def _save(self) -> None:
        photos = self.photos.values()
        size = max((len(p.central) for p in photos if p.central is not None), default=1)
        nothing = np.full(size, np.nan, np.float32)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.file.with_suffix(".part")
        with unfinished.open("wb") as out:
            np.savez(
                out,
                made_by=self.made_by,
                names=list(self.photos),
                central=[nothing if p.central is None else p.central for p in photos],
                refusals=[p.refusal or "" for p in photos],
                larger=[nothing if p.larger is None else p.larger for p in photos],
            )
        unfinished.replace(self.file)


def _photo(image: Image, faces: reader.FaceReader) -> Photo:
    found = faces.detector.find(image)
    if not found:
        return Photo(None, Reason.NO_FACE, None)
    central = min(found, key=lambda face: _off_centre(face, image))
    crop = faces.crop(image, central)
    larger = None if found[0] is central else faces.embed(faces.crop(image, found[0]))
    return Photo(faces.embed(crop), quality.assess(central, crop, image), larger)


def _off_centre(face: Face, image: Image) -> float:
    """Distance of the face from the middle of ``image``, in pixels."""
    x, y = face.box.centre
    return float(np.hypot(x - image.shape[1] / 2, y - image.shape[0] / 2))


def _fingerprint(models: pack.Pack) -> str:
    """A hash of everything that decides what a photo gives."""
    manifest = models.manifest
    parts = [model.sha256 for model in (manifest.embedder, manifest.search, manifest.landmarks)]
    parts.append(repr(manifest.crop))
    code = (
        pictures,
        align,
        detector,
        embedder,
        interpreter,
        quality,
        reader,
        sys.modules[__name__],
    )
    parts += [inspect.getsource(module) for module in code]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _or_none(stored: Vector) -> Vector | None:
    return None if np.isnan(stored).any() else stored


def _reason(stored: str) -> Reason | None:
    return Reason(str(stored)) if stored else None
