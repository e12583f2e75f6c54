"""Error rates by group: one threshold does not treat everybody alike.

A group is a label on people, brought along or found from the embeddings themselves: people who
stand close together there are those whom the network finds hard to tell apart. Found groups are
made of the very embeddings that they are measured on, so their false match rates are high by
construction: they show where the risk lies, and are no estimate for a population.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.pairs import person_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector
    from facedoor_convert.comparisons import Comparisons

GROUP_PEOPLE = 100
"""People in a found group, on average."""

_ROUNDS = 30
_SEED = 2007


@dataclass(frozen=True, slots=True)
class GroupRate:
    """How often strangers of one group are taken for each other."""

    group: str
    people: int
    comparisons: int
    fmr: float


def fmr_by_group(
    comparisons: Comparisons, groups: Mapping[str, str], threshold: float
) -> list[GroupRate]:
    """The FMR at ``threshold`` among the people of each group, the worst first.

    ``groups`` are labels by person; people without one, and comparisons across groups, are left
    out, and so is a group without any comparison of strangers.
    """
    labels = sorted(set(groups.values()))
    number = {label: place for place, label in enumerate(labels)}
    none = len(labels)
    owners = [person_of(photo) for photo in comparisons.photos]
    of_photo = np.array([number.get(groups.get(person, ""), none) for person in owners], np.int64)
    first, second = of_photo[comparisons.impostor_photos].T
    within = first == second
    accepted = within & (comparisons.impostor <= np.float32(threshold))
    tried = np.bincount(first[within], minlength=none + 1)
    errors = np.bincount(first[accepted], minlength=none + 1)
    rates = [
        GroupRate(
            label,
            sum(groups.get(person) == label for person in set(owners)),
            int(tried[place]),
            float(errors[place] / tried[place]),
        )
        for label, place in number.items()
        if tried[place]
    ]
    return sorted(rates, key=lambda rate: rate.fmr, reverse=True)


def neighbourhoods(embeddings: Mapping[str, Vector | None], count: int) -> dict[str, str]:
    """A label for each person who has an embedding: which of ``count`` neighbourhoods they live in.

    Lloyd's k-means on each person's mean direction, by the cosine, begun as in Arthur and
    Vassilvitskii, "k-means++" (2007); the same embeddings always give the same groups.
    """
    own: dict[str, list[Vector]] = defaultdict(list)
    for photo, embedding in sorted(embeddings.items(), key=lambda item: item[0]):
        if embedding is not None:
            own[person_of(photo)].append(embedding)
    means = _unit(np.array([np.mean(vectors, axis=0) for vectors in own.values()], np.float32))
    centres = _spread(means, min(count, len(means)))
    for _ in range(_ROUNDS):
        nearest = (means @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, means)
        # A neighbourhood that everybody has left stays where it was.
        centres = np.where(sums.any(axis=1, keepdims=True), _unit(sums), centres)
    nearest = (means @ centres.T).argmax(axis=1)
    width = len(str(count))
    return {
        person: f"{place:0{width}d}" for person, place in zip(own, nearest.tolist(), strict=True)
    }


def _spread(vectors: Vector, count: int) -> Vector:
    """Rows of ``vectors`` that lie apart: each is drawn by its squared distance from the others."""
    draw = np.random.default_rng(_SEED)
    chosen = [int(draw.integers(len(vectors)))]
    while len(chosen) < count:
        squared = (2 - 2 * vectors @ vectors[chosen].T).min(axis=1).clip(0).astype(np.float64)
        squared[chosen] = 0
        total = squared.sum()
        if total == 0:
            break
        chosen.append(int(draw.choice(len(vectors), p=squared / total)))
    return vectors[chosen]


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vector = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return units
