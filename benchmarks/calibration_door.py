"""What a table of risks makes of a door: its thresholds by how many are enrolled, and for whom they
hold less well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import lfw
from benchmarks.calibration_templates import of_means
from benchmarks.lfw import Embeddings
from facedoor.config.options import RecognitionConfig
from facedoor.identity.risk import LOOSEST, Risk, threshold_at
from facedoor.vision.calibration import Calibration
from facedoor.vision.pack import Manifest
from facedoor_convert.calibration import calibrate
from facedoor_convert.evaluation import comparisons
from facedoor_convert.evaluation.comparisons import Comparisons, Mistake
from facedoor_convert.evaluation.groups import GROUP_PEOPLE, fmr_by_group, neighbourhoods, worst

ENROLLED = (1, 2, 5, 10, 20, 50, 100)
ORIGINAL, ENROLLED_AT_ORIGINAL = 0.7, (1, 10)
"""The threshold of the original, a plain distance."""

RATE = 1e-5
BOUNDS = (LOOSEST, 3.0, 2.0)
WORST = 3
MEAN_OF = 5


@dataclass(frozen=True, slots=True)
class Door:
    """The door's threshold with so many enrolled, by default or, ``is_original``, at 0.7.

    ``rate`` is what the configured risk leaves to one comparison, ``visit`` what a stranger's visit
    has; ``errors`` of LFW's strangers are within the threshold. TAR is that of one photo against
    another, and against the mean of five.
    """

    people: int
    is_original: bool
    rate: float
    visit: float
    threshold: float
    is_extrapolated: bool
    is_bounded: bool
    errors: int
    tar: float
    tar_of_means: float


@dataclass(frozen=True, slots=True)
class Group:
    """How many of a neighbourhood's strangers are taken for each other, by kind of distance."""

    group: str
    people: int
    comparisons: int
    errors: Mapping[str, int]
    members: tuple[str, ...]

    def fmr(self, kind: str) -> float:
        return self.errors[kind] / self.comparisons


@dataclass(frozen=True, slots=True)
class Bound:
    """What a bound on the corrected threshold gives: no looser than the plain one at so many
    ``times`` the risk."""

    times: float
    threshold: float
    fmr: float
    tar: float
    worst_group: float


@dataclass(frozen=True, slots=True)
class Doors:
    doors: list[Door]
    groups: list[Group]
    bounds: list[Bound]
    """None for a pack without a cohort: its thresholds are those of the plain distance."""
    distance: str
    """The kind of distance in which the door compares, and of the nearest strangers."""
    nearest_strangers: list[Mistake]


def measure(known: Embeddings, manifest: Manifest, report: Callable[[float], None]) -> Doors:
    calibration = lfw.calibration_of(manifest)
    compared = {}
    for kind, (_, measure_with) in lfw.kinds(calibration).items():
        compared[kind] = comparisons.all_against_all(known, measure_with, calibrate.ONE_PHOTO_EACH)
    report(0.3)
    doors = _doors(known, manifest, calibration, compared)
    report(0.7)
    labels = neighbourhoods(known, round(calibration.people / GROUP_PEOPLE))
    own = list(compared)[-1]
    return Doors(
        doors,
        _groups(compared, labels, calibration),
        _bounds(compared[own], labels, calibration) if own != "plain" else [],
        own,
        comparisons.nearest_strangers(compared[own]),
    )


def _doors(
    known: Embeddings,
    manifest: Manifest,
    calibration: Calibration,
    compared: Mapping[str, Comparisons],
) -> list[Door]:
    rows = []
    kinds = lfw.kinds(calibration)
    for kind, is_original in (("plain", True), (list(kinds)[-1], False)):
        table, measure_with = kinds[kind]
        settings = RecognitionConfig(threshold=ORIGINAL if is_original else None)
        single, means = compared[kind].distances(), of_means(known, MEAN_OF, measure_with)
        for people in ENROLLED_AT_ORIGINAL if is_original else ENROLLED:
            limit = Risk(manifest, settings).limit(people)
            visit = limit.false_match_rate or 0.0
            rate = visit / (people * table.several_photos)
            rows.append(
                Door(
                    people,
                    is_original,
                    rate,
                    visit,
                    limit.threshold,
                    limit.extrapolated,
                    limit.threshold < threshold_at(table.risk, rate) - 1e-9,
                    round(single.fmr(limit.threshold) * len(single.impostor)),
                    1 - single.fnmr(limit.threshold),
                    1 - means.fnmr(limit.threshold),
                )
            )
    return sorted(rows, key=lambda row: (row.is_original, row.people))


def _groups(
    compared: Mapping[str, Comparisons], labels: Mapping[str, str], calibration: Calibration
) -> list[Group]:
    rates = {
        kind: {
            group.name: group
            for group in fmr_by_group(
                compared[kind], labels, {RATE: threshold_at(table.risk, RATE)}
            )
        }
        for kind, (table, _) in lfw.kinds(calibration).items()
    }
    return [
        Group(
            group,
            rate.people,
            rate.comparisons,
            {
                kind: round(of[group].fmr[RATE].value * of[group].comparisons)
                for kind, of in rates.items()
            },
            tuple(sorted(person for person, label in labels.items() if label == group)),
        )
        for group, rate in rates["plain"].items()
    ]


def _bounds(
    compared: Comparisons, labels: Mapping[str, str], calibration: Calibration
) -> list[Bound]:
    table, _ = lfw.kinds(calibration)["corrected"]
    distances, rows = compared.distances(), []
    for times in BOUNDS:
        threshold = min(
            threshold_at(table.risk, RATE), threshold_at(calibration.plain.risk, times * RATE)
        )
        most = worst(fmr_by_group(compared, labels, {RATE: threshold}), RATE).fmr[RATE].value
        rows.append(
            Bound(times, threshold, distances.fmr(threshold), 1 - distances.fnmr(threshold), most)
        )
    return rows


def show(found: Doors) -> None:
    print(
        f"\nby how many are enrolled: by default, and at {ORIGINAL}\n"
        f"{'enrolled':>8}{'a comparison':>14}{'a visit':>9}{'threshold':>11}  "
        f"{'errors':>6}{'TAR':>8}{f'mean of {MEAN_OF}':>11}"
    )
    for row in found.doors:
        notes = ["extrapolated"] * row.is_extrapolated + ["bounded by the plain"] * row.is_bounded
        print(
            f"{row.people:>8}{row.rate:>14.1e}{row.visit:>9.1e}{row.threshold:>11.3f}  "
            f"{row.errors:>6}{row.tar:>8.1%}{row.tar_of_means:>11.1%}  {', '.join(notes)}".rstrip()
        )
    _show_groups(found.groups)
    if found.bounds:
        print(f"\nbound on the corrected threshold at {RATE:.0e}")
        print("  times  threshold      FMR     TAR")
    for bound in found.bounds:
        print(
            f"{bound.times:>7g}{bound.threshold:>11.3f}{bound.fmr:>9.1e}{bound.tar:>8.1%}"
            f"  worst group {bound.worst_group:.1e}"
        )
    print(f"\nnearest strangers, {found.distance}: wrong labels stand among them")
    for mistake in found.nearest_strangers:
        print(f"{mistake.distance:>7.3f}  {mistake.first}  {mistake.second}")


def _show_groups(groups: Sequence[Group]) -> None:
    kinds = tuple(groups[0].errors)
    worst: dict[str, Group] = {}
    for kind in kinds:
        ranked = sorted(groups, key=lambda group: group.fmr(kind), reverse=True)
        worst |= {group.group: group for group in ranked[:WORST]}
    print(f"\nworst of {len(groups)} neighbourhoods at {RATE:.0e}: FMR (pairs)")
    print(f"{'people':>6}{'pairs':>9}" + "".join(f"{kind:>16}" for kind in kinds))
    for group in worst.values():
        rates = (f"{group.fmr(kind):.1e} ({group.errors[kind]})" for kind in kinds)
        print(
            f"{group.people:>6}{group.comparisons:>9,}" + "".join(f"{rate:>16}" for rate in rates)
        )
    for kind in kinds:
        spotless = sum(group.errors[kind] == 0 for group in groups)
        middle = median(group.fmr(kind) for group in groups)
        print(f"{kind}: none in {spotless} neighbourhoods; the median has {middle:.1e}")
