"""The nearest person to an embedding: exact search over everybody in memory.

A person is compared by the mean direction of their templates, and not by the nearest of them: what
the pictures have in common is the person, the rest is light and pose. FaceNet's mean of five photos
is as near to strangers as one or two single photos are, the nearest of five as three or four; and
it is as near to the person as the nearest one is (``python -m benchmarks.calibration``).

Ten thousand people are one matrix of 5 MB and one product of it with a vector; nothing cleverer is
needed at a door. Where the pack corrects distances for faces that resemble many
(:mod:`facedoor.identity.cohort`), what each person adds is known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from facedoor.errors import UsageError
from facedoor.frames import Match, Vector
from facedoor.identity.cohort import Correction
from facedoor.identity.gallery import Gallery, Templates, are_unit_vectors


class GalleryIndex:
    """The people of one model, ready to be searched. Never changes; make a new one instead."""

    def __init__(self, templates: Templates, correction: Correction | None = None) -> None:
        self._names = templates.names
        self._means = _mean_directions(templates)
        self._correction = correction
        # An empty gallery has no vectors of any length.
        self._penalties = correction.penalties(self._means) if correction and self._names else None

    @classmethod
    def of(
        cls, gallery: Gallery, model_sha256: str, correction: Correction | None = None
    ) -> GalleryIndex:
        """Read all templates of one model. Raises :class:`StoreError`."""
        return cls(gallery.templates(model_sha256), correction)

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def match(self, probe: Vector) -> Match:
        """The nearest person, and the nearest other person.

        ``probe`` is float32 of shape (D,). Raises ``ValueError`` unless it is finite and of unit
        length: any other would give distances that mean nothing, and could be near to everybody.
        """
        _check(probe)
        if not self._names:
            return Match(None, math.inf, None, math.inf)
        # The smallest square is the smallest distance, so a root is taken of a few numbers only.
        squares = _squares(self._means, probe) + self._added(probe)
        nearest = int(squares.argmin())
        person, distance = self._names[nearest], math.sqrt(squares[nearest])
        plain = self._plain(nearest, probe)
        if len(self._names) == 1:
            return Match(person, distance, None, math.inf, plain)
        squares[nearest] = np.inf
        second = int(squares.argmin())
        return Match(person, distance, self._names[second], math.sqrt(squares[second]), plain)

    def match_with(self, name: str, probe: Vector) -> Match:
        """The person ``name`` alone, and no runner-up.

        Raises :class:`UsageError` if there is no template of that person, and ``ValueError`` as
        :meth:`match` does.
        """
        _check(probe)
        if name not in self._names:
            raise UsageError(
                f"{name} has no template made by the model in use: "
                f"add some, with facedoor enroll {name!r} --image FILE"
            )
        place = self._names.index(name)
        square = (_squares(self._means, probe) + self._added(probe))[place]
        return Match(name, math.sqrt(square), None, math.inf, self._plain(place, probe))

    def _added(self, probe: Vector) -> Vector | float:
        """What the correction adds to the squared distance of ``probe`` from each person."""
        if self._correction is None or self._penalties is None:
            return 0.0
        added: Vector = 2 * (self._penalties + self._correction.penalties(probe[np.newaxis]))
        return added

    def _plain(self, place: int, probe: Vector) -> float | None:
        """The L2 distance of ``probe`` from one person, where the correction has hidden it."""
        if self._correction is None:
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


def _mean_directions(templates: Templates) -> Vector:
    """One unit vector for each person: float32 (people, D)."""
    if not templates.names:
        return templates.vectors
    starts = np.searchsorted(templates.owners, np.arange(len(templates.names)))
    sums: Vector = np.add.reduceat(templates.vectors, starts, axis=0)
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
