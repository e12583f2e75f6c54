"""The worst mistakes: strangers who look alike to the network, and people it does not know again.

Look at them before you believe a figure: a set's wrong labels stand here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor_convert.evaluation.pairs import person_of

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Comparisons, Indices

SHOWN = 12

_LOOKED_AT = 50
"""Pairs that are looked at for each that is shown: one person's photos may fill many places."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Two photos by name, and how far apart they are."""

    first: str
    second: str
    distance: float


def nearest_strangers(compared: Comparisons) -> list[Mistake]:
    """The nearest impostor pairs, one for each two people, the worst first."""
    return _worst(compared, compared.impostor, compared.impostor_photos)


def farthest_selves(compared: Comparisons) -> list[Mistake]:
    """The farthest genuine pairs of found faces, one for each person, the worst first."""
    found = np.isfinite(compared.genuine)
    return _worst(compared, -compared.genuine[found], compared.genuine_photos[found])


def _worst(compared: Comparisons, order: Vector, places: Indices) -> list[Mistake]:
    """The pairs with the smallest ``order``, their distance being its absolute value."""
    near = np.argsort(order)[: SHOWN * _LOOKED_AT]
    chosen: dict[frozenset[str], Mistake] = {}
    for row in near[np.isfinite(order[near])]:
        first, second = (compared.photos[place] for place in places[row])
        people = frozenset({person_of(first), person_of(second)})
        chosen.setdefault(people, Mistake(first, second, abs(float(order[row]))))
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())
