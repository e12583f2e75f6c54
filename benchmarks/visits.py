"""How many visits a door accepts, and which rule over a visit's looks is best.

``FACEDOOR_LFW=DIR python -m benchmarks.visits``, see :mod:`benchmarks.lfw`: visits are simulated
walk-ups (:mod:`benchmarks.walk_ups`), one of each of the 200 people with most photos, made of their
last photo. Templates are means of their first ones; strangers are the first photos of everybody
else.

* Rules at one false match rate of a visit against one person: thresholds by the visits of folds 1
  to 5, told on those of folds 6 to 10.
* What each rule's false match rate is at a threshold that is measured on single photos.
* The door: visits accepted by how many are enrolled from how many photos.

Among the rules are such as weigh looks, or the photos of a template, by their quality
(:mod:`benchmarks.look_quality`): each at the strength that accepts most visits of folds 1 to 5.

Makes the walk-ups (some ten minutes, kept like embeddings) and writes ``build/visits.json``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import BUILD, PACK, lfw, looks, visit_counts, visit_doors, walk_ups
from benchmarks.visit_doors import OF_MEANS, Door
from benchmarks.visit_rules import BASES, DOOR, FAMILIES, RULES
from benchmarks.visits_compared import PHOTOS, Visit, compared, of_visitors
from facedoor.errors import FacedoorError
from facedoor.identity.risk import threshold_at
from facedoor.vision import pack
from facedoor.vision.pack import Manifest
from facedoor_convert.calibration import calibrate
from facedoor_convert.progress import Progress

VISITS = 200
RATES = (1e-4, 1e-5)
_READ, _JUDGE, _WALK = "reading photos", "judging photos", "walking up"
_COMPARE = "comparing visits"


@dataclass(frozen=True, slots=True)
class Row:
    """One rule at one false match rate: ``seen`` is the rate, in multiples of it, of the visits
    that did not set the threshold; ``accepted`` and ``gain`` over the door's rule, or over the one
    that it is to better, by photos."""

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


def main() -> int:
    try:
        with Progress(
            {_READ: 0.0, _JUDGE: 60.0, _WALK: 400.0, _COMPARE: 90.0}, sys.stderr
        ) as progress:
            models = pack.load(PACK)
            with progress.step(_READ) as report:
                photos = lfw.read(report, with_others=False)
            chosen = walk_ups.visitors(photos.known)[:VISITS]
            images, pairs_file = lfw.places()
            paths = calibrate.Subjects.of(images, pairs_file).paths
            templates = {name: paths[name] for name in of_visitors(photos, chosen)}
            with progress.step(_JUDGE) as report:
                singles = looks.of_photos(templates, models, report)
            with progress.step(_WALK) as report:
                walked = walk_ups.walk_ups({name: paths[name] for name in chosen}, models, report)
            with progress.step(_COMPARE):
                found = compared(photos, walked, singles, models.manifest)
                visits = found.visits
                by_quality = _strongest([visit for visit in visits if not visit.is_late])
                rules = _rules(visits, by_quality)
                times = _times(visits, models.manifest, by_quality)
                doors = visit_doors.doors(visits, models.manifest, by_quality)
    except FacedoorError as error:
        print(f"visits: {error}", file=sys.stderr)
        return error.exit_code
    near = visit_doors.near_means(visits, models.manifest)
    result = {
        "visits": len(visits),
        "not_judged": len(walked) - len(visits),
        "comparisons": sum(visit.compared for visit in visits),
        "explained": found.explained,
        "near_means": near,
        "rules": [dataclasses.asdict(row) for row in rules],
        "times": [dataclasses.asdict(row) for row in times],
        "doors": [dataclasses.asdict(row) for row in doors],
    }
    (BUILD / "visits.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    _show(visits, len(walked), rules, times, doors, found.explained, near)
    return 0


def _strongest(early: Sequence[Visit]) -> list[str]:
    """Of each kind of rule that goes by quality the one that accepts most at the smallest rate."""

    def accepted(rule: str) -> float:
        threshold = visit_counts.threshold(early, rule, min(RATES))
        return sum(visit_counts.accepted(early, rule, threshold).values())

    return [max(family, key=accepted) for family in FAMILIES]


def _rules(visits: Sequence[Visit], by_quality: Sequence[str]) -> list[Row]:
    early = [visit for visit in visits if not visit.is_late]
    late = [visit for visit in visits if visit.is_late]
    rows = []
    for rate in RATES:
        thresholds = {
            rule: visit_counts.threshold(early, rule, rate) for rule in (*RULES, *by_quality)
        }
        for rule, threshold in thresholds.items():
            base = BASES.get(rule, DOOR)
            seen = visit_counts.errors(late, rule, threshold) / sum(
                visit.compared for visit in late
            )
            accepted = visit_counts.accepted(late, rule, threshold)
            gain = visit_counts.gain(late, (rule, threshold), (base, thresholds[base]))
            rows.append(Row(rate, rule, threshold, seen / rate, accepted, gain))
    return rows


def _times(visits: Sequence[Visit], manifest: Manifest, by_quality: Sequence[str]) -> list[Times]:
    table = visit_doors.table_of(manifest)
    rows = []
    for rate in RATES:
        threshold = threshold_at(table.risk, rate)
        photos = sum(int((visit.photo <= threshold).sum()) for visit in visits)
        for rule in (*RULES, *by_quality):
            inside = sum(
                int((visit.strangers[rule][visit.group] <= threshold).sum()) for visit in visits
            )
            rows.append(
                Times(rate, rule, visit_counts.errors(visits, rule, threshold), photos, inside)
            )
    return rows


def _show(
    visits: Sequence[Visit],
    walked: int,
    rules: Sequence[Row],
    times: Sequence[Times],
    doors: Sequence[Door],
    explained: Mapping[str, tuple[float, float]],
    near: Mapping[str, int],
) -> None:
    counts = {photos: sum(photos in visit.own for visit in visits) for photos in PHOTOS}
    print(
        f"{len(visits)} visits of {walked} ({walked - len(visits)} without looks enough), "
        f"{sum(visit.compared for visit in visits):,} comparisons with strangers; with so many "
        f"photos left for templates: {counts}"
    )
    for what, (early, late) in explained.items():
        print(
            f"quality explains {early:.1%} of how far {what} of one person are from the templates, "
            f"fitted on folds 1 to 5; {late:.1%} on 6 to 10"
        )
    print(
        f"false matches of the door's rule with others' means of {max(PHOTOS)} photos at "
        f"{OF_MEANS:g}: {near}"
    )
    print("\nat one rate, thresholds of folds 1 to 5, told on 6 to 10: accepted (gain, 95 %)")
    for row in rules:
        shares = "  ".join(
            f"{row.accepted[n]:6.1%} ({gain[0]:+.1%}: {gain[1]:+.1%} to {gain[2]:+.1%})"
            for n, gain in row.gain.items()
        )
        print(
            f"{row.rate:.0e}  {row.rule:<39}{row.threshold:.3f}  rate x {row.seen:4.2f}  {shares}"
        )
    print("\nat the threshold of single photos: false matches, in multiples of the photos'")
    for each in times:
        print(
            f"{each.rate:.0e}  {each.rule:<39}{each.errors:>5} of {each.of_photos} "
            f"x {each.errors / max(1, each.of_photos):.2f}, in neighbourhoods {each.in_groups}"
        )
    print("\nthe door at its default risk: visits accepted with templates of 1, 3, 5 photos")
    for door in doors:
        print(
            f"{door.people:>4} enrolled: {door.threshold:.3f}: {_listed(door.accepted)} "
            f"({door.errors} false matches)"
        )
        for rule, other in door.others.items():
            gains = ", ".join(
                f"{gain:+.1%} ({low:+.1%} to {high:+.1%})"
                for gain, low, high in other.gain.values()
            )
            accepted = _listed(other.accepted)
            print(f"      {rule:<39}{other.threshold:.3f}: {accepted}   6 to 10: {gains}")


def _listed(shares: Mapping[int, float]) -> str:
    return ", ".join(f"{share:.1%}" for share in shares.values())


if __name__ == "__main__":
    sys.exit(main())
