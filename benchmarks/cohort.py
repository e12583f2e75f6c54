"""What a cohort does to the people whom it lacks: the figures behind the form of the correction.

``FACEDOOR_LFW=DIR python -m benchmarks.cohort``, see :mod:`benchmarks.lfw`. Groups are
neighbourhoods of the embeddings: people whom the network finds hard to tell apart. Two questions:

* **everybody's kind is in the cohort**: what is gained, and how often are strangers of the worst
  group taken for each other?
* **a group is held out**, of the cohort and of the people whom the thresholds are measured on: how
  often are its strangers taken for each other then?

Takes some minutes when the photos have been read before. Writes ``build/cohort.json``. With
``--halves`` the people of folds 6 to 10 are measured, and those of folds 1 to 5 make the cohort, so
that no other photos need to be read.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import BUILD, lfw
from benchmarks.lfw import Embeddings
from facedoor.errors import FacedoorError
from facedoor.frames import Vector
from facedoor.identity.search import Correction
from facedoor_convert.calibration import calibrate
from facedoor_convert.calibration import cohort as cohorts
from facedoor_convert.calibration.cohort import Band
from facedoor_convert.evaluation import comparisons
from facedoor_convert.evaluation.comparisons import Comparisons, Indices
from facedoor_convert.evaluation.groups import fmr_by_group, neighbourhoods, worst
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.progress import Progress

RATES = (1e-3, 1e-4, 1e-5)
GROUPS = 12
_READ, _COMPARE = "reading photos", "comparing"


FORMS = {
    "none": Band(0, 1, 0, 0),
    "for every face, 0.25": Band(0, 0, 0, 0.25),
    "above 9 of 10, 0.5": Band(0, 0.9, 0, 0.5),
    "above 3 of 4, 0.35": Band(0, 0.75, 0, 0.35),
    "above the median, 0.35": Band(0, 0.5, 0, 0.35),
    "same, below 1 of 10, 0.5": Band(0.1, 0.5, 0.5, 0.35),
    "same, below 1 of 4, 0.25": Band(0.25, 0.5, 0.25, 0.35),
    "same, below 1 of 4, 0.5": Band(0.25, 0.5, 0.5, 0.35),
    "same, below the median, 0.25": Band(0.5, 0.5, 0.25, 0.35),
    "above 9 of 10, 0.5, below 1 of 4, 0.25": Band(0.25, 0.9, 0.25, 0.5),
}
"""The forms of the correction: whom it counts for, and with which weight. One that begins at the
first face and ends at none counts for every face, as a bonus for uncommon ones would."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one form gives, by rate: TAR over all; how many times the nominal rate the FMR among
    the worst group is, with everybody in the cohort, and for a group that was held out."""

    form: str
    tar: tuple[float, ...]
    worst_inside: tuple[float, ...]
    worst_held_out: tuple[float, ...]
    mean_held_out: tuple[float, ...]


def main() -> int:
    try:
        rows = _measure()
    except FacedoorError as error:
        print(f"cohort: {error}", file=sys.stderr)
        return error.exit_code
    result = {row.form: {k: getattr(row, k) for k in Row.__slots__ if k != "form"} for row in rows}
    (BUILD / "cohort.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print(rows)
    return 0


def _measure() -> list[Row]:
    with Progress({_READ: 0.0, _COMPARE: 0.0}, sys.stderr) as progress:
        in_halves = sys.argv[1:] == ["--halves"]
        with progress.step(_READ) as report:
            photos = lfw.read(report, with_others=not in_halves)
        known, others = photos.known, photos.others
        if in_halves:
            known, others = photos.of_folds(range(6, 11)), photos.of_folds(range(1, 6))
        labels = neighbourhoods({**known, **others}, GROUPS)
        with progress.step(_COMPARE) as report:
            return _rows(known, others, labels, report)


def _rows(
    known: Embeddings,
    others: Embeddings,
    labels: Mapping[str, str],
    report: Callable[[float], None],
) -> list[Row]:
    everybody, centroids = _Compared.of(known), cohorts.centroids(others)
    tar, inside = {}, {}
    for form, band in FORMS.items():
        compared = everybody.corrected(_correction(band, centroids, known))
        thresholds = _thresholds(compared)
        distances = compared.distances()
        tar[form] = tuple(1 - distances.fnmr(t) for t in thresholds)
        groups = fmr_by_group(compared, labels, dict(zip(RATES, thresholds, strict=True)))
        inside[form] = [worst(groups, rate).fmr[rate].value for rate in RATES]
    del everybody
    held_out: dict[str, list[list[float]]] = {form: [] for form in FORMS}
    for number, group in enumerate(sorted(set(labels.values()))):
        rest, apart = _split(known, labels, group)
        measured_on, strangers = _Compared.of(rest), _Compared.of(apart)
        centroids = cohorts.centroids(_split(others, labels, group)[0])
        for form, band in FORMS.items():
            correction = _correction(band, centroids, rest)
            thresholds = _thresholds(measured_on.corrected(correction))
            distances = strangers.corrected(correction).distances()
            held_out[form].append([distances.fmr(t) for t in thresholds])
        report((number + 1) / GROUPS)
    return [
        Row(
            form,
            tar[form],
            _times(inside[form]),
            _times([max(fmrs) for fmrs in zip(*held_out[form], strict=True)]),
            _times([statistics.mean(fmrs) for fmrs in zip(*held_out[form], strict=True)]),
        )
        for form in FORMS
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Plain comparisons, and the embeddings of their photos, so that many corrections can be tried
    without comparing again."""

    plain: Comparisons
    vectors: Vector

    @classmethod
    def of(cls, known: Embeddings) -> _Compared:
        plain = comparisons.all_against_all(known, max_impostors=calibrate.ONE_PHOTO_EACH)
        size = max(len(v) for v in known.values() if v is not None)
        missed = np.zeros(size, np.float32)  # its distances are infinite, whatever is added
        found = [known[photo] for photo in plain.photos]
        return cls(plain, np.stack([missed if v is None else v for v in found]))

    def corrected(self, correction: Correction) -> Comparisons:
        added = 2 * correction.penalties(self.vectors)

        def distances(plain: Vector, photos: Indices) -> Vector:
            squares: Vector = plain**2 + added[photos[:, 0]] + added[photos[:, 1]]
            return np.sqrt(squares, out=squares)

        plain = self.plain
        return dataclasses.replace(
            plain,
            genuine=distances(plain.genuine, plain.genuine_photos),
            impostor=distances(plain.impostor, plain.impostor_photos),
        )


def _correction(band: Band, centroids: tuple[Vector, int], known: Embeddings) -> Correction:
    return Correction(cohorts.with_band(*centroids, known, band))


def _thresholds(compared: Comparisons) -> list[float]:
    distances = compared.distances()
    return [distances.threshold_at_fmr(rate) for rate in RATES]


def _split(
    known: Embeddings, labels: Mapping[str, str], group: str
) -> tuple[Embeddings, Embeddings]:
    """The photos of everybody else, and those of the group."""
    inside = {photo: v for photo, v in known.items() if labels.get(person_of(photo)) == group}
    return {photo: v for photo, v in known.items() if photo not in inside}, inside


def _times(fmrs: Sequence[float]) -> tuple[float, ...]:
    """How many times the nominal rate each is."""
    return tuple(fmr / rate for fmr, rate in zip(fmrs, RATES, strict=True))


def _print(rows: list[Row]) -> None:
    rates = "".join(f"{rate:>8.0e}" for rate in RATES)
    print(f"{'':40}{'TAR at FMR':^24}{'worst group':^24}{'held out: worst':^24}{'mean':^24}")
    print(f"{'form':40}{rates * 4}")
    for row in rows:
        shares = "".join(f"{tar:>8.1%}" for tar in row.tar)
        times = "".join(
            f"{value:>8.0f}" for value in row.worst_inside + row.worst_held_out + row.mean_held_out
        )
        print(f"{row.form:40}{shares}{times}")
    print("groups: FMR among the group's strangers as a multiple of the rate over all")


if __name__ == "__main__":
    sys.exit(main())
