"""What a cohort does to the people whom it lacks: the figures behind the form of the correction.

``FACEDOOR_LFW=DIR python -m benchmarks.cohort``, with ``DIR/lfw/PERSON/PERSON_0001.jpg`` and so on
and the set's ``DIR/pairs.txt`` (or ``FACEDOOR_LFW_PAIRS=FILE``). The cohort is made of LFW's people
whom the pairs do not name, thresholds and rates are measured on those whom they do. Groups are
neighbourhoods of the embeddings: people whom the network finds hard to tell apart. Two questions:

* **everybody's kind is in the cohort**: what is gained, and how often are strangers of the worst
  group taken for each other?
* **a group is left out**, of the cohort and of the people whom the thresholds are measured on: how
  often are its strangers taken for each other then?

Takes some five minutes when the photos have been read before. Writes ``build/cohort.json``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from benchmarks import BUILD, PACK
from facedoor.errors import FacedoorError, UsageError
from facedoor.frames import Vector
from facedoor.identity.cohort import Correction
from facedoor.vision import pack
from facedoor_convert import calibrate, comparisons, crowd, embeddings
from facedoor_convert.comparisons import Comparisons
from facedoor_convert.groups import fmr_by_group, neighbourhoods
from facedoor_convert.pairs import person_of
from facedoor_convert.progress import Progress

RATES = (1e-3, 1e-4, 1e-5)
GROUPS = 12
Embeddings: TypeAlias = Mapping[str, Vector | None]
_READ, _COMPARE = "reading photos", "comparing"


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the correction: its weight, and the share of faces that it adds nothing to."""

    name: str
    weight: float
    common: float | None
    """``None``: it counts for every face, so that an uncommon one gets a bonus."""


FORMS = (
    Form("none", 0.0, 0.9),
    Form("for every face", 0.25, None),
    Form("above the median, weight 0.25", 0.25, 0.5),
    Form("above the median, weight 0.5", 0.5, 0.5),
    Form("above 3 of 4, weight 0.5", 0.5, 0.75),
    Form("above 9 of 10, weight 0.25", 0.25, 0.9),
    Form("above 9 of 10, weight 0.5", 0.5, 0.9),
    Form("above 9 of 10, weight 1", 1.0, 0.9),
    Form("above 19 of 20, weight 0.7", 0.7, 0.95),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one form gives, by rate: TAR over all; how many times the nominal rate the FMR among
    the worst group is, with everybody in the cohort, and for a group that was left out."""

    form: str
    tar: tuple[float, ...]
    worst_inside: tuple[float, ...]
    worst_left_out: tuple[float, ...]
    mean_left_out: tuple[float, ...]


def main() -> int:
    try:
        rows = _measure(*_places())
    except FacedoorError as error:
        print(f"cohort: {error}", file=sys.stderr)
        return error.exit_code
    result = {row.form: {k: getattr(row, k) for k in Row.__slots__ if k != "form"} for row in rows}
    (BUILD / "cohort.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print(rows)
    return 0


def _places() -> tuple[Path, Path]:
    """The folder of the photos, and the pairs file."""
    directory = os.environ.get("FACEDOOR_LFW")
    if not directory:
        raise UsageError("set FACEDOOR_LFW to the folder with LFW's photos and its pairs.txt")
    pairs = os.environ.get("FACEDOOR_LFW_PAIRS") or Path(directory) / "pairs.txt"
    lfw = Path(directory) / "lfw"
    return lfw if lfw.is_dir() else Path(directory), Path(pairs)


def _measure(images: Path, pairs_file: Path) -> list[Row]:
    subjects = calibrate.Subjects.of(images, pairs_file, cohort=images)
    progress = Progress({_READ: 0.0, _COMPARE: 0.0}, sys.stderr)
    try:
        with progress.step(_READ) as report:
            paths = {**subjects.paths, **subjects.cohort}
            found = embeddings.embed(paths, pack.load(PACK), report)
        known = {photo: found[photo].embedding for photo in subjects.paths}
        others = {photo: found[photo].embedding for photo in subjects.cohort}
        labels = neighbourhoods({**known, **others}, GROUPS)
        with progress.step(_COMPARE) as report:
            rows = []
            for number, form in enumerate(FORMS):
                rows.append(_row(form, known, others, labels))
                report((number + 1) / len(FORMS))
    finally:
        progress.close()
    return rows


def _row(form: Form, known: Embeddings, others: Embeddings, labels: Mapping[str, str]) -> Row:
    everybody = _compared(known, _correction(form, others, known))
    distances = everybody.distances()
    thresholds = [distances.threshold_at_fmr(rate) for rate in RATES]
    inside = [fmr_by_group(everybody, labels, t)[0].fmr for t in thresholds]
    left_out = []
    for group in sorted(set(labels.values())):
        members = {person for person, label in labels.items() if label == group}
        rest = _without(known, members)
        correction = _correction(form, _without(others, members), rest)
        limits = _compared(rest, correction).distances()
        group_only = {photo: v for photo, v in known.items() if person_of(photo) in members}
        strangers = _compared(group_only, correction).distances()
        left_out.append([strangers.fmr(limits.threshold_at_fmr(rate)) for rate in RATES])
    by_rate = list(zip(*left_out, strict=True))
    return Row(
        form.name,
        tuple(1 - distances.fnmr(t) for t in thresholds),
        tuple(fmr / rate for fmr, rate in zip(inside, RATES, strict=True)),
        tuple(max(f) / rate for f, rate in zip(by_rate, RATES, strict=True)),
        tuple(sum(f) / len(f) / rate for f, rate in zip(by_rate, RATES, strict=True)),
    )


def _correction(form: Form, others: Embeddings, known: Embeddings) -> Correction:
    vectors, people = crowd.centroids(others)
    common = 0.0 if form.common is None else form.common
    cohort = crowd.with_reference(vectors, people, known, form.weight, common)
    return Correction(cohort)


def _compared(known: Embeddings, correction: Correction) -> Comparisons:
    return comparisons.all_against_all(known, correction.distances, calibrate.ONE_PHOTO_EACH)


def _without(known: Embeddings, people: Collection[str]) -> Embeddings:
    return {photo: v for photo, v in known.items() if person_of(photo) not in people}


def _print(rows: list[Row]) -> None:
    rates = "".join(f"{rate:>8.0e}" for rate in RATES)
    print(f"{'':32}{'TAR at FMR':^24}{'worst group':^24}{'left out: worst':^24}{'mean':^24}")
    print(f"{'form':32}{rates * 4}")
    for row in rows:
        shares = "".join(f"{tar:>8.1%}" for tar in row.tar)
        times = "".join(
            f"{value:>8.0f}" for value in row.worst_inside + row.worst_left_out + row.mean_left_out
        )
        print(f"{row.form:32}{shares}{times}")
    print("groups: FMR among the group's strangers as a multiple of the rate over all")


if __name__ == "__main__":
    sys.exit(main())
