"""The nearest person to an embedding: exact search over every template in memory.

Ten thousand people with five templates each are one matrix of 26 MB and one product of it with a
vector; nothing cleverer is needed at a door.
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
    from facedoor.identity.gallery import Gallery


class GalleryIndex:
    """The templates of one model, ready to be searched. Never changes; make a new one instead."""

    def __init__(self, names: Sequence[str], vectors: Vector, owners: NDArray[np.intp]) -> None:
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

    @classmethod
    def of(cls, gallery: Gallery, model_sha256: str) -> GalleryIndex:
        """Read all templates of one model. Raises :class:`StoreError`."""
        templates = gallery.templates(model_sha256)
        return cls(templates.names, templates.vectors, templates.owners)

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
        # The largest product is the smallest distance, so roots are taken of two numbers only.
        products = np.maximum.reduceat(_products(self._vectors, probe), self._starts)
        nearest = int(products.argmax())
        person, distance = self._names[nearest], float(_distance(products[nearest]))
        if len(self._names) == 1:
            return Match(person, distance, None, math.inf)
        products[nearest] = -np.inf
        second = int(products.argmax())
        return Match(person, distance, self._names[second], float(_distance(products[second])))

    def distance_to(self, name: str, probe: Vector) -> float:
        """How far ``probe`` is from the person ``name``, by the nearest of their templates.

        Raises :class:`UsageError` if there is no template of that person, and ``ValueError`` as
        :meth:`match` does.
        """
        templates = self.templates_of(name)
        if not len(templates):
            raise UsageError(
                f"{name} has no template made by the model in use: "
                f"add some, with facedoor enroll {name!r} --image FILE"
            )
        return float(distances(templates, probe).min())

    def templates_of(self, name: str) -> Vector:
        """The templates of the person ``name``: float32 of shape (n, D), n = 0 for a stranger."""
        if name not in self._names:
            return self._vectors[:0]
        templates: Vector = self._vectors[self._owners == self._names.index(name)]
        return templates


def distances(templates: Vector, probe: Vector) -> Vector:
    """L2 distance, 0 to 2, of ``probe`` (D,) from each of ``templates`` (n, D), all unit vectors.

    Raises ``ValueError`` for a probe that is not a finite unit vector.
    """
    _check(probe)
    return _distance(_products(templates, probe))


def _products(vectors: Vector, probe: Vector) -> Vector:
    # Not by ``@``: that goes to BLAS, which splits so large a product over all cores, and where one
    # of them is busy the whole door waits for a slice of the scheduler.
    products: Vector = np.einsum("ij,j->i", vectors, probe)
    return products


def _distance(product: Vector) -> Vector:
    """|a - b| of unit vectors from their dot product: |a - b|^2 = 2 - 2 a.b."""
    distance: Vector = np.sqrt(np.maximum(0, 2 - 2 * product))
    return distance


def _check(probe: Vector) -> None:
    if probe.ndim != 1 or not are_unit_vectors(probe):
        raise ValueError("an embedding has to be one finite vector of unit length")
