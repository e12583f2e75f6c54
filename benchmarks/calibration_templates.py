"""What several templates of a person are worth, to the person and to strangers.

Templates are the first photos of everybody who has so many, probes their other photos, if they have
any, strangers one photo of everybody else. The same people and the same probes are compared with
each template alone, with the mean of them, which is the door's way, and with the nearest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import lfw
from benchmarks.lfw import Embeddings
from facedoor.frames import Vector
from facedoor.identity.risk import threshold_at
from facedoor.vision.calibration import Calibration
from facedoor_convert.calibration import distance_table
from facedoor_convert.evaluation import bootstrap
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.comparisons import Comparisons, Indices
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.evaluation.intervals import Estimate
from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from facedoor_convert.evaluation.comparisons import Measure

RATES = (1e-4, 1e-5)
PHOTOS = (1, *distance_table.PHOTOS)
WAYS = ("alone", "mean", "nearest")


@dataclass(frozen=True, slots=True)
class Templates:
    """One way to compare with so many ``photos`` of ``people``, at the threshold that stands for
    ``rate`` between single photos.

    ``times`` is the FMR in multiples of that of each photo alone, between 95 % bounds from people
    drawn anew; ``errors`` is how many false matches it is.
    """

    distance: str
    rate: float
    photos: int
    people: int
    way: str
    errors: int
    fmr: float
    times: Estimate
    tar: float


def measure(
    known: Embeddings, calibration: Calibration, report: Callable[[float], None]
) -> list[Templates]:
    vectors, kinds = _by_person(known), lfw.kinds(calibration)
    rows: list[Templates] = []
    for number, photos in enumerate(PHOTOS):
        for kind, (table, measure_with) in kinds.items():
            compared = _compared(vectors, photos, measure_with)
            drawn = {way: PersonBootstrap(found) for way, found in compared.items()}
            people = sum(len(found) >= photos for found in vectors.values())
            for rate in RATES:
                threshold = threshold_at(table.risk, rate)
                rows += _rows(compared, drawn, threshold, (kind, rate, photos, people))
        report((number + 1) / len(PHOTOS))
    return rows


def of_means(known: Embeddings, photos: int, measure_with: Measure) -> Distances:
    """Distances from the means of so many photos of a person."""
    return _compared(_by_person(known), photos, measure_with)["mean"].distances()


def _rows(
    compared: Mapping[str, Comparisons],
    drawn: Mapping[str, PersonBootstrap],
    threshold: float,
    what: tuple[str, float, int, int],
) -> list[Templates]:
    alone = compared["alone"].distances().fmr(threshold)
    of_alone = drawn["alone"].fmr(threshold)
    rows = []
    for way, found in compared.items():
        distances = found.distances()
        fmr = distances.fmr(threshold)
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.where(of_alone > 0, drawn[way].fmr(threshold) / of_alone, np.nan)
        rows.append(
            Templates(
                *what,
                way,
                round(fmr * len(distances.impostor)),
                fmr,
                bootstrap.estimate(fmr / alone, times),
                1 - distances.fnmr(threshold),
            )
        )
    return rows


def _by_person(known: Embeddings) -> dict[str, Vector]:
    own: dict[str, list[Vector]] = defaultdict(list)
    for photo, embedding in sorted(known.items(), key=lambda item: item[0]):
        if embedding is not None:
            own[person_of(photo)].append(embedding)
    return {person: np.stack(found) for person, found in own.items()}


def _compared(
    vectors: Mapping[str, Vector], photos: int, measure_with: Measure
) -> dict[str, Comparisons]:
    """The comparisons of each way; ``vectors`` are everybody's, float32 (n, D)."""
    places = [place for place, found in enumerate(vectors.values()) if len(found) >= photos]
    people = [found for found in vectors.values() if len(found) >= photos]
    strangers = np.stack([found[0] for found in vectors.values()])
    probes = np.concatenate([found[photos:] for found in people])
    probes_each = [len(found) - photos for found in people]
    of_probe = np.repeat(np.arange(len(people), dtype=np.int32), probes_each)
    templates = np.stack([found[:photos] for found in people])
    means = templates.sum(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)

    def distances(one_each: Vector) -> tuple[Vector, Vector]:
        """From the strangers, a row for each person, and of each probe from its person."""
        apart = measure_with(one_each, strangers)
        return apart, measure_with(one_each, probes)[of_probe, np.arange(len(probes))]

    alone = [distances(np.ascontiguousarray(each)) for each in templates.swapaxes(0, 1)]
    nearest = tuple(np.minimum.reduce(kind) for kind in zip(*alone, strict=True))
    found = {"alone": alone, "mean": [distances(means)], "nearest": [(nearest[0], nearest[1])]}
    ways = WAYS if photos > 1 else ("alone",)
    return {way: _as_comparisons(tuple(vectors), places, of_probe, found[way]) for way in ways}


def _as_comparisons(
    names: Sequence[str],
    places: Sequence[int],
    of_probe: Indices,
    found: Sequence[tuple[Vector, Vector]],
) -> Comparisons:
    """Everybody stands for their photos in them: it is people who are drawn anew."""
    people = np.array(places, np.int32)
    rows, strangers = np.nonzero(people[:, np.newaxis] != np.arange(len(names)))
    pairs = np.stack([people[rows], strangers], axis=1).astype(np.int32)
    same = np.repeat(people[of_probe][:, np.newaxis], 2, axis=1)
    return Comparisons(
        tuple(f"{name}/" for name in names),
        np.concatenate([genuine for _, genuine in found]),
        np.tile(same, (len(found), 1)),
        np.concatenate([apart[rows, strangers] for apart, _ in found]),
        np.tile(pairs, (len(found), 1)),
    )


def show(rows: Sequence[Templates], calibration: Calibration) -> None:
    print("\nseveral photos of a person, at the threshold of single photos")
    print(
        f"{'distance':<11}{'FMR':<7}{'photos':>6}{'people':>8}  {'compared':<10}"
        f"{'errors':>6}{'FMR':>9}   {'times that of each alone':<26}TAR"
    )
    for row in rows:
        times = f"{row.times.value:.2f} ({row.times.low:.2f} to {row.times.high:.2f})"
        print(
            f"{row.distance:<11}{row.rate:<7.0e}{row.photos:>6}{row.people:>8}  {row.way:<10}"
            f"{row.errors:>6}{row.fmr:>9.1e}   {times:<26}{row.tar:.1%}"
        )
    for kind, (table, _) in lfw.kinds(calibration).items():
        print(f"{kind}: the table takes the mean of several photos for {table.several_photos:g}")
