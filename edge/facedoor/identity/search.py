"""The nearest person to an embedding: exact search over every template in memory.

Ten thousand people with five templates each are one matrix of 26 MB and one product of it with a
vector; nothing cleverer is needed at a door. Where the pack corrects distances for faces that
resemble many (:mod:`facedoor.identity.cohort`), what a template adds is known beforehand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedoor.errors import UsageError
from facedoor.frames import Match
from facedoor.identity.gallery import are_unit_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor.frames import Vector
    from facedoor.identity.cohort import Correction
    from facedoor.identity.gallery import Gallery


class GalleryIndex:
    """The templates of one model, ready to be searched. Never changes; make a new one instead."""

    def __init__(
        self,
        names: Sequence[str],
        vectors: Vector,
        owners: NDArray[np.intp],
        correction: Correction | None = None,
    ) -> None:
        """Index ``vectors``, laid out as :class:`facedoor.identity.gallery.Templates` says.

        Raises ``ValueError`` for any other layout.
        """
        people = np.arange(len(names))
        in_order = bool(np.all(np.diff(owners) >= 0)) and np.array_equal(np.unique(owners), people)
        if len(owners) != len(vectors) or not in_order:
            raise ValueError("each person's templates have to stand together, in order of names")
        self._names = tuple(names)
        self._vectors = vectors
        self._owners = owners
        self._starts = np.searchsorted(owners, people)
        self._correction = correction
        # An empty gallery has no vectors of any length.
        self._penalties = correction.penalties(vectors) if correction and names else None

    @classmethod
    def of(
        cls, gallery: Gallery, model_sha256: str, correction: Correction | None = None
    ) -> GalleryIndex:
        """Read all templates of one model. Raises :class:`StoreError`."""
        templates = gallery.templates(model_sha256)
        return cls(templates.names, templates.vectors, templates.owners, correction)

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def match(self, probe: Vector) -> Match:
        """The nearest person, by the nearest of their templates, and the nearest other person.

        ``probe`` is float32 of shape (D,). Raises ``ValueError`` unless it is finite and of unit
        length: any other would give distances that mean nothing, and could be near to everybody.
        """
        _check(probe)
        if not self._names:
            return Match(None, math.inf, None, math.inf)
        # The smallest square is the smallest distance, so a root is taken of a few numbers only.
        squares = _squares(self._vectors, probe) + self._added(probe)
        of_each = np.minimum.reduceat(squares, self._starts)
        nearest = int(of_each.argmin())
        person, distance = self._names[nearest], math.sqrt(of_each[nearest])
        plain = self._plain(int(squares.argmin()), probe)
        if len(self._names) == 1:
            return Match(person, distance, None, math.inf, plain)
        of_each[nearest] = np.inf
        second = int(of_each.argmin())
        return Match(person, distance, self._names[second], math.sqrt(of_each[second]), plain)

    def match_with(self, name: str, probe: Vector) -> Match:
        """The person ``name`` alone, by the nearest of their templates, and no runner-up.

        Raises :class:`UsageError` if there is no template of that person, and ``ValueError`` as
        :meth:`match` does.
        """
        _check(probe)
        if name not in self._names:
            raise UsageError(
                f"{name} has no template made by the model in use: "
                f"add some, with facedoor enroll {name!r} --image FILE"
            )
        rows = np.flatnonzero(self._owners == self._names.index(name))
        squares = (_squares(self._vectors, probe) + self._added(probe))[rows]
        nearest = int(rows[squares.argmin()])
        return Match(name, math.sqrt(squares.min()), None, math.inf, self._plain(nearest, probe))

    def templates_of(self, name: str) -> Vector:
        """The templates of the person ``name``: float32 of shape (n, D), n = 0 for a stranger."""
        if name not in self._names:
            return self._vectors[:0]
        templates: Vector = self._vectors[self._owners == self._names.index(name)]
        return templates

    def _added(self, probe: Vector) -> Vector | float:
        """What the correction adds to the squared distance of ``probe`` from each template."""
        if self._correction is None or self._penalties is None:
            return 0.0
        added: Vector = 2 * (self._penalties + self._correction.penalties(probe[np.newaxis]))
        return added

    def _plain(self, row: int, probe: Vector) -> float | None:
        """The L2 distance of ``probe`` from one template, where the correction has hidden it."""
        if self._correction is None:
            return None
        return math.sqrt(_squares(self._vectors[row : row + 1], probe)[0])


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
