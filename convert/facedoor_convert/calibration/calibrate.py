"""Measures what a distance is worth: tables of risks and likelihoods, and a cohort if wanted.

Every person counts once: in the cohort, or among those whom the thresholds are measured on. The
latter are compared all against all, with strangers by one photo each: a person with hundreds of
photos, and a neighbour who looks like them, would otherwise stand for everybody.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.errors import UsageError
from facedoor.identity.search import Correction
from facedoor.vision import pack
from facedoor.vision.calibration import Calibration, Cohort, DistanceTable, JointCalibration
from facedoor_convert import files
from facedoor_convert.calibration import distance_table
from facedoor_convert.calibration.cohort import BAND, gather, with_band
from facedoor_convert.calibration.refusals import cross_fitted
from facedoor_convert.evaluation import comparisons, embeddings, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Measure
    from facedoor_convert.progress import Progress

    Embeddings: TypeAlias = Mapping[str, Vector | None]

READ, READ_COHORT = "reading photos", "reading photos of the cohort"
ONE_PHOTO_EACH = 0
"""So few comparisons of strangers are wanted that nobody takes part with a second photo."""

PLAIN, CORRECTED = "measuring plain distances", "measuring corrected distances"


@dataclass(frozen=True, slots=True)
class Subjects:
    """The photos to measure on and those of the cohort, with a description."""

    paths: Mapping[str, Path]
    cohort: Mapping[str, Path]
    description: str

    @classmethod
    def of(
        cls,
        images: Path,
        pairs_file: Path | None = None,
        folds: Sequence[int] | None = None,
        cohort: Path | None = None,
    ) -> Subjects:
        """Photos of all people in ``images``, or those that ``pairs_file`` names in some ``folds``
        (counted from 1); and of all people in ``cohort`` whom neither names in any fold.

        Raises :class:`UsageError`.
        """
        if pairs_file is None:
            paths, named = pairs.people_in(images), set[str]()
            description = f"all photos in {images.name}"
        else:
            every = pairs.read_pairs(pairs_file)
            if folds and max(folds) > len(every):
                raise UsageError(f"{pairs_file} has {len(every)} folds, not {max(folds)}")
            chosen = [every[fold - 1] for fold in folds] if folds else every
            named = {pairs.person_of(photo) for photo in _photos(every)}
            paths = pairs.locate(_photos(chosen), images)
            which = f"folds {', '.join(map(str, folds))}" if folds else "all folds"
            description = f"the photos in {images.name} that {pairs_file.name} names, {which}"
        cohort_paths = {} if cohort is None else pairs.people_in(cohort)
        taken = named | {pairs.person_of(photo) for photo in paths}
        apart = {n: p for n, p in cohort_paths.items() if pairs.person_of(n) not in taken}
        if cohort is not None and not apart:
            raise UsageError(
                f"everybody in {cohort} is among those whom the thresholds are measured on: take "
                "another folder for --cohort"
            )
        return cls(paths, apart, description)


def calibrate(subjects: Subjects, models: pack.Pack, progress: Progress) -> Calibration:
    """Measure the embedder of ``models``.

    Raises :class:`FacedoorError` for photos that cannot be read or are too few.
    """
    with progress.step(READ) as report:
        found = embeddings.embed(subjects.paths, models, report)
    known = {photo: given.embedding for photo, given in found.items()}
    others: dict[str, Vector | None] = {}
    if subjects.cohort:
        with progress.step(READ_COHORT) as report:
            found = embeddings.embed(subjects.cohort, models, report)
        others = {photo: given.embedding for photo, given in found.items()}
    return measure(known, others, models.manifest.embedder.sha256, subjects.description, progress)


def measure(
    known: Mapping[str, Vector | None],
    others: Mapping[str, Vector | None],
    embedder_sha256: str,
    description: str,
    progress: Progress,
) -> Calibration:
    """The calibration that the embeddings ``known`` give; the cohort is made of ``others``, if
    there are any."""
    with progress.step(PLAIN):
        compared = comparisons.all_against_all(known, max_impostors=ONE_PHOTO_EACH)
        plain = distance_table.measure(compared, known, comparisons.l2)
        plain = _refusing(plain, known)
    corrected = cohort = None
    if others:
        with progress.step(CORRECTED):
            cohort = gather(others, known)
            measure_corrected = Correction(cohort).distances
            again = comparisons.all_against_all(known, measure_corrected, ONE_PHOTO_EACH)
            corrected = distance_table.measure(again, known, measure_corrected)
            corrected = _refusing(corrected, known, cohort)
    return Calibration(
        embedder_sha256=embedder_sha256,
        measured_on=description,
        people=len(compared.people()[0]),
        comparisons=len(compared.impostor),
        extrapolation=distance_table.EXTRAPOLATION,
        plain=plain,
        corrected=corrected,
        cohort=cohort,
    )


def with_refusals(calibration: Calibration, known: Embeddings) -> Calibration:
    """``calibration``, which was measured on the embeddings ``known``, with what its thresholds
    refuse measured anew and all else as it was."""
    corrected, cohort = calibration.corrected, calibration.cohort
    return dataclasses.replace(
        calibration,
        plain=_refusing(calibration.plain, known),
        corrected=None if corrected is None else _refusing(corrected, known, cohort),
    )


def _refusing(
    table: DistanceTable, known: Embeddings, cohort: Cohort | None = None
) -> DistanceTable:
    """``table``, of distances that ``cohort`` corrects if there is one, with what it refuses."""

    def fit(those: Embeddings) -> tuple[Measure, Mapping[float, float]]:
        measure: Measure = comparisons.l2
        if cohort is not None:
            measure = Correction(with_band(cohort.vectors(), 0, those, BAND)).distances
        compared = comparisons.all_against_all(those, measure, ONE_PHOTO_EACH)
        return measure, distance_table.thresholds(compared.distances())

    thresholds = {point.fmr: point.threshold for point in table.risk if not point.extrapolated}
    return dataclasses.replace(table, refusals=cross_fitted(known, thresholds, fit))


def write(calibration: Calibration | JointCalibration, file: Path) -> None:
    """Write ``calibration`` as JSON for a recipe to name: the same one always gives the same bytes.

    Raises :class:`ConvertError`, and then ``file`` is as it was.
    """
    text = json.dumps(dataclasses.asdict(calibration), indent=1, ensure_ascii=False) + "\n"
    with files.writing(file) as out:
        out.write(text.encode())


def put_into(models: pack.Pack, measured: Calibration | JointCalibration) -> None:
    """Write what was ``measured`` into the manifest of its pack, also of joint distances.

    Raises :class:`ConvertError`, and then the pack is as it was.
    """
    manifest = dataclasses.replace(models.manifest, schema=pack.SCHEMA)
    if isinstance(measured, JointCalibration):
        manifest = dataclasses.replace(manifest, joint=measured)
    else:
        manifest = dataclasses.replace(manifest, calibration=measured)
    with files.writing(models.directory / pack.MANIFEST) as out:
        out.write(manifest.to_json().encode())


def _photos(folds: Sequence[Sequence[pairs.Pair]]) -> list[str]:
    return sorted({name for fold in folds for pair in fold for name in (pair.first, pair.second)})
