"""The whole way from a folder of photos to a trained pack: cut, measure, train, measure, write."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facedoor.vision import pack
from facedoor.vision.detector import Detector
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import ConvertError
from facedoor_convert.training import (
    datasets,
    fitting,
    held_out,
    keras_twin,
    losses,
    students,
    trained_pack,
)
from facedoor_convert.training import order as steps
from facedoor_convert.training.batches import (
    Batches,
    Features,
    PeopleSampler,
    Pictures,
    mirrored,
    teacher_embeddings,
)
from facedoor_convert.training.fitting import Checkpoint
from facedoor_convert.training.report import TrainingResult, draw
from facedoor_convert.training.students import Student
from facedoor_convert.training.trained_pack import Trained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from facedoor.frames import Image
    from facedoor_convert.progress import Progress
    from facedoor_convert.training.datasets import Faces, Person
    from facedoor_convert.training.order import Order

_MEASURED_PEOPLE, _MEASURED_PHOTOS = 200, 20
"""Enough to measure on: more cost time, and the photos of a few would outweigh everybody's."""

_RECORDED, _PROVED = 100, 50
"""Faces for the ranges and for the parity of the int8 form."""


def train(
    order: Order, base: pack.Pack, recipe_path: Path, output: Path, progress: Progress
) -> TrainingResult:
    """Carry out ``order`` with the detectors of ``base``; everything goes into ``output``.

    A training that was interrupted goes on where it was. Raises :class:`ConvertError`.
    """
    people = datasets.find_people(order.folder, order.photos)
    trained, others = datasets.split_people(people, order.people)
    others = [
        dataclasses.replace(person, photos=person.photos[:_MEASURED_PHOTOS])
        for person in others[:_MEASURED_PEOPLE]
    ]
    with progress.step(steps.PREPARE) as report:
        student = _student(order, base.manifest, recipe_path, report)
    with progress.step(steps.CUT) as report:
        cutter = _cutter(base, student.crop, student.size_px, output)
        faces = cutter.cut(trained, lambda share: report(share / 2))
        unseen = cutter.cut(others, lambda share: report((1 + share) / 2))
    with progress.step(steps.FEATURES) as report:
        shown = _shown(student, faces.crops, lambda share: report(share * 2 / 3))
        features = student.features(unseen.crops, lambda share: report((2 + share) / 3))
    with progress.step(steps.BEFORE) as report:
        embeddings = students.embeddings(student.head, features, report)
        before = held_out.all_pairs(embeddings, unseen.labels)
    with progress.step(steps.TEACH) as report:
        targets = _targets(order, base, trained, faces, output, report)
    sampler = PeopleSampler(faces.labels, *order.people_and_images, order.seed)
    batches = Batches(sampler, shown, targets)
    with progress.step(steps.TRAIN) as report:
        model = keras_twin.to_keras(student.head, normalise=not student.learned)
        purpose = _purpose(order, base.manifest, student, trained)
        checkpoint = Checkpoint(output / "checkpoint.npz", purpose)
        loss = losses.to_teacher if order.distil else losses.MINING[order.mining]
        curve = fitting.fit(model, loss, batches.batch, order.course, checkpoint, report)
        head = keras_twin.to_graph(model, student.head)
    with progress.step(steps.AFTER) as report:
        embeddings = students.embeddings(head, features, report)
        after = held_out.all_pairs(embeddings, unseen.labels)
        comparison = held_out.compare(before, after, order.seed)
    with progress.step(steps.WRITE):
        picture = output / "training.png"
        draw(curve, comparison, before, after, picture)
        made = None
        if comparison.verdict != "worse":
            made = output / "pack"
            training_data = (
                f"{len(faces.labels)} photos of {len(trained)} people in the folder "
                f"{order.folder.name}, {order.describe()}"
            )
            crops = _spread(faces.crops, _RECORDED), _spread(unseen.crops, _PROVED)
            learned = Trained(student.whole(head), student.crop, training_data, *crops)
            trained_pack.write(learned, base, made)
    return TrainingResult(
        comparison=comparison,
        picture=picture,
        pack=made,
        trained_people=len(trained),
        trained_photos=len(faces.crops),
        missed_photos=faces.missed + unseen.missed,
        steps=order.course.steps,
        seconds=progress.elapsed_s,
    )


def _student(
    order: Order, base: pack.Manifest, recipe_path: Path, report: Callable[[float], None]
) -> Student:
    if order.start == "facenet":
        student = students.facenet(recipe_path, order.layers, report)
    else:
        student = students.small(base.crop, base.embedder.width_px, order.seed)
    if order.distil and student.embedding_size != base.embedding_size:
        raise ConvertError(
            f"the pack's embedder answers with {base.embedding_size} numbers, the network to train "
            f"with {student.embedding_size}: distil from another --pack"
        )
    return student


def _cutter(
    base: pack.Pack, crop: pack.CropTemplate, size_px: int, output: Path
) -> datasets.Cutter:
    search, landmarks = base.manifest.search, base.manifest.landmarks
    detector = Detector(Network(base.path(search)), Network(base.path(landmarks)))
    version = search.sha256 + landmarks.sha256
    return datasets.Cutter(detector, version, crop, size_px, output / "crops")


def _shown(student: Student, crops: Image, report: Callable[[float], None]) -> Pictures | Features:
    if student.trunk is None:
        return Pictures(crops, student.normalisation)
    plain = student.features(crops, lambda share: report(share / 2))
    flipped = student.features(mirrored(crops), lambda share: report((1 + share) / 2))
    return Features(np.stack([plain, flipped]))


def _targets(
    order: Order,
    base: pack.Pack,
    trained: Sequence[Person],
    faces: Faces,
    output: Path,
    report: Callable[[float], None],
) -> NDArray[Any]:
    """For each image and its mirror, who it is or the teacher's embedding: (2, n, values)."""
    if not order.distil:
        return np.broadcast_to(faces.labels[:, np.newaxis], (2, len(faces.labels), 1))
    manifest = base.manifest
    cutter = _cutter(base, manifest.crop, manifest.embedder.width_px, output)
    crops = cutter.cut(trained, lambda share: report(share / 2)).crops
    teacher = Embedder(Network(base.path(manifest.embedder)), manifest.embedder.normalisation)
    return teacher_embeddings(teacher, crops, lambda share: report((1 + share) / 2))


def _purpose(order: Order, base: pack.Manifest, student: Student, trained: Sequence[Person]) -> str:
    """A hash of everything that a checkpoint must have in common with the training."""
    people = [(person.name, [photo.name for photo in person.photos]) for person in trained]
    teacher = base.embedder.sha256 if order.distil else None
    network = student.crop, student.embedding_size, teacher
    everything = repr((dataclasses.replace(order, folder=Path()), order.course, network, people))
    return hashlib.sha256(everything.encode()).hexdigest()


def _spread(crops: Image, count: int) -> list[Image]:
    """About ``count`` of the crops, from all people."""
    return list(crops[:: max(1, len(crops) // count)][:count])
