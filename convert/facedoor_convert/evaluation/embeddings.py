"""The embedding of every photo of a set, cached so that an interrupted run goes on.

A photo takes some 30 ms and a set has thousands of them. A photo is known by its bytes, so that a
set may be moved, renamed, or share photos with another. What is kept belongs to one pack and one
state of the code that reads photos: old embeddings would vouch for new code.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor.camera import pictures
from facedoor.errors import ImageError
from facedoor.frames import Face, Image, Vector
from facedoor.reasons import Reason
from facedoor.vision import (
    align,
    cover,
    detector,
    embedder,
    interpreter,
    pack,
    pose,
    quality,
    reader,
)
from facedoor_convert import files
from facedoor_convert.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SAVE_EVERY = 500
"""Photos between two savings: about fifteen seconds of work."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedPhoto:
    """The embedding of the face nearest to a photo's middle, float32 of shape (D,) and length 1,
    ``None`` where no face was found; and why the door would not judge that face.

    Sets of single faces are cut about the person they name, so a larger face beside is a
    bystander: to take the largest instead costs LFW 1.3 points of accuracy. The quality gate does
    not keep a face from being compared here.
    """

    embedding: Vector | None
    refusal: Reason | None


def with_embedder(models: pack.Pack, file: Path) -> pack.Pack:
    """``models`` with the embedder in ``file`` (TFLite) instead of their own.

    Its input may have another size: the crop grows or shrinks with it. Raises :class:`PackError`
    when it cannot be run, and :class:`ConvertError` when it does not make one vector of one RGB
    picture.
    """
    network = interpreter.Network(file)
    shape = network.input_shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != 3:
        raise ConvertError(f"{file} is no embedder: it takes {shape}, not one RGB picture")
    outputs = network.run(np.zeros(shape, network.input_dtype))
    if len(outputs) != 1 or outputs[0].ndim != 2:
        raise ConvertError(f"{file} is no embedder: it does not give one vector for a picture")
    own, crop = models.manifest.embedder, models.manifest.crop
    across, down = shape[2] / own.width_px, shape[1] / own.height_px
    other = dataclasses.replace(
        own,
        file=str(file.absolute()),
        sha256=files.sha256(file),
        width_px=shape[2],
        height_px=shape[1],
    )
    template = scaled(crop, across, down)
    manifest = dataclasses.replace(models.manifest, embedder=other, crop=template, calibration=None)
    return pack.Pack(models.directory, manifest)


def scaled(crop: pack.CropTemplate, across: float, down: float) -> pack.CropTemplate:
    """The template of a crop that is so many times as wide and as high."""
    points = (crop.left_eye, crop.right_eye, crop.mouth)
    left_eye, right_eye, mouth = ((x * across, y * down) for x, y in points)
    return pack.CropTemplate(left_eye, right_eye, mouth, crop.stretch_x)


def embed(
    paths: Mapping[str, Path], models: pack.Pack, on_progress: Callable[[float], None]
) -> dict[str, EmbeddedPhoto]:
    """The embedding of each photo in ``paths``, by its name there; from the cache if it is known.

    ``on_progress`` gets the share that is done, 0 to 1. What was read before an interrupt or an
    error is kept; of two runs at once, each may lose what the other has read. Raises
    :class:`ImageError`, naming the file, for one that is no picture, and :class:`ConvertError` when
    the cache cannot be written or the embedder gives no numbers.
    """
    hashes = {name: _sha256(path) for name, path in paths.items()}
    file = files.cache_directory() / "embeddings" / f"{fingerprint(models)[:16]}.npz"
    known = _load(file)
    unknown = {sha256: paths[name] for name, sha256 in hashes.items() if sha256 not in known}
    if unknown:
        faces = reader.FaceReader.of(models)
        try:
            for done, (sha256, path) in enumerate(unknown.items(), 1):
                known[sha256] = _read(path, faces)
                if done % SAVE_EVERY == 0:
                    _save(known, file)
                on_progress(done / len(unknown))
        finally:
            _save(known, file)
    return {name: known[sha256] for name, sha256 in hashes.items()}


def fingerprint(models: pack.Pack) -> str:
    """A hash of everything that decides a photo's embedding."""
    manifest = models.manifest
    parts = [model.sha256 for model in (manifest.embedder, manifest.search, manifest.landmarks)]
    parts += [repr(manifest.crop), manifest.embedder.normalisation]
    code = (pictures, detector, embedder, interpreter, quality, pose, cover, reader, align)
    parts += [inspect.getsource(module) for module in code]
    parts += [inspect.getsource(function) for function in (_read, nearest_to_middle)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(path: Path, faces: reader.FaceReader) -> EmbeddedPhoto:
    image = pictures.read_picture(path)
    found = faces.detector.find(image)
    if not found:
        return EmbeddedPhoto(None, Reason.NO_FACE)
    face = nearest_to_middle(found, image)
    crop = faces.crop(image, face)
    try:
        embedding = faces.embed(crop)
    except ValueError as error:
        raise ConvertError(
            f"the embedder gives nothing for {path} ({error}): build it anew"
        ) from error
    return EmbeddedPhoto(embedding, quality.assess(face, crop, image))


def nearest_to_middle(faces: Sequence[Face], image: Image) -> Face:
    """The one of ``faces`` that is nearest to the middle of ``image``."""

    def off_middle(face: Face) -> float:
        x, y = face.box.centre
        return float(np.hypot(x - image.shape[1] / 2, y - image.shape[0] / 2))

    return min(faces, key=off_middle)


def _sha256(path: Path) -> str:
    try:
        return files.sha256(path)
    except OSError as error:
        raise ImageError(f"{path} cannot be read ({error.strerror}): check its rights") from error


def _load(file: Path) -> dict[str, EmbeddedPhoto]:
    """The embeddings in ``file``; none if it is missing or damaged."""
    try:
        with np.load(file) as stored:
            hashes, embeddings, refusals = (
                stored[key] for key in ("hashes", "embeddings", "refusals")
            )
            return {
                sha256.decode(): EmbeddedPhoto(
                    None if np.isnan(embedding).any() else embedding,
                    Reason(refusal.decode()) if refusal else None,
                )
                for sha256, embedding, refusal in zip(hashes, embeddings, refusals, strict=True)
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def _save(photos: Mapping[str, EmbeddedPhoto], file: Path) -> None:
    size = max((len(p.embedding) for p in photos.values() if p.embedding is not None), default=1)
    nothing = np.full(size, np.nan, np.float32)
    embeddings = [nothing if p.embedding is None else p.embedding for p in photos.values()]
    with files.writing(file, "make room, or set XDG_CACHE_HOME") as out:
        np.savez(
            out,
            hashes=np.array([sha256.encode() for sha256 in photos], "S64"),
            embeddings=np.array(embeddings, np.float32).reshape(len(photos), size),
            refusals=np.array([(p.refusal or "").encode() for p in photos.values()], "S"),
        )
