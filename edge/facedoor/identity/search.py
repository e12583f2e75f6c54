"""The nearest person to an embedding: exact search over everybody in memory.

A person is compared by the mean direction of their templates, and not by the nearest of them: what
the pictures have in common is the person, the rest is light and pose. FaceNet's mean of five photos
is as near to strangers as one or two single photos are, the nearest of five as three or four; and
it is as near to the person as the nearest one is (``python -m benchmarks.calibration``).

Ten thousand people are one matrix of 5 MB and one product of it with a vector; nothing cleverer is
needed at a door. Where the pack corrects distances for faces that resemble many
(:class:`Correction`), what each person adds is known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from facedoor.errors import UsageError
from facedoor.frames import Match, Vector
from facedoor.identity.decoding import are_unit_vectors
from facedoor.identity.gallery import Gallery
from facedoor.identity.joint import Ask, Second, SecondIndex
from facedoor.identity.templates import NOBODY, Templates
from facedoor.languages import _
from facedoor.vision.calibration import Cohort


class GalleryIndex:
    """The people of one model, ready to be searched. Never changes; make a new one instead."""

    def __init__(
        self,
        templates: Templates,
        correction: Correction | None = None,
        second: Second | None = None,
    ) -> None:
        """``second``: distances are joint ones, with what a second embedder says."""
        self.names = templates.names
        self._means = mean_directions(templates)
        self._correction = correction
        # An empty gallery has no vectors of any length.
        self._penalties = correction.penalties(self._means) if correction and self.names else None
        self._second = _second_index(second, self.names) if second else None

    @classmethod
    def of_means(
        cls,
        names: tuple[str, ...],
        means: Vector,
        penalties: Vector | None,
        correction: Correction | None,
        second: Second | None = None,
    ) -> GalleryIndex:
        """One of what is known of each person already: :func:`mean_directions`, and what the
        ``correction`` adds to them."""
        index = cls(NOBODY, correction)
        index.names, index._means, index._penalties = names, means, penalties
        index._second = _second_index(second, names) if second else None
        return index

    @classmethod
    def of(
        cls,
        gallery: Gallery,
        model_sha256: str,
        correction: Correction | None = None,
        size: int | None = None,
    ) -> GalleryIndex:
        """Read all templates of one model, of ``size`` numbers. Raises :class:`StoreError`."""
        return cls(gallery.templates(model_sha256, size), correction)

    def match(self, probe: Vector, ask: Ask | None = None) -> Match:
        """The nearest person, and the nearest other person.

        ``probe`` is float32 of shape (D,); ``ask`` has the second embedder look at the same face,
        where there is one. Raises ``ValueError`` unless both are finite and of unit length: any
        other would give distances that mean nothing, and could be near to everybody.
        """
        _check(probe)
        if not self.names:
            return Match(None, math.inf, None, math.inf)
        # The smallest square is the smallest distance, so a root is taken of a few numbers only.
        squares = self._compared(probe, ask)
        nearest = int(squares.argmin())
        person, distance = self.names[nearest], math.sqrt(squares[nearest])
        plain = self._plain(nearest, probe)
        if len(self.names) == 1:
            return Match(person, distance, None, math.inf, plain)
        squares[nearest] = np.inf
        second = int(squares.argmin())
        lead = self._lead(nearest, second, probe)
        return Match(person, distance, self.names[second], math.sqrt(squares[second]), plain, lead)

    def match_with(self, name: str, probe: Vector, ask: Ask | None = None) -> Match:
        """The person ``name`` alone, and no runner-up; ``lead`` is that over whoever is nearest of
        the others.

        Raises :class:`UsageError` if there is no template of that person, and ``ValueError`` as
        :meth:`match` does.
        """
        _check(probe)
        if name not in self.names:
            raise UsageError(
                _(
                    "{name} has no template made by the model in use: add some, with facedoor "
                    "enroll {name!r} FILE"
                ).format(name=name)
            )
        place = self.names.index(name)
        squares = self._compared(probe, ask)
        distance, plain = math.sqrt(squares[place]), self._plain(place, probe)
        if len(self.names) == 1:
            return Match(name, distance, None, math.inf, plain)
        squares[place] = np.inf
        lead = self._lead(place, int(squares.argmin()), probe)
        return Match(name, distance, None, math.inf, plain, lead)

    def _compared(self, probe: Vector, ask: Ask | None) -> Vector:
        """The squared distances of everybody from ``probe``."""
        squares: Vector = _squares(self._means, probe) + self._added(probe)
        return squares if self._second is None else self._second.joined(squares, ask)

    def _added(self, probe: Vector) -> Vector | float:
        """What the correction adds to the squared distance of ``probe`` from each person."""
        if self._correction is None or self._penalties is None:
            return 0.0
        added: Vector = 2 * (self._penalties + self._correction.penalties(probe[np.newaxis]))
        return added

    def _lead(self, place: int, other: int, probe: Vector) -> float:
        """How far ``probe`` lies on one person's side of the plane half way to another."""
        apart = self._means[place] - self._means[other]
        length = float(np.linalg.norm(apart))
        return float(apart @ probe) / length if length else 0.0

    def _plain(self, place: int, probe: Vector) -> float | None:
        """The L2 distance of ``probe`` from one person, where ``distance`` is another."""
        if self._correction is None and self._second is None:
            return None
        return math.sqrt(_squares(self._means[place : place + 1], probe)[0])


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """With whom a face is compared, and the largest distance that is one person.

    ``stricter`` has the thresholds of people who have their own, by name; none is looser.
    """

    index: GalleryIndex
    threshold: float
    stricter: Mapping[str, float] = field(default_factory=dict)

    def threshold_of(self, person: str | None) -> float:
        """The largest distance that is ``person``."""
        return self.stricter.get(person, self.threshold) if person else self.threshold


def mean_directions(templates: Templates) -> Vector:
    """One unit vector for each person: float32 (people, D). That of each is the same, to the last
    bit, whoever else is among them."""
    if not templates.names:
        return templates.vectors
    starts = np.searchsorted(templates.owners, np.arange(len(templates.names)))
    return _directions(np.add.reduceat(templates.vectors, starts, axis=0))


def _second_index(second: Second, names: Sequence[str]) -> SecondIndex:
    """What a second embedder knows of the people of that ``names``."""
    templates = second.templates
    place = {name: number for number, name in enumerate(templates.names)}
    found = mean_directions(templates)
    means = np.zeros((len(names), found.shape[1] if place else 0), np.float32)
    for number, name in enumerate(names):
        if name in place:
            means[number] = found[place[name]]
    return SecondIndex(second.joint, means)


def mean_direction(vectors: Vector) -> Vector:
    """That of some unit vectors, (n, D) with n >= 1: float32 (D,), of length 1, or 0 where they
    cancel out."""
    mean: Vector = _directions(vectors.sum(axis=0, keepdims=True))[0]
    return mean


def _directions(sums: Vector) -> Vector:
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    # Templates that cancel out leave zero, which is near to nobody.
    divisors: Vector = np.maximum(lengths, np.finfo(np.float32).tiny)
    return sums / divisors


def distances(templates: Vector, probe: Vector) -> Vector:
    """L2 distance, 0 to 2, of ``probe`` (D,) from each of ``templates`` (n, D), all unit vectors.

    Nothing is added to it. Raises ``ValueError`` for a probe that is not a finite unit vector.
    """
    _check(probe)
    found: Vector = np.sqrt(_squares(templates, probe))
    return found


def _squares(vectors: Vector, probe: Vector) -> Vector:
    """|a - b|^2 of unit vectors from their dot product: 2 - 2 a.b."""
    # Not by ``@``: that goes to BLAS, which splits so large a product over all cores, and where one
    # of them is busy the whole door waits for a slice of the scheduler.
    squares: Vector = np.maximum(0, 2 - 2 * np.einsum("ij,j->i", vectors, probe))
    return squares


def _check(probe: Vector) -> None:
    if probe.ndim != 1 or not are_unit_vectors(probe):
        raise ValueError("an embedding has to be one finite vector of unit length")


class Correction:
    """What a cohort adds to distances of faces that resemble many, or whose like is not known.

    A network tells some faces apart worse than others: two people of a kind that it has seen little
    of are near each other, and one threshold for everybody lets these strangers in. How alike a
    face is to a cohort of other people tells how crowded its surroundings are. In speaker
    verification this is known as score normalisation; here it only ever adds to a distance, on both
    sides of a band:

        d'^2 = d^2 + 2 (p(probe) + p(template))
        p(x) = weight_above * max(0, m(x) - high) + weight_below * max(0, low - m(x))

    where m(x) is the mean cosine of x to the nearest centroids of the cohort. Above ``high`` a face
    has many like it, and more is asked of it. Below ``low`` the cohort has nobody like it: such a
    face may be rare, or one of a kind that the cohort lacks, which cannot be told apart, so more is
    asked of it too. docs/calibration.md has the figures that led to this form.

    Embeddings are unit vectors, float32 of shape (n, D).
    """

    def __init__(self, cohort: Cohort) -> None:
        self._centroids = np.ascontiguousarray(cohort.vectors().T)
        self._nearest = cohort.nearest
        self._low, self._high = np.float32(cohort.low), np.float32(cohort.high)
        self._weight_below = np.float32(cohort.weight_below)
        self._weight_above = np.float32(cohort.weight_above)

    def resemblance(self, embeddings: Vector) -> Vector:
        """m(x) of each of ``embeddings``: float32 of shape (n,), -1 to 1."""
        # Not by ``@``, which gives a row other last digits among others than alone.
        cosines: Vector = np.einsum("ij,jk->ik", embeddings, self._centroids)
        nearest = np.partition(cosines, -self._nearest, axis=1)[:, -self._nearest :]
        mean: Vector = nearest.mean(axis=1, dtype=np.float32)
        return mean

    def penalties(self, embeddings: Vector) -> Vector:
        """p(x) of each of ``embeddings``: float32 of shape (n,), never below zero."""
        likeness = self.resemblance(embeddings)
        penalties: Vector = self._weight_above * np.maximum(likeness - self._high, 0)
        penalties += self._weight_below * np.maximum(self._low - likeness, 0)
        return penalties

    def distances(self, first: Vector, second: Vector) -> Vector:
        """Corrected distances of all of ``first`` from all of ``second``: float32 (n, m)."""
        added = self.penalties(first)[:, np.newaxis] + self.penalties(second)
        distances: Vector = np.sqrt(np.maximum(2 - 2 * (first @ second.T), 0) + 2 * added)
        return distances
