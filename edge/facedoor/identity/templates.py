"""The templates of one model, and whose each is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from facedoor.frames import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """All templates of one model.

    ``vectors`` is float32 of shape (N, D), unit vectors; ``owners`` is an integer array of shape
    (N,): ``names[owners[i]]`` is whose ``vectors[i]`` is. Templates of one person stand together,
    in the order of ``names``; raises ``ValueError`` for any other layout. Of so many people as are
    ``skipped`` one or more templates are left out, since they cannot be read or compared.
    """

    names: tuple[str, ...]
    vectors: Vector
    owners: NDArray[np.intp]
    skipped: int = 0

    def __post_init__(self) -> None:
        # Each beginning of somebody's is one further than the one before: everybody, in order.
        steps = np.diff(self.owners, prepend=-1, append=len(self.names))
        in_order = bool(np.all((steps == 0) | (steps == 1))) and steps[0] == steps[-1] == 1
        if len(self.owners) != len(self.vectors) or not in_order:
            raise ValueError("each person's templates have to stand together, in order of names")

    def of(self, name: str) -> Vector:
        """Those of one person: float32 of shape (n, D), n = 0 for a stranger."""
        if name not in self.names:
            return self.vectors[:0]
        own: Vector = self.vectors[self.owners == self.names.index(name)]
        return own

    def photos(self) -> dict[str, int]:
        """How many templates everybody has, by name."""
        return dict(zip(self.names, np.bincount(self.owners).tolist(), strict=True))

    def only(self, names: Collection[str]) -> Templates:
        """Those of some people; names of strangers do not matter."""
        places = [place for place, name in enumerate(self.names) if name in names]
        chosen = np.isin(self.owners, places)
        owners = np.searchsorted(places, self.owners[chosen]).astype(np.intp)
        return Templates(tuple(self.names[p] for p in places), self.vectors[chosen], owners)

    def without(self, names: Collection[str]) -> Templates:
        """Those of everybody else."""
        return self.only(set(self.names) - set(names))


NOBODY = Templates((), np.empty((0, 0), np.float32), np.empty(0, np.intp))
"""For a gallery that is not to be used."""
