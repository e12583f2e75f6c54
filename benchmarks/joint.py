"""What a second embedder is worth beside the first: the figures of docs/calibration.md.

``FACEDOOR_LFW=DIR python -m benchmarks.joint [SECOND]``, see :mod:`benchmarks.lfw`; SECOND is the
pack of the second, by default ``build/mobilefacenet``:

* rules by which two distances become one: what they accept, among the people of folds 1 to 5, by
  whom one was chosen, and among those of 6 to 10; the worst of twelve neighbourhoods
  (:mod:`benchmarks.cohort`);
* how often the second is asked, by how many are enrolled;
* if the second pack has a table of joint distances: the door by how many are enrolled.

Takes some minutes when the photos have been read before. Writes ``build/joint.json``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from benchmarks import BUILD, PACK, lfw
from benchmarks.calibration_templates import of_means
from benchmarks.lfw import Embeddings
from facedoor.config.options import RecognitionConfig
from facedoor.errors import FacedoorError
from facedoor.frames import Vector
from facedoor.identity.joint import Joint
from facedoor.identity.risk import Risk
from facedoor.identity.search import Correction
from facedoor.vision import pack
from facedoor.vision.calibration import JointCalibration
from facedoor.vision.pack import Manifest
from facedoor_convert.calibration.calibrate import ONE_PHOTO_EACH, Subjects
from facedoor_convert.calibration.joint import ASKS_AT, WEIGHT, end_to_end
from facedoor_convert.calibration.joint_measure import JointMeasure
from facedoor_convert.evaluation import comparisons, embeddings, pairs
from facedoor_convert.evaluation.comparisons import Comparisons
from facedoor_convert.evaluation.groups import fmr_by_group, neighbourhoods, worst
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.progress import Progress

if TYPE_CHECKING:
    from facedoor_convert.evaluation.comparisons import Measure

SECOND = BUILD / "mobilefacenet"
CHOSEN_ON, SHOWN_ON = range(1, 6), range(6, 11)
ENROLLED = (1, 5, 10, 20, 50, 100)
FEW = 7.5e-7
"""What a risk of 1e-5 leaves to one comparison with ten enrolled."""
MEAN_OF, GROUPS, DRAWS, SEED = 5, 12, 40, 2026
ALWAYS = 9.0
"""Nobody is farther, so that the second is asked about everybody."""

WEIGHTS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
ASKED = (1e-2, 3e-3, 1e-3, 3e-4)
Rule: TypeAlias = Callable[[Vector, Vector], Vector]
"""From the squared distances by the first, corrected, and by the second to the joint ones."""

_READ, _COMPARE = "reading photos", "comparing"


@dataclass(frozen=True, slots=True)
class Row:
    """What one rule accepts: TAR at 1e-5 among the people it was chosen on, at 1e-4 and 1e-5 among
    others, at 1e-5 and 7.5e-7 among all, and of the mean of five there; the FMR among the strangers
    of the worst neighbourhood as a multiple of that over all, with its false matches, at 1e-4 and
    1e-5."""

    rule: str
    tar: tuple[float, ...]
    tar_of_means: tuple[float, ...]
    worst_group: tuple[float, ...]
    errors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """With so many ``people`` enrolled, the share of strangers' looks about which the second is
    asked."""

    people: int
    strangers: float


@dataclass(frozen=True, slots=True)
class Door:
    """The door's threshold with so many enrolled; TAR of one photo against another, and against the
    mean of five."""

    people: int
    threshold: float
    is_extrapolated: bool
    tar: float
    tar_of_means: float


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """All comparisons by both embedders, in one order, as squared distances."""

    compared: Comparisons
    genuine: tuple[Vector, Vector]
    impostor: tuple[Vector, Vector]

    @classmethod
    def of(cls, known: Embeddings, size: int, correction: Correction | None) -> Both:
        """``correction`` is that of the first's, which are the first ``size`` of the numbers."""
        by_first = correction.distances if correction else comparisons.l2
        one, other = (
            comparisons.all_against_all(part, measure, ONE_PHOTO_EACH)
            for part, measure in (
                (_part(known, slice(size)), by_first),
                (_part(known, slice(size, None)), comparisons.l2),
            )
        )
        return cls(one, (one.genuine**2, other.genuine**2), (one.impostor**2, other.impostor**2))

    def joined(self, rule: Rule) -> Comparisons:
        """Where a face was missed, distances are infinite by any rule."""
        genuine, impostor = (
            np.where(np.isfinite(one), np.sqrt(rule(one, other)), np.float32(np.inf))
            for one, other in (self.genuine, self.impostor)
        )
        return dataclasses.replace(self.compared, genuine=genuine, impostor=impostor)


def main() -> int:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else SECOND
    try:
        first, beside = pack.load(PACK), pack.load(directory)
        images, pairs_file = lfw.places()
        halves = _halves(pairs.read_pairs(pairs_file))
        paths = Subjects.of(images, pairs_file).paths
        with Progress({_READ: 0.0, _COMPARE: 0.0}, sys.stderr) as progress:
            with progress.step(_READ) as report:
                by_first = embeddings.embed(paths, first, lambda share: report(share / 2))
                by_second = embeddings.embed(paths, beside, lambda share: report((1 + share) / 2))
            known = {
                photo: end_to_end(by_first[photo].embedding, by_second[photo].embedding)
                for photo in paths
            }
            with progress.step(_COMPARE) as report:
                rows, asked = _figures(known, first.manifest, halves, report)
        doors = _doors(known, first.manifest, beside.manifest.joint)
    except FacedoorError as error:
        print(f"joint: {error}", file=sys.stderr)
        return error.exit_code
    result = {
        "rules": [dataclasses.asdict(row) for row in rows],
        "asked": [dataclasses.asdict(row) for row in asked],
        "doors": [dataclasses.asdict(row) for row in doors],
    }
    (BUILD / "joint.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    _show(rows, asked, doors)
    return 0


def _halves(folds: Sequence[Sequence[pairs.Pair]]) -> list[frozenset[str]]:
    """The people of the folds that rules are chosen on, and of those that they are shown on."""
    return [
        frozenset(
            person_of(photo)
            for number in numbers
            for pair in folds[number - 1]
            for photo in (pair.first, pair.second)
        )
        for numbers in (CHOSEN_ON, SHOWN_ON)
    ]


def _part(known: Embeddings, numbers: slice) -> dict[str, Vector | None]:
    return {photo: None if v is None else v[numbers] for photo, v in known.items()}


def _figures(
    known: Embeddings,
    first: Manifest,
    halves: Sequence[frozenset[str]],
    report: Callable[[float], None],
) -> tuple[list[Row], list[Asked]]:
    size, cohort = first.embedding_size, lfw.calibration_of(first).cohort
    correction = None if cohort is None else Correction(cohort)
    both, uncorrected = Both.of(known, size, correction), Both.of(known, size, None)
    labels = neighbourhoods(_part(known, slice(size)), GROUPS)
    rows: list[Row] = []

    def add(name: str, rule: Rule, joint: Joint, is_corrected: bool = True) -> None:
        compared = (both if is_corrected else uncorrected).joined(rule)
        measure = JointMeasure(joint, size, correction if is_corrected else None).distances
        rows.append(_row(name, compared, labels, halves, known, measure))
        report(len(rows) / (len(WEIGHTS) + len(ASKED) + 3))

    # A weight of next to nothing, or of next to everything, is one of the two alone.
    add("the first alone", lambda one, _: one, Joint(1e-6, ALWAYS))
    add("the second alone", lambda _, other: other, Joint(1e6, ALWAYS), is_corrected=False)
    for weight in WEIGHTS:
        joint = Joint(weight, ALWAYS)
        add(f"both, weight {weight:g}", joint.squares, joint)
    joint = Joint(WEIGHT, ALWAYS)
    add(f"both, weight {WEIGHT:g}, no cohort", joint.squares, joint, is_corrected=False)
    alone = both.joined(lambda one, _: one)
    for rate in ASKED:
        joint = Joint(WEIGHT, alone.distances().threshold_at_fmr(rate))
        add(f"weight {WEIGHT:g}, asked at {rate:.0e}", joint.squares, joint)
    return rows, _asked(alone, alone.distances().threshold_at_fmr(ASKS_AT))


def _row(
    name: str,
    compared: Comparisons,
    labels: Mapping[str, str],
    halves: Sequence[frozenset[str]],
    known: Embeddings,
    measure: Measure,
) -> Row:
    chosen, shown = (compared.among(half).distances() for half in halves)
    every, means = compared.distances(), of_means(known, MEAN_OF, measure)
    wanted = ((chosen, 1e-5), (shown, 1e-4), (shown, 1e-5), (every, 1e-5), (every, FEW))
    groups, errors = [], []
    for rate in (1e-4, 1e-5):
        found = worst(fmr_by_group(compared, labels, {rate: every.threshold_at_fmr(rate)}), rate)
        groups.append(found.fmr[rate].value / rate)
        errors.append(round(found.fmr[rate].value * found.comparisons))
    return Row(
        name,
        tuple(1 - of.fnmr(of.threshold_at_fmr(rate)) for of, rate in wanted),
        tuple(1 - means.fnmr(every.threshold_at_fmr(rate)) for rate in (1e-5, FEW)),
        tuple(groups),
        tuple(errors),
    )


def _asked(alone: Comparisons, within: float) -> list[Asked]:
    """Strangers, one photo each, at doors of people drawn at random."""
    names, place = alone.people()
    near = np.zeros((len(names), len(names)), bool)
    first, second = place[alone.impostor_photos[alone.impostor <= within]].T
    near[first, second] = near[second, first] = True
    draw, found = np.random.default_rng(SEED), []
    for people in ENROLLED:
        shares = []
        for _ in range(DRAWS):
            order = draw.permutation(len(names))
            enrolled, strangers = order[:people], order[people:]
            shares.append(near[np.ix_(strangers, enrolled)].any(axis=1).mean())
        found.append(Asked(people, float(np.mean(shares))))
    return found


def _doors(known: Embeddings, first: Manifest, joint: JointCalibration | None) -> list[Door]:
    """The door's own thresholds, where the second pack has a table of joint distances."""
    if joint is None:
        return []
    cohort = joint.measured.cohort
    correction = None if cohort is None else Correction(cohort)
    measure = JointMeasure(Joint.of(joint), first.embedding_size, correction).distances
    single = comparisons.all_against_all(known, measure, ONE_PHOTO_EACH).distances()
    means, risk = of_means(known, MEAN_OF, measure), Risk(first, RecognitionConfig(), joint)
    limits = [risk.limit(people) for people in ENROLLED]
    return [
        Door(
            limit.people,
            limit.threshold,
            limit.extrapolated,
            1 - single.fnmr(limit.threshold),
            1 - means.fnmr(limit.threshold),
        )
        for limit in limits
    ]


def _show(rows: Sequence[Row], asked: Sequence[Asked], doors: Sequence[Door]) -> None:
    print(
        f"\n{'TAR at':30}{'folds 1-5':>10}{'folds 6-10':>16}{'all':>16}{'mean of five':>16}"
        f"{'worst group (pairs)':>26}\n{'rule':30}{'1e-5':>10}{'1e-4':>8}{'1e-5':>8}{'1e-5':>8}"
        f"{FEW:>8.1e}{'1e-5':>8}{FEW:>8.1e}{'1e-4':>13}{'1e-5':>13}"
    )
    for row in rows:
        tar = "".join(f"{value:>8.1%}" for value in (*row.tar[1:], *row.tar_of_means))
        groups = "".join(
            f"{f'{times:.0f} ({errors})':>13}"
            for times, errors in zip(row.worst_group, row.errors, strict=True)
        )
        print(f"{row.rule:30}{row.tar[0]:>10.1%}{tar}{groups}")
    print("groups: FMR among the group's strangers as a multiple of the rate over all")
    print(f"\nthe second is asked at {ASKS_AT:.0e}: of strangers' looks, by how many are enrolled")
    for some in asked:
        print(f"{some.people:>8}{some.strangers:>8.1%}")
    if doors:
        print("\nby how many are enrolled: threshold, TAR of one photo, and of the mean of five")
    for door in doors:
        note = "  extrapolated" if door.is_extrapolated else ""
        tars = f"{door.tar:>8.1%}{door.tar_of_means:>8.1%}"
        print(f"{door.people:>8}{door.threshold:>9.3f}{tars}{note}")


if __name__ == "__main__":
    sys.exit(main())
