"""How well a pack tells people apart, on pairs of photos or on a folder of people.

Photos are searched, cut and embedded by the door's own code. There is no quality gate here, and a
photo without a face is refused: no pair of it is ever accepted. Two views of the same embeddings:

* **listed pairs**, judged by LFW's protocol, to be compared with what others report;
* **all against all**: every two photos of a person, and everybody against all strangers, millions
  of comparisons. Only these tell which distance stands for a false match rate of 1e-5.

Two packs are drawn alike: the same people, the same photos. What makes a person hard is hard for
both, so the difference is taken within each resample of people, and has an interval of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import UsageError
from facedoor.identity.search import Correction
from facedoor.vision import pack
from facedoor_convert.evaluation import (
    bootstrap,
    comparisons,
    embeddings,
    groups,
    intervals,
    pairs,
    performance,
    visitors,
)
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.groups import GROUP_PEOPLE, ByGroup, Group
from facedoor_convert.evaluation.intervals import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Comparisons, Measure
    from facedoor_convert.evaluation.embeddings import EmbeddedPhoto
    from facedoor_convert.evaluation.performance import CrossValidation, Performance
    from facedoor_convert.evaluation.visitors import Visitors
    from facedoor_convert.progress import Progress

ORIGINAL_THRESHOLD = 0.7
"""The distance that the original door took for one person; its risk is always stated."""

READ, MEASURE = "reading photos", "comparing people"


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """The photos by name, and the pairs of each fold if pairs are listed (two folds or more)."""

    paths: Mapping[str, Path]
    folds: Sequence[Sequence[pairs.Pair]]
    labels: Mapping[str, str] | None = None
    """The group of each person who has one; ``None``: groups are to be found."""


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The results of the listed pairs, all folds one after the other in ``comparisons``."""

    comparisons: Comparisons
    validated: CrossValidation
    accuracy: Estimate
    """Over all pairs, each at its fold's threshold."""
    figures: Performance
    corrected: Performance | None
    """Of the same pairs by the distance that the pack's cohort corrects, if it has one."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What was measured of one pack. ``listed`` is ``None`` where no pairs were listed."""

    name: str
    models: pack.Pack
    photos: Mapping[str, EmbeddedPhoto]
    visitors: Visitors
    listed: Listed | None
    everybody: Comparisons
    figures: Performance
    """Of ``everybody``."""
    corrected: Performance | None
    """Of the same comparisons by the distance that the pack's cohort corrects, if it has one."""
    groups: ByGroup | None
    """``None`` where no labels were given, and people are too few for neighbourhoods."""

    @property
    def undetected(self) -> list[str]:
        """The photos without a face."""
        return [name for name, photo in self.photos.items() if photo.embedding is None]

    def as_json(self) -> dict[str, object]:
        """The keys of ``evaluate --json``."""
        missed = self.undetected
        refused = Counter(
            photo.refusal.value
            for photo in self.photos.values()
            if photo.embedding is not None
            if photo.refusal
        )
        head = self.listed.figures if self.listed else self.figures
        validated = self.listed.validated if self.listed else None
        listed = self.listed.corrected if self.listed else None
        return {
            **head.as_json(),
            "as_visitors": self.visitors.as_json(),
            "accuracy": round(validated.accuracy, 7) if validated else None,
            "accuracy_sd": round(validated.accuracy_sd, 7) if validated else None,
            "folds": [
                {"threshold": round(fold.threshold, 4), "accuracy": round(fold.accuracy, 7)}
                for fold in (validated.folds if validated else ())
            ],
            "undetected": len(missed),
            "undetected_share": intervals.share(len(missed), len(self.photos)).as_json(),
            "undetected_photos": missed,
            "photos": len(self.photos),
            "quality_gate_would_refuse": dict(refused.most_common()),
            "all_against_all": self.figures.as_json(),
            "corrected": self.corrected.as_json() if self.corrected else None,
            "corrected_listed": listed.as_json() if listed else None,
            "groups": self.groups.as_json() if self.groups else None,
            "pack": self.name,
            "embedder_sha256": self.models.manifest.embedder.sha256,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What the first pack has more than the second, in shares; negative where it has less."""

    accuracy: Estimate | None
    """On listed pairs, where there are some."""
    tar_at_fmr: dict[float, Estimate | None]
    """All against all; ``None`` for a rate that the set is too small to tell."""

    def as_json(self) -> dict[str, object]:
        return {
            "accuracy": self.accuracy.as_json() if self.accuracy else None,
            "tar_at_fmr": {
                performance.rate_name(rate): gain.as_json() if gain else None
                for rate, gain in self.tar_at_fmr.items()
            },
        }


def photo_set(images: Path, pairs_file: Path | None, groups_file: Path | None = None) -> PhotoSet:
    """The photos to read: those that a file of pairs names, or all people in a folder.

    Raises :class:`UsageError`.
    """
    folds: list[list[pairs.Pair]] = []
    if pairs_file is None:
        paths = pairs.people_in(images)
    else:
        folds = pairs.read_pairs(pairs_file)
        listed = (pair for fold in folds for pair in fold)
        names = sorted({name for pair in listed for name in (pair.first, pair.second)})
        paths = pairs.locate(names, images)
    labels = _labels(groups_file, images, _people(paths)) if groups_file else None
    return PhotoSet(paths, folds, labels)


def evaluate(
    name: str,
    models: pack.Pack,
    photos: PhotoSet,
    progress: Progress,
    risk: float | None = None,
) -> Evaluation:
    """Measure ``models``, called ``name`` in reports, on ``photos``; ``risk`` is the false match
    rate of the door that they visit, by default that of one that is not told otherwise.

    Raises :class:`FacedoorError` of many a kind: for a photo that cannot be read, for models that
    cannot be run, and where so many faces were missed that there is nothing to compare.
    """
    with progress.step(step(READ, name)) as report:
        found = embeddings.embed(photos.paths, models, report)
    with progress.step(step(MEASURE, name)):
        return measure(name, models, photos, found, risk)


def measure(
    name: str,
    models: pack.Pack,
    photos: PhotoSet,
    found: Mapping[str, EmbeddedPhoto],
    risk: float | None = None,
) -> Evaluation:
    """The same, given what ``models`` have ``found`` in each of ``photos``."""
    known = {photo: given.embedding for photo, given in found.items()}
    everybody = comparisons.all_against_all(known)
    _demand_found(everybody)
    came = visitors.judge(known, models.manifest, risk)
    thresholds = (ORIGINAL_THRESHOLD, models.manifest.threshold)
    figures = performance.measure(everybody, PersonBootstrap(everybody), thresholds)
    calibration = models.manifest.calibration
    cohort = calibration.cohort if calibration else None
    measure_corrected = Correction(cohort).distances if cohort else None
    listed = _listed(photos.folds, known, measure_corrected) if photos.folds else None
    labels = _neighbourhoods(known) if photos.labels is None else photos.labels
    plain_groups = _groups(everybody, figures, labels)
    corrected = corrected_groups = None
    if measure_corrected:
        compared = comparisons.all_against_all(known, measure_corrected)
        corrected = performance.measure(compared, PersonBootstrap(compared))
        corrected_groups = _groups(compared, corrected, labels)
    by_group = None
    if labels:
        unlabelled = len(_people(known) - labels.keys())
        by_group = ByGroup(photos.labels is None, unlabelled, plain_groups, corrected_groups)
    return Evaluation(name, models, found, came, listed, everybody, figures, corrected, by_group)


def difference(first: Evaluation, second: Evaluation) -> Difference:
    """Compare two evaluations of the same photos and pairs."""
    drawn = [PersonBootstrap(evaluation.everybody) for evaluation in (first, second)]
    gains: dict[float, Estimate | None] = {}
    for rate, point in first.figures.points.items():
        other = second.figures.points[rate]
        gains[rate] = None
        if point and other:
            one, two = (d.fnmr_within(d.thresholds_at_fmr(rate)) for d in drawn)
            gains[rate] = bootstrap.estimate(other.fnmr.value - point.fnmr.value, two - one)
    accuracy = None
    if first.listed and second.listed:
        accuracy = bootstrap.estimate(
            first.listed.accuracy.value - second.listed.accuracy.value,
            _accuracies(first.listed) - _accuracies(second.listed),
        )
    return Difference(accuracy, gains)


def step(kind: str, name: str) -> str:
    """The name of a step of the progress, for the pack called ``name``."""
    return f"{kind} ({name})"


def _listed(
    folds: Sequence[Sequence[pairs.Pair]],
    known: Mapping[str, Vector | None],
    measure_corrected: Measure | None,
) -> Listed:
    compared = comparisons.listed(folds, known)
    validated, every = performance.cross_validate(compared), comparisons.joined(compared)
    _demand_found(every)
    drawn = PersonBootstrap(every)
    right = (validated.genuine.sum() + validated.impostor.sum()) / (
        len(every.genuine) + len(every.impostor)
    )
    accuracy = bootstrap.estimate(float(right), drawn.share(validated.genuine, validated.impostor))
    corrected = None
    if measure_corrected:
        again = comparisons.joined(comparisons.listed(folds, known, measure_corrected))
        corrected = performance.measure(again, PersonBootstrap(again))
    return Listed(every, validated, accuracy, performance.measure(every, drawn), corrected)


def _groups(compared: Comparisons, figures: Performance, labels: Mapping[str, str]) -> list[Group]:
    """The groups of ``labels`` at the thresholds that ``figures``, of the same, can tell."""
    told = {rate: figures.points[rate] for rate in groups.RATES}
    thresholds = {rate: point.threshold.value for rate, point in told.items() if point}
    return groups.fmr_by_group(compared, labels, thresholds)


def _demand_found(compared: Comparisons) -> None:
    """Raise :class:`UsageError` when faces were missed in all pairs of one kind."""
    if np.isinf(compared.genuine).all() or np.isinf(compared.impostor).all():
        raise UsageError(
            "faces were found in so few photos that there is nothing to compare: are these photos "
            "of faces, and is the pack whole?"
        )


def _neighbourhoods(known: Mapping[str, Vector | None]) -> dict[str, str]:
    count = len(_people(photo for photo, found in known.items() if found is not None))
    wanted = count // GROUP_PEOPLE
    return groups.neighbourhoods(known, wanted) if wanted >= 2 else {}


def _labels(file: Path, images: Path, people: set[str]) -> dict[str, str]:
    """The groups in ``file`` of some ``people``. It may name others who are in ``images``: listed
    pairs are seldom of everybody there."""
    named = groups.read_groups(file, people | {folder.name for folder in images.iterdir()})
    labels = {person: group for person, group in named.items() if person in people}
    if max(Counter(labels.values()).values(), default=0) < 2:
        raise UsageError(
            f"{file} puts no two of the {len(people)} people of the photos into one group, so "
            "there is nothing to compare within groups"
        )
    return labels


def _people(photos: Iterable[str]) -> set[str]:
    return {pairs.person_of(photo) for photo in photos}


def _accuracies(listed: Listed) -> bootstrap.Samples:
    validated = listed.validated
    return PersonBootstrap(listed.comparisons).share(validated.genuine, validated.impostor)
