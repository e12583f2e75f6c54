"""People of LFW, and a door that they are enrolled at, without a state file.

Photos are read by the pack's own networks; those that the door's quality gate refuses are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import PACK, lfw
from facedoor.camera.pictures import read_picture
from facedoor.config.options import RecognitionConfig
from facedoor.frames import Image, Vector
from facedoor.identity.batch import Enrolee, JudgedBatch, Mandate, judge_batch
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex, distances
from facedoor.identity.templates import Templates
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader
from facedoor_convert.evaluation import embeddings, pairs
from facedoor_convert.evaluation.pairs import person_of

PHOTOS = 20
"""Most photos of a person that are read: as many as a person can have templates."""


@dataclass(frozen=True, slots=True)
class Photo:
    path: Path
    embedding: Vector


Everybody = Mapping[str, Sequence[Photo]]


def read(folds: Iterable[int], report: Callable[[float], None]) -> Everybody:
    """The photos of everybody whom LFW's pairs name in some ``folds``, counted from 1."""
    images, pairs_file = lfw.places()
    chosen = [pairs.read_pairs(pairs_file)[fold - 1] for fold in folds]
    named = {person_of(photo) for fold in chosen for p in fold for photo in (p.first, p.second)}
    paths: dict[str, dict[str, Path]] = defaultdict(dict)
    for name, path in sorted(pairs.people_in(images).items()):
        own = paths[person_of(name)]
        if person_of(name) in named and len(own) < PHOTOS:
            own[name] = path
    every = {name: path for own in paths.values() for name, path in own.items()}
    found = embeddings.embed(every, pack.load(PACK), report)
    return {
        person: fit
        for person, own in paths.items()
        if (fit := [Photo(own[n], v) for n in own if (v := _fit(found[n])) is not None])
    }


def _fit(photo: embeddings.EmbeddedPhoto) -> Vector | None:
    return None if photo.refusal else photo.embedding


def vectors(photos: Sequence[Photo]) -> Vector:
    return np.stack([photo.embedding for photo in photos])


class Morphs:
    """Pictures between two people: their aligned faces, laid over each other."""

    def __init__(self) -> None:
        self._reader = FaceReader.of(pack.load(PACK))
        self._crops: dict[Path, Image] = {}

    def between(self, one: Photo, other: Photo, shares: Iterable[float]) -> list[Vector]:
        """The embedding for each share of the other."""
        a, b = (self._crop(photo.path).astype(np.float32) for photo in (one, other))
        blended = [np.rint((1 - share) * a + share * b).astype(np.uint8) for share in shares]
        return [self._reader.embed(image) for image in blended]

    def _crop(self, path: Path) -> Image:
        if path not in self._crops:
            image = read_picture(path)
            found = self._reader.detector.find(image)
            face = embeddings.nearest_to_middle(found, image)
            self._crops[path] = self._reader.crop(image, face)
        return self._crops[path]


RISK = Risk(pack.load(PACK).manifest, RecognitionConfig())
ENROLLER = Mandate("enroller")


@dataclass
class Gallery:
    """Who is enrolled, and what an enroller can do to them. ``by_picture``: as a door would judge
    that looks at one picture after the other, at its nearest template and at its threshold."""

    by_picture: bool = False
    own: dict[str, Vector] = field(default_factory=dict)
    first: dict[str, Vector] = field(default_factory=dict)

    def templates(self) -> Templates:
        if not self.own:
            return Templates((), np.empty((0, 0), np.float32), np.empty(0, np.intp))
        owners = np.repeat(np.arange(len(self.own)), [len(own) for own in self.own.values()])
        return Templates(tuple(self.own), np.concatenate(list(self.own.values())), owners)

    def index(self) -> GalleryIndex:
        return GalleryIndex(self.templates(), RISK.correction)

    def put(self, name: str, faces: Vector) -> None:
        self.own[name] = self.first[name] = faces

    def add(self, name: str, faces: Vector) -> int:
        """How many are taken."""
        taken = self.would_take(name, faces)
        if len(taken):
            self.own[name] = np.concatenate([self.own.get(name, faces[:0]), taken])
            self.first.setdefault(name, taken)
        return len(taken)

    def would_take(self, name: str, faces: Vector) -> Vector:
        if self.by_picture:
            return self._picture_by_picture(name, faces)
        own, first = self.own.get(name, faces[:0]), self.first.get(name, faces[:0])
        batch = dict(enumerate(faces))
        person = Enrolee(name, own, first)
        judged: JudgedBatch = judge_batch(
            batch, person, self.templates(), RISK.enrolment_policy, ENROLLER
        )
        return faces[list(judged.accepted)]

    def _picture_by_picture(self, name: str, faces: Vector) -> Vector:
        others = GalleryIndex(self.templates().without({name}), RISK.correction)
        threshold = RISK.limit(len(self.own)).threshold
        own = list(self.own.get(name, faces[:0]))
        taken = []
        for face in faces:
            nearest = distances(np.stack(own), face).min() if own else 0.0
            is_new = others.match(face).distance > threshold
            if nearest <= RISK.unlike_distance and is_new and len(own) < PHOTOS:
                own.append(face)
                taken.append(face)
        return np.array(taken, np.float32).reshape(-1, faces.shape[1])
