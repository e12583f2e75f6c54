"""Who was compared with whom, how far apart they were, and which comparisons went most wrong."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facedoor.errors import UsageError
from facedoor.frames import Vector
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.evaluation.namesakes import namesakes
from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from facedoor_convert.evaluation.pairs import Pair

    Measure: TypeAlias = Callable[[Vector, Vector], Vector]
    """Distances of all rows (n, D) from all rows (m, D): float32 (n, m)."""

MAX_IMPOSTORS = 10_000_000
"""Comparisons of strangers beyond which each person takes part with fewer photos: 120 MB."""

_BLOCK = 512
"""Photos that are compared with all others at a time: it bounds the memory of a comparison."""

SHOWN = 12
"""Mistakes of each kind that are shown."""

_LOOKED_AT = 50
"""Pairs that are looked at for each that is shown: one person's photos may fill many places."""

Indices: TypeAlias = NDArray[np.int32]


def l2(first: Vector, second: Vector) -> Vector:
    """The L2 distance of unit vectors, 0 to 2: that of FaceNet."""
    distances: Vector = np.sqrt(np.maximum(2 - 2 * (first @ second.T), 0))
    return distances


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Pairs of photos of both kinds with their distances, in one order.

    ``genuine`` and ``impostor`` are float32 of shape (n,), infinite where a face was missed;
    ``genuine_photos`` and ``impostor_photos`` are int32 of shape (n, 2) into ``photos``.
    """

    photos: tuple[str, ...]
    genuine: Vector
    genuine_photos: Indices
    impostor: Vector
    impostor_photos: Indices

    def distances(self) -> Distances:
        """The distances alone, sorted. Raises ``ValueError`` when there are none of one kind."""
        return Distances.of(self.genuine, self.impostor)

    def people(self) -> tuple[list[str], Indices]:
        """The names of all people, sorted, and the place of each photo's person among them."""
        names, places = np.unique([person_of(photo) for photo in self.photos], return_inverse=True)
        return [str(name) for name in names], places.astype(np.int32)

    def among(self, people: Collection[str]) -> Comparisons:
        """Only the comparisons in which nobody but ``people`` takes part; it may have none."""
        inside = np.array([person_of(photo) in people for photo in self.photos], bool)
        place = (np.cumsum(inside) - 1).astype(np.int32)
        genuine = inside[self.genuine_photos].all(axis=1)
        impostor = inside[self.impostor_photos].all(axis=1)
        return Comparisons(
            tuple(photo for photo, is_in in zip(self.photos, inside, strict=True) if is_in),
            self.genuine[genuine],
            place[self.genuine_photos[genuine]],
            self.impostor[impostor],
            place[self.impostor_photos[impostor]],
        )


def listed(
    folds: Sequence[Sequence[Pair]],
    embeddings: Mapping[str, Vector | None],
    measure: Measure = l2,
) -> list[Comparisons]:
    """The listed pairs of each fold. All folds share one tuple of photos: that of ``embeddings``.

    An embedding is float32 of shape (D,), ``None`` where the face was missed.
    """
    photos = tuple(sorted(embeddings))
    place = {photo: number for number, photo in enumerate(photos)}

    def distance(pair: Pair) -> float:
        first, second = embeddings[pair.first], embeddings[pair.second]
        if first is None or second is None:
            return np.inf
        return float(measure(first[np.newaxis], second[np.newaxis])[0, 0])

    def distances(pairs: Sequence[Pair]) -> Vector:
        return np.array([distance(pair) for pair in pairs], np.float32)

    def places(pairs: Sequence[Pair]) -> Indices:
        both = [(place[pair.first], place[pair.second]) for pair in pairs]
        return np.array(both, np.int32).reshape(-1, 2)

    found = []
    for fold in folds:
        genuine, impostor = (
            [pair for pair in fold if pair.is_genuine is kind] for kind in (True, False)
        )
        found.append(
            Comparisons(
                photos, distances(genuine), places(genuine), distances(impostor), places(impostor)
            )
        )
    return found


def joined(parts: Sequence[Comparisons]) -> Comparisons:
    """All comparisons of parts that share one tuple of photos, one part after the other."""
    return Comparisons(
        parts[0].photos,
        np.concatenate([part.genuine for part in parts]),
        np.concatenate([part.genuine_photos for part in parts]),
        np.concatenate([part.impostor for part in parts]),
        np.concatenate([part.impostor_photos for part in parts]),
    )


def all_against_all(
    embeddings: Mapping[str, Vector | None],
    measure: Measure = l2,
    max_impostors: int = MAX_IMPOSTORS,
) -> Comparisons:
    """Every two photos of one person, and photos of each person against those of every other.

    Against strangers each person takes part with so many photos (the first by name) that there are
    at most ``max_impostors`` comparisons, and with one at least: whoever has hundreds of photos
    shall not speak for everybody. People who may be one by their names are not compared
    (:mod:`facedoor_convert.evaluation.namesakes`).

    Raises :class:`UsageError` when there are no two people, or when nobody has two photos.
    """
    photos = tuple(sorted(embeddings))
    names, person = np.unique([person_of(photo) for photo in photos], return_inverse=True)
    counts = np.bincount(person)
    if len(counts) < 2 or counts.max() < 2:
        raise UsageError("photos of two people, and two photos of one, are the least to compare")
    # The photos of a person stand together, so that their first one says which of them a photo is.
    which = np.arange(len(photos)) - np.searchsorted(person, person)
    meets_strangers = which < _photos_each(counts, max_impostors)
    known, vectors = _stacked([embeddings[photo] for photo in photos])
    alike = _namesakes(names)
    distances: dict[bool, list[Vector]] = {True: [], False: []}
    places: dict[bool, list[Indices]] = {True: [], False: []}
    for start in range(0, len(photos), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = measure(vectors[rows], vectors[start:])
        block[~(known[rows, np.newaxis] & known[start:])] = np.inf
        is_same = person[rows, np.newaxis] == person[start:]
        is_met = meets_strangers[rows, np.newaxis] & meets_strangers[start:]
        for kind, wanted in ((True, is_same), (False, ~is_same & is_met)):
            found = np.nonzero(np.triu(wanted, 1))
            if len(alike):
                couples = person[found[0] + start] * len(names) + person[found[1] + start]
                apart = ~np.isin(couples, alike)
                found = found[0][apart], found[1][apart]
            distances[kind].append(block[found])
            places[kind].append(np.stack(found, axis=1).astype(np.int32) + start)
    genuine, impostor = (np.concatenate(distances[kind]) for kind in (True, False))
    return Comparisons(
        photos, genuine, np.concatenate(places[True]), impostor, np.concatenate(places[False])
    )


def _namesakes(names: NDArray[np.str_]) -> NDArray[np.int64]:
    """Those of ``names``, in ascending order, that may be one person's: the place of the first
    times the number of names, and the place of the second added."""
    place = {str(name): number for number, name in enumerate(names)}
    pairs = [place[first] * len(names) + place[second] for first, second in namesakes(place)]
    return np.array(sorted(pairs), np.int64)


def vectors_by_person(embeddings: Mapping[str, Vector | None]) -> dict[str, list[Vector]]:
    """The embeddings of everybody who has one, in the order of the photos' names."""
    own: dict[str, list[Vector]] = defaultdict(list)
    for photo in sorted(embeddings):
        if (embedding := embeddings[photo]) is not None:
            own[person_of(photo)].append(embedding)
    return own


@dataclass(frozen=True, slots=True)
class Mistake:
    """Two photos by name, and their distance. A set's wrong labels show here too."""

    first: str
    second: str
    distance: float


def nearest_strangers(comparisons: Comparisons) -> list[Mistake]:
    """The nearest impostor pairs, one for each two people, the worst first."""
    return _worst(comparisons, comparisons.impostor, comparisons.impostor_photos)


def farthest_selves(comparisons: Comparisons) -> list[Mistake]:
    """The farthest genuine pairs of found faces, one for each person, the worst first."""
    found = np.isfinite(comparisons.genuine)
    return _worst(comparisons, -comparisons.genuine[found], comparisons.genuine_photos[found])


def _photos_each(counts: NDArray[np.int64], max_impostors: int) -> int:
    """The largest number of photos of each person that keeps within so many comparisons."""
    each = int(counts.max())
    while each > 1 and _strangers(np.minimum(counts, each)) > max_impostors:
        each -= 1
    return each


def _strangers(counts: NDArray[np.int64]) -> int:
    """The number of pairs of photos of two people, who have ``counts`` photos."""
    return int(counts.sum() ** 2 - (counts**2).sum()) // 2


def _stacked(embeddings: Sequence[Vector | None]) -> tuple[NDArray[np.bool_], Vector]:
    """A mask of the embeddings that are there, and all in one array, zeros for the others."""
    known = np.array([embedding is not None for embedding in embeddings])
    size = max((len(embedding) for embedding in embeddings if embedding is not None), default=1)
    vectors = np.zeros((len(embeddings), size), np.float32)
    for row, embedding in enumerate(embeddings):
        if embedding is not None:
            vectors[row] = embedding
    return known, vectors


def _worst(comparisons: Comparisons, order: Vector, places: Indices) -> list[Mistake]:
    """The pairs with the smallest ``order``, their distance being its absolute value."""
    near = np.argsort(order)[: SHOWN * _LOOKED_AT]
    chosen: dict[frozenset[str], Mistake] = {}
    for row in near[np.isfinite(order[near])]:
        first, second = (comparisons.photos[place] for place in places[row])
        people = frozenset({person_of(first), person_of(second)})
        chosen.setdefault(people, Mistake(first, second, abs(float(order[row]))))
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())
