"""Measures what two embedders are worth as one measure: see :mod:`facedoor.identity.joint`.

Photos are embedded by both and compared as :mod:`facedoor_convert.calibration.calibrate` compares
them. The cohort is that of the first one's pack, made of people who are not measured on.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import UsageError
from facedoor.identity.joint import Joint
from facedoor.identity.risk import threshold_at
from facedoor.identity.search import Correction
from facedoor.vision.calibration import Calibration, DistanceTable, JointCalibration
from facedoor_convert.calibration import distance_table
from facedoor_convert.calibration.calibrate import CORRECTED, ONE_PHOTO_EACH, PLAIN, READ
from facedoor_convert.calibration.joint_measure import JointMeasure
from facedoor_convert.calibration.refusals import cross_fitted
from facedoor_convert.evaluation import comparisons, embeddings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector
    from facedoor.vision import pack
    from facedoor_convert.calibration.calibrate import Embeddings, Subjects
    from facedoor_convert.evaluation.comparisons import Measure
    from facedoor_convert.progress import Progress

READ_AGAIN = "reading photos with the second"

WEIGHT = 2.0
"""Of the second's squared distance, that of the first being 1: the one that accepts most at 1e-5 of
those tried on FaceNet and MobileFaceNet (``python -m benchmarks.joint``)."""

ASKS_AT = 1e-3
"""The second is asked within the first's distance of this false match rate. Beyond it, it hardly
ever changes an answer."""

LEAST_RATE = 3e-4
"""The next rate of the table below it: it has to be measured, or there is no distance to ask at."""


def calibrate(
    subjects: Subjects, first: pack.Pack, second: pack.Pack, progress: Progress
) -> JointCalibration:
    """Measure the embedder of ``second`` beside that of ``first``.

    Raises :class:`FacedoorError` for photos that cannot be read or are too few, and for a first
    pack without a calibration.
    """
    of_first = first.manifest.calibration
    if of_first is None:
        raise UsageError(f"{first.directory} has no calibration: calibrate it by itself first")
    with progress.step(READ) as report:
        found = embeddings.embed(subjects.paths, first, report)
    with progress.step(READ_AGAIN) as report:
        again = embeddings.embed(subjects.paths, second, report)
    known = {photo: end_to_end(found[photo].embedding, again[photo].embedding) for photo in found}
    return measure(
        known,
        first.manifest.embedding_size,
        of_first,
        second.manifest.embedder.sha256,
        subjects.description,
        progress,
    )


def measure(
    known: Mapping[str, Vector | None],
    size: int,
    of_first: Calibration,
    second_sha256: str,
    description: str,
    progress: Progress,
) -> JointCalibration:
    """The calibration that the embeddings ``known`` give, the first's of ``size`` numbers and the
    second's laid end to end."""
    nearest = of_first.corrected or of_first.plain
    joint = Joint(WEIGHT, round(threshold_at(nearest.risk, ASKS_AT), 4))
    with progress.step(PLAIN):
        distances = JointMeasure(joint, size).distances
        compared = comparisons.all_against_all(known, distances, ONE_PHOTO_EACH)
        plain = distance_table.measure(compared, known, distances)
        _require_enough(plain)
        plain = _refusing(plain, known, distances)
    corrected = None
    with progress.step(CORRECTED):
        if of_first.cohort is not None:
            kept_apart = JointMeasure(joint, size, Correction(of_first.cohort)).distances
            again = comparisons.all_against_all(known, kept_apart, ONE_PHOTO_EACH)
            corrected = distance_table.measure(again, known, kept_apart)
            corrected = _refusing(corrected, known, kept_apart)
    measured = Calibration(
        embedder_sha256=of_first.embedder_sha256,
        measured_on=description,
        people=len(compared.people()[0]),
        comparisons=len(compared.impostor),
        extrapolation=distance_table.EXTRAPOLATION,
        plain=plain,
        corrected=corrected,
        cohort=of_first.cohort,
    )
    return JointCalibration(second_sha256, joint.weight, joint.asks_within, measured)


def _require_enough(table: DistanceTable) -> None:
    """Raise :class:`UsageError` unless a rate was measured at which the second is asked.

    Where it is not, next to no distance lies between two rates, and a line continued from there
    would let in nearly everybody.
    """
    if min(point.fmr for point in table.risk if not point.extrapolated) >= ASKS_AT:
        raise UsageError(
            f"so few people cannot tell a rate below {ASKS_AT:g}, from which on the second is "
            "asked: take photos of more people, some 150"
        )


def _refusing(table: DistanceTable, known: Embeddings, measure: Measure) -> DistanceTable:
    """``table``, of distances by ``measure``, with what it refuses."""

    def fit(those: Embeddings) -> tuple[Measure, Mapping[float, float]]:
        compared = comparisons.all_against_all(those, measure, ONE_PHOTO_EACH)
        return measure, distance_table.thresholds(compared.distances())

    thresholds = {point.fmr: point.threshold for point in table.risk if not point.extrapolated}
    return dataclasses.replace(table, refusals=cross_fitted(known, thresholds, fit))


def end_to_end(first: Vector | None, second: Vector | None) -> Vector | None:
    """Both embeddings of a photo as one, ``None`` where one of them found no face."""
    return None if first is None or second is None else np.concatenate([first, second])
