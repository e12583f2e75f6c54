"""Whether a table of risks holds for people whom it was not measured on.

Tables are measured on some of LFW's people and counted on others, with a cohort of neither. Halves
show the rates that a table calls measured, eighths those that it extrapolates.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks import lfw
from benchmarks.lfw import Embeddings, Lfw
from facedoor.identity.risk import threshold_at
from facedoor.vision.calibration import RiskPoint
from facedoor_convert.calibration import calibrate
from facedoor_convert.evaluation import comparisons
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.progress import Progress

HALVES = {"1-5": range(1, 6), "6-10": range(6, 11), "odd": range(1, 11, 2), "even": range(2, 11, 2)}
OPPOSITE = {"1-5": "6-10", "6-10": "1-5", "odd": "even", "even": "odd"}
"""Folds of the pairs to measure on, and those to count on."""

PARTS, DRAWS, SEED = 8, 12, 2026
BEYOND = (1e-5, 3e-6, 1e-6)
"""Rates that an eighth of the people cannot tell, and all others can."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One rate of a table, its stated bounds, and what its threshold does to other people.

    ``tar`` is that of the threshold, ``tar_at_fmr`` that of a threshold measured on the others
    themselves.
    """

    measured_on: str
    counted_on: str
    distance: str
    fmr: float
    low: float
    high: float
    seen: float
    tar: float
    tar_at_fmr: float

    @property
    def is_within(self) -> bool:
        return self.low <= self.seen <= self.high


@dataclass(frozen=True, slots=True)
class Extrapolated:
    """A rate that a part of the people cannot tell, and what the others say: the median, the least
    and the most of all draws, for the table's line and for one begun at the last measured rate."""

    distance: str
    fmr: float
    seen: tuple[float, float, float]
    seen_from_the_rate: tuple[float, float, float]


def halves(photos: Lfw, report: Callable[[float], None]) -> list[HeldOut]:
    """``photos.others`` make the cohort; without any, distances are plain alone."""
    rows = []
    for number, (name, folds) in enumerate(HALVES.items()):
        other = OPPOSITE[name]
        for kind, risk, seen in _tables(
            photos.of_folds(folds), photos.of_folds(HALVES[other]), photos.others
        ):
            rows += [
                HeldOut(
                    name,
                    other,
                    kind,
                    point.fmr,
                    point.fmr_low,
                    point.fmr_high,
                    seen.fmr(point.threshold),
                    1 - seen.fnmr(point.threshold),
                    1 - seen.fnmr(seen.threshold_at_fmr(point.fmr)),
                )
                for point in reversed(risk)
                if not point.extrapolated
            ]
        report((number + 1) / len(HALVES))
    return rows


def eighths(photos: Lfw, report: Callable[[float], None]) -> list[Extrapolated]:
    people = sorted({person_of(photo) for photo in photos.known})
    random = np.random.default_rng(SEED)
    seen: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for draw in range(DRAWS):
        chosen = set(random.permutation(people)[: len(people) // PARTS].tolist())
        part = {photo: v for photo, v in photos.known.items() if person_of(photo) in chosen}
        rest = {photo: v for photo, v in photos.known.items() if photo not in part}
        for kind, risk, distances in _tables(part, rest, photos.others):
            for rate in BEYOND:
                thresholds = threshold_at(risk, rate), _from_the_rate(risk, rate)
                both = tuple(map(distances.fmr, thresholds))
                seen.setdefault((kind, rate), []).append((both[0], both[1]))
        report((draw + 1) / DRAWS)
    return [
        Extrapolated(kind, rate, *(_summary(draws) for draws in zip(*found, strict=True)))
        for (kind, rate), found in seen.items()
    ]


def _tables(
    measured_on: Embeddings, counted_on: Embeddings, cohort: Embeddings
) -> Iterator[tuple[str, Sequence[RiskPoint], Distances]]:
    """For each kind of distance the table of the former, and the distances among the latter."""
    unseen = Progress({calibrate.PLAIN: 0.0, calibrate.CORRECTED: 0.0}, io.StringIO())
    measured = calibrate.measure(measured_on, cohort, "", "", unseen)
    for kind, (table, measure) in lfw.kinds(measured).items():
        compared = comparisons.all_against_all(counted_on, measure, calibrate.ONE_PHOTO_EACH)
        yield kind, table.risk, compared.distances()


def _from_the_rate(risk: Sequence[RiskPoint], rate: float) -> float:
    """Where the same line would lie if it began at the last measured rate itself."""
    last = next(point for point in risk if not point.extrapolated)
    per_decade = threshold_at(risk, last.fmr * 10) - last.threshold
    return last.threshold - per_decade * math.log10(last.fmr / rate)


def _summary(values: Sequence[float]) -> tuple[float, float, float]:
    return median(values), min(values), max(values)


def show_halves(rows: Sequence[HeldOut]) -> None:
    print("\nheld out: measured on some folds, counted on the others")
    print(
        f"{'folds':<13}{'distance':<11}{'FMR':<7}{'stated bounds':<21}{'seen':<14}"
        f"{'TAR':<7}at that FMR"
    )
    for row in rows:
        bounds = f"{row.low:.1e} to {row.high:.1e}"
        mark = "" if row.is_within else "  !"
        print(
            f"{row.measured_on + ', ' + row.counted_on:<13}{row.distance:<11}{row.fmr:<7.0e}"
            f"{bounds:<21}{f'{row.seen:.1e}{mark}':<14}{row.tar:<7.1%}"
            f"{row.tar_at_fmr:.1%}"
        )
    for kind in dict.fromkeys(row.distance for row in rows):
        inside = [row.is_within for row in rows if row.distance == kind]
        print(f"{kind}: {sum(inside)} of {len(inside)} within their bounds")


def show_eighths(rows: Sequence[Extrapolated]) -> None:
    print(f"\nextrapolated from an eighth of the people, seen among all others, {DRAWS} draws")
    print(f"{'distance':<11}{'FMR':<7}{'seen: median, least to most':<33}begun at the rate itself")
    for row in rows:
        seen, plainly = (
            "{:.1e} ({:.1e} to {:.1e})".format(*summary)
            for summary in (row.seen, row.seen_from_the_rate)
        )
        print(f"{row.distance:<11}{row.fmr:<7.0e}{seen:<33}{plainly}")
