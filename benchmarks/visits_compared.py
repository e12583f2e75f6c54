"""Visits compared with strangers and with the visitor's own templates, by each rule.

A visit is a simulated walk-up (:mod:`benchmarks.walk_ups`). Templates are means of a person's first
photos, strangers the first photos of everybody else. What quality says of looks and of photos is
fitted to the people of folds 1 to 5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import lfw, visit_rules
from benchmarks.look_quality import Expected, described, weights
from facedoor.frames import Vector
from facedoor.identity.search import mean_direction
from facedoor.vision.pack import Manifest
from facedoor_convert.evaluation.groups import GROUP_PEOPLE, neighbourhoods
from facedoor_convert.evaluation.namesakes import namesakes
from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from benchmarks.looks import Looks
    from benchmarks.visit_rules import Scores
    from facedoor.vision.calibration import DistanceTable
    from facedoor_convert.evaluation.comparisons import Measure

PHOTOS = (1, 3, 5)
"""Of how many photos templates are made."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """``strangers`` are the scores against all ``compared`` strangers, but those out of reach:
    by rule, float32 (n,), with ``group`` saying which are in the visitor's neighbourhood; ``own``
    those against the visitor's own templates, by the number of photos in each; ``photo`` has the
    distances of the photo itself; ``means`` are the door's scores against everybody else's mean of
    most photos, by how its photos are weighed."""

    is_late: bool
    """Of somebody in folds 6 to 10."""
    compared: int
    strangers: Mapping[str, Vector]
    photo: Vector
    group: Vector
    in_group: int
    own: Mapping[int, Scores]
    means: Scores


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """Somebody with looks enough for the door, and with templates; ``described`` and
    ``described_photos`` say how good looks and photos are, ``apart`` and ``photos_apart`` how far
    each is from the (other) templates, on average."""

    photo: str
    person: str
    is_late: bool
    looks: Vector
    described: Vector
    apart: Vector
    templates: Vector
    described_photos: Vector
    photos_apart: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """``explained`` is what share of how far looks, and photos, of one person are from their
    templates their quality tells: of people whom it was fitted to, and of the others."""

    visits: Sequence[Visit]
    explained: Mapping[str, tuple[float, float]]


def of_visitors(photos: lfw.Lfw, chosen: Sequence[str]) -> list[str]:
    """The photos that the templates of those in the ``chosen`` photos are made of."""
    own = _photos_by_person(photos.known)
    return [other for photo in chosen for other in _others(own, photo)]


def compared(
    photos: lfw.Lfw, looks: Mapping[str, Looks], singles: Mapping[str, Looks], manifest: Manifest
) -> Compared:
    """Of the visits of which there are ``looks`` those with looks enough for the door; ``singles``
    has the photos that templates are made of."""
    calibration = lfw.calibration_of(manifest)
    table, measure = list(lfw.kinds(calibration).values())[-1]
    own = _photos_by_person(photos.known)
    people = np.stack([_vector(photos.known, those[0]) for those in own.values()])
    labels = neighbourhoods(photos.known, round(calibration.people / GROUP_PEOPLE))
    label = np.array([labels[person] for person in own])
    alike = namesakes(own) | {(second, first) for first, second in namesakes(own)}
    visitors = list(_visitors(photos, looks, singles, own, measure))
    expected, of_photos, explained = _fitted(visitors)
    templates = [_templates(visitor, of_photos) for visitor in visitors]
    of_person = {visitor.person: ways for visitor, ways in zip(visitors, templates, strict=True)}
    found = []
    for visitor, of_own in zip(visitors, templates, strict=True):
        person, farther = visitor.person, expected.farther(visitor.described)
        scores = partial(_scores, visitor, farther, measure, table)
        strangers = np.array([other != person and (person, other) not in alike for other in own])
        score = scores({visit_rules.DOOR: people})
        itself = measure(_vector(photos.known, visitor.photo)[np.newaxis], people)[0]
        near = strangers & (np.minimum(score[visit_rules.BEST], itself) <= visit_rules.REACH)
        others = [
            ways[max(PHOTOS)]
            for other, ways in of_person.items()
            if max(PHOTOS) in ways and other != person and (person, other) not in alike
        ]
        found.append(
            Visit(
                visitor.is_late,
                int(strangers.sum()),
                {rule: of[near] for rule, of in score.items()},
                itself[near],
                label[near] == labels[person],
                int((strangers & (label == labels[person])).sum()),
                {count: scores(ways) for count, ways in of_own.items()},
                {
                    way: visit_rules.counted(measure(visitor.looks, means), table)
                    for way, means in _firsts(others).items()
                },
            )
        )
    return Compared(found, explained)


def _visitors(
    photos: lfw.Lfw,
    looks: Mapping[str, Looks],
    singles: Mapping[str, Looks],
    own: Mapping[str, Sequence[str]],
    measure: Measure,
) -> Iterator[Visitor]:
    everybody = mean_direction(np.stack([v for v in photos.known.values() if v is not None]))
    late = {person_of(photo) for fold in photos.folds[5:] for photo in fold}
    for photo, seen in looks.items():
        others = _others(own, photo)
        if len(seen) < visit_rules.NEEDED or not others:
            continue
        templates = np.stack([_vector(photos.known, other) for other in others])
        among = measure(templates, templates)
        yield Visitor(
            photo,
            person_of(photo),
            person_of(photo) in late,
            seen.embeddings,
            described(seen, everybody),
            measure(seen.embeddings, templates).mean(axis=1),
            templates,
            np.concatenate([described(singles[other], everybody) for other in others]),
            (among.sum(axis=1) - among.diagonal()) / max(1, len(others) - 1),
        )


def _fitted(
    visitors: Sequence[Visitor],
) -> tuple[Expected, Expected, Mapping[str, tuple[float, float]]]:
    """What quality says of looks and of photos, and how much that explains."""
    halves = [[v for v in visitors if v.is_late is is_late] for is_late in (False, True)]
    looks = [([v.described for v in half], [v.apart for v in half]) for half in halves]
    photos = [
        ([v.described_photos for v in half], [v.photos_apart for v in half]) for half in halves
    ]
    of_looks, of_photos = Expected.of(*looks[0]), Expected.of(*photos[0])
    explained = {
        "looks": (of_looks.explained(*looks[0]), of_looks.explained(*looks[1])),
        "photos": (of_photos.explained(*photos[0]), of_photos.explained(*photos[1])),
    }
    return of_looks, of_photos, explained


def _templates(visitor: Visitor, of_photos: Expected) -> dict[int, dict[str, Vector]]:
    """Of each run of so many of the first photos the mean, (n, D): by how many, and by how they
    are weighed. None where there are too few."""
    farther = of_photos.farther(visitor.described_photos)
    each = {visit_rules.DOOR: np.ones((len(farther), 1), np.float32)}
    each |= {rule: weights(farther, by) for rule, by in visit_rules.TEMPLATES.items()}
    ways = {way: visitor.templates * counts for way, counts in each.items()}
    return {
        count: {way: _means(weighed, count) for way, weighed in ways.items()}
        for count in PHOTOS
        if count <= len(visitor.templates)
    }


def _firsts(others: Sequence[Mapping[str, Vector]]) -> dict[str, Vector]:
    """Of each of several people the first mean, by how its photos are weighed."""
    return {way: np.stack([means[way][0] for means in others]) for way in others[0]}


def _scores(
    visitor: Visitor,
    farther: Vector,
    measure: Measure,
    table: DistanceTable,
    ways: Mapping[str, Vector],
) -> Scores:
    """By all rules; ``ways`` are templates by how their photos are weighed, or single photos."""
    plain = ways[visit_rules.DOOR]
    found = dict(visit_rules.scores(visitor.looks, farther, plain, measure, table))
    for way in visit_rules.TEMPLATES:
        found[way] = found[visit_rules.DOOR]
        if way in ways:
            found[way] = visit_rules.counted(measure(visitor.looks, ways[way]), table)
    return found


def _means(templates: Vector, count: int) -> Vector:
    runs = [templates[start : start + count] for start in range(len(templates) - count + 1)]
    return np.array([mean_direction(run) for run in runs], np.float32)


def _photos_by_person(known: lfw.Embeddings) -> dict[str, list[str]]:
    """Those that show a face."""
    own: dict[str, list[str]] = defaultdict(list)
    for photo in sorted(known):
        if known[photo] is not None:
            own[person_of(photo)].append(photo)
    return own


def _others(own: Mapping[str, Sequence[str]], photo: str) -> list[str]:
    """What templates of whoever is in ``photo`` are made of."""
    return [other for other in own.get(person_of(photo), ()) if other != photo][: max(PHOTOS)]


def _vector(known: lfw.Embeddings, photo: str) -> Vector:
    """Zero, which is near to nobody, where no face was found."""
    vector = known[photo]
    if vector is not None:
        return vector
    size = next(len(other) for other in known.values() if other is not None)
    return np.zeros(size, np.float32)
