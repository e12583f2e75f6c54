"""How many visits a door accepts, and which rule over a visit's looks is best.

``FACEDOOR_LFW=DIR python -m benchmarks.visits``, see :mod:`benchmarks.lfw`: visits are simulated
walk-ups (:mod:`benchmarks.walk_ups`), one of each of the 200 people with most photos, made of their
last photo. Templates are means of their first ones; strangers are the first photos of everybody
else.

* Rules at one false match rate of a visit against one person: thresholds by the visits of folds 1
  to 5, told on those of folds 6 to 10.
* What each rule's false match rate is at a threshold that is measured on single photos.
* The door: visits accepted by how many are enrolled from how many photos.

Makes the walk-ups (some ten minutes, kept like embeddings) and writes ``build/visits.json``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import BUILD, PACK, lfw, walk_ups
from benchmarks.visit_rules import DOOR, NEAREST_MEAN, RULES
from benchmarks.visits_compared import PHOTOS, Visit, compared
from facedoor.config.options import RecognitionConfig
from facedoor.errors import FacedoorError
from facedoor.frames import Vector
from facedoor.identity.risk import Risk, threshold_at
from facedoor.vision import pack
from facedoor.vision.calibration import DistanceTable
from facedoor.vision.pack import Manifest
from facedoor_convert.calibration import calibrate
from facedoor_convert.progress import Progress

if TYPE_CHECKING:
    from benchmarks.visit_rules import Scores

VISITS = 200
RATES = (1e-4, 1e-5)
ENROLLED = (1, 10, 50, 100)
RESAMPLES, SEED = 1000, 7
_READ, _WALK, _COMPARE = "reading photos", "walking up", "comparing visits"


@dataclass(frozen=True, slots=True)
class Row:
    """One rule at one false match rate: ``seen`` is the rate, in multiples of it, of the visits
    that did not set the threshold; ``accepted`` and ``gain`` over the door's rule by photos."""

    rate: float
    rule: str
    threshold: float
    seen: float
    accepted: Mapping[int, float]
    gain: Mapping[int, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Times:
    """False matches of a rule at the threshold of single photos, and of these photos alone."""

    rate: float
    rule: str
    errors: int
    of_photos: int
    in_groups: int


@dataclass(frozen=True, slots=True)
class Door:
    """Visits accepted by photos: by the door's rule at its threshold, and by the mean of the
    nearest looks at one that pays for its false matches."""

    people: int
    threshold: float
    errors: int
    accepted: Mapping[int, float]
    threshold_of_mean: float
    accepted_of_mean: Mapping[int, float]


def main() -> int:
    try:
        with Progress({_READ: 0.0, _WALK: 400.0, _COMPARE: 60.0}, sys.stderr) as progress:
            models = pack.load(PACK)
            with progress.step(_READ) as report:
                photos = lfw.read(report, with_others=False)
            chosen = walk_ups.visitors(photos.known)[:VISITS]
            images, pairs_file = lfw.places()
            paths = calibrate.Subjects.of(images, pairs_file).paths
            with progress.step(_WALK) as report:
                looks = walk_ups.walk_ups({name: paths[name] for name in chosen}, models, report)
            with progress.step(_COMPARE):
                visits = compared(photos, looks, models.manifest)
                rules, times = _rules(visits), _times(visits, models.manifest)
                doors = _doors(visits, models.manifest, times)
    except FacedoorError as error:
        print(f"visits: {error}", file=sys.stderr)
        return error.exit_code
    result = {
        "visits": len(visits),
        "not_judged": len(looks) - len(visits),
        "comparisons": sum(visit.compared for visit in visits),
        "rules": [dataclasses.asdict(row) for row in rules],
        "times": [dataclasses.asdict(row) for row in times],
        "doors": [dataclasses.asdict(row) for row in doors],
    }
    (BUILD / "visits.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    _show(visits, len(looks), rules, times, doors)
    return 0


def _rules(visits: Sequence[Visit]) -> list[Row]:
    early = [visit for visit in visits if not visit.is_late]
    late = [visit for visit in visits if visit.is_late]
    rows = []
    for rate in RATES:
        thresholds = {rule: _threshold(early, rule, rate) for rule in RULES}
        for rule, threshold in thresholds.items():
            seen = _errors(late, rule, threshold) / sum(visit.compared for visit in late)
            accepted, gain = {}, {}
            for photos in PHOTOS:
                with_so_many = [visit.own[photos] for visit in late if photos in visit.own]
                yes = _shares(with_so_many, rule, threshold)
                accepted[photos] = float(yes.mean())
                gain[photos] = _bounds(yes - _shares(with_so_many, DOOR, thresholds[DOOR]))
            rows.append(Row(rate, rule, threshold, seen / rate, accepted, gain))
    return rows


def _shares(own: Sequence[Scores], rule: str, threshold: float) -> Vector:
    """Of each visit the share of templates for which it is accepted."""
    return np.array([np.mean(scores[rule] <= threshold) for scores in own], np.float32)


def _threshold(visits: Sequence[Visit], rule: str, rate: float) -> float:
    """The largest at which no larger share of strangers is taken for somebody."""
    nearest = np.sort(np.concatenate([visit.strangers[rule] for visit in visits]))
    allowed = int(rate * sum(visit.compared for visit in visits))
    return float(np.nextafter(nearest[allowed], np.float32(0)))


def _errors(visits: Sequence[Visit], rule: str, threshold: float) -> int:
    return sum(int((visit.strangers[rule] <= threshold).sum()) for visit in visits)


def _bounds(differences: Vector) -> tuple[float, float, float]:
    """Their mean, and where it lies with 95 % confidence: each visit is another person's."""
    drawn = np.random.default_rng(SEED).integers(
        len(differences), size=(RESAMPLES, len(differences))
    )
    low, high = np.quantile(differences[drawn].mean(axis=1), [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def _times(visits: Sequence[Visit], manifest: Manifest) -> list[Times]:
    table = _table(manifest)
    rows = []
    for rate in RATES:
        threshold = threshold_at(table.risk, rate)
        photos = sum(int((visit.photo <= threshold).sum()) for visit in visits)
        for rule in RULES:
            inside = sum(
                int((visit.strangers[rule][visit.group] <= threshold).sum()) for visit in visits
            )
            rows.append(Times(rate, rule, _errors(visits, rule, threshold), photos, inside))
    return rows


def _table(manifest: Manifest) -> DistanceTable:
    return list(lfw.kinds(lfw.calibration_of(manifest)).values())[-1][0]


def _doors(visits: Sequence[Visit], manifest: Manifest, times: Sequence[Times]) -> list[Door]:
    """The factor that a rule's false matches cost is that at the first rate: it has the most."""
    risk = Risk(manifest, RecognitionConfig())
    factor = {row.rule: row.errors / row.of_photos for row in times if row.rate == RATES[0]}
    dearer = RecognitionConfig(
        false_match_rate=RecognitionConfig().false_match_rate
        / max(1.0, factor[NEAREST_MEAN] / factor[DOOR])
    )
    rows = []
    for people in ENROLLED:
        threshold = risk.limit(people).threshold
        of_mean = Risk(manifest, dearer).limit(people).threshold
        rows.append(
            Door(
                people,
                threshold,
                _errors(visits, DOOR, threshold),
                _accepted(visits, DOOR, threshold),
                of_mean,
                _accepted(visits, NEAREST_MEAN, of_mean),
            )
        )
    return rows


def _accepted(visits: Sequence[Visit], rule: str, threshold: float) -> dict[int, float]:
    return {
        photos: float(
            _shares([v.own[photos] for v in visits if photos in v.own], rule, threshold).mean()
        )
        for photos in PHOTOS
    }


def _show(
    visits: Sequence[Visit],
    walked: int,
    rules: Sequence[Row],
    times: Sequence[Times],
    doors: Sequence[Door],
) -> None:
    counts = {photos: sum(photos in visit.own for visit in visits) for photos in PHOTOS}
    print(
        f"{len(visits)} visits of {walked} ({walked - len(visits)} without looks enough), "
        f"{sum(visit.compared for visit in visits):,} comparisons with strangers; with so many "
        f"photos left for templates: {counts}"
    )
    print("\nat one rate, thresholds of folds 1 to 5, told on 6 to 10: accepted (gain, 95 %)")
    for row in rules:
        shares = "  ".join(
            f"{row.accepted[n]:6.1%} ({gain[0]:+.1%}: {gain[1]:+.1%} to {gain[2]:+.1%})"
            for n, gain in row.gain.items()
        )
        print(
            f"{row.rate:.0e}  {row.rule:<28}{row.threshold:.3f}  rate x {row.seen:4.2f}  {shares}"
        )
    print("\nat the threshold of single photos: false matches, in multiples of the photos'")
    for each in times:
        print(
            f"{each.rate:.0e}  {each.rule:<28}{each.errors:>5} of {each.of_photos} "
            f"x {each.errors / max(1, each.of_photos):.2f}, in neighbourhoods {each.in_groups}"
        )
    print("\nthe door at its default risk: visits accepted with templates of 1, 3, 5 photos")
    for door in doors:
        now, then = (
            ", ".join(f"{share:.1%}" for share in shares.values())
            for shares in (door.accepted, door.accepted_of_mean)
        )
        print(
            f"{door.people:>4} enrolled: {door.threshold:.3f}: {now} ({door.errors} false matches)"
            f"   {NEAREST_MEAN}: {door.threshold_of_mean:.3f}: {then}"
        )


if __name__ == "__main__":
    sys.exit(main())
