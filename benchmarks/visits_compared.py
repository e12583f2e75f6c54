"""Visits compared with strangers and with the visitor's own templates, by each rule.

A visit is a simulated walk-up (:mod:`benchmarks.walk_ups`). Templates are means of a person's first
photos, strangers the first photos of everybody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import lfw, visit_rules
from facedoor.frames import Vector
from facedoor.identity.search import mean_direction
from facedoor.vision.pack import Manifest
from facedoor_convert.evaluation.groups import GROUP_PEOPLE, neighbourhoods
from facedoor_convert.evaluation.namesakes import namesakes
from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from benchmarks.visit_rules import Scores

PHOTOS = (1, 3, 5)
"""Of how many photos templates are made."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """``strangers`` are the scores against all ``compared`` strangers, but those out of reach:
    by rule, float32 (n,), with ``group`` saying which are in the visitor's neighbourhood; ``own``
    those against the visitor's own templates, by the number of photos in each; ``photo`` has the
    distances of the photo itself."""

    is_late: bool
    """Of somebody in folds 6 to 10."""
    compared: int
    strangers: Mapping[str, Vector]
    photo: Vector
    group: Vector
    in_group: int
    own: Mapping[int, Scores]


def compared(photos: lfw.Lfw, looks: Mapping[str, Vector], manifest: Manifest) -> list[Visit]:
    """Those with looks enough for the door."""
    calibration = lfw.calibration_of(manifest)
    table, measure = list(lfw.kinds(calibration).values())[-1]
    own: dict[str, list[str]] = defaultdict(list)
    for photo in sorted(photos.known):
        if photos.known[photo] is not None:
            own[person_of(photo)].append(photo)
    people = np.stack([_vector(photos.known, those[0]) for those in own.values()])
    labels = neighbourhoods(photos.known, round(calibration.people / GROUP_PEOPLE))
    label = np.array([labels[person] for person in own])
    alike = namesakes(own) | {(second, first) for first, second in namesakes(own)}
    late = {person_of(photo) for fold in photos.folds[5:] for photo in fold}
    found = []
    for photo, seen in looks.items():
        if len(seen) < visit_rules.NEEDED:
            continue
        person = person_of(photo)
        strangers = np.array([other != person and (person, other) not in alike for other in own])
        score = visit_rules.scores(seen, people, measure, table)
        itself = measure(_vector(photos.known, photo)[np.newaxis], people)[0]
        near = strangers & (np.minimum(score[visit_rules.BEST], itself) <= visit_rules.REACH)
        templates = [_vector(photos.known, other) for other in own[person] if other != photo]
        found.append(
            Visit(
                person in late,
                int(strangers.sum()),
                {rule: of[near] for rule, of in score.items()},
                itself[near],
                label[near] == labels[person],
                int((strangers & (label == labels[person])).sum()),
                {
                    count: visit_rules.scores(seen, means, measure, table)
                    for count in PHOTOS
                    if len(means := _means(templates, count))
                },
            )
        )
    return found


def _means(templates: Sequence[Vector], count: int) -> Vector:
    """Of each run of so many of the first templates: (n, D), n = 0 where there are too few."""
    first = templates[: max(PHOTOS)]
    runs = [first[start : start + count] for start in range(len(first) - count + 1)]
    return np.array([mean_direction(np.stack(run)) for run in runs], np.float32)


def _vector(known: lfw.Embeddings, photo: str) -> Vector:
    """Zero, which is near to nobody, where no face was found."""
    vector = known[photo]
    if vector is not None:
        return vector
    size = next(len(other) for other in known.values() if other is not None)
    return np.zeros(size, np.float32)
