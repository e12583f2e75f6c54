"""How many times likelier a distance is for one person than for two, as a table.

Distances of both kinds are counted in bins, and neighbouring bins are pooled until the ratio never
rises with the distance (pool adjacent violators: Ayer and others, "An empirical distribution
function for sampling with incomplete information", 1955; for this use, Brummer and du Preez, "The
PAV algorithm optimizes binary proper scoring rules", 2013). Half an observation is added to each
count, so that a bin in which one kind was never seen says no more than so many observations can.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facedoor_convert.evaluation.error_rates import Distances

BIN = 0.05
"""Width of a bin, as a distance."""

_ADDED = 0.5


def table(distances: Distances) -> tuple[tuple[float, float], ...]:
    """The natural logarithm of the likelihood ratio by distance, ascending in distance.

    Photos without a face say nothing. Raises ``ValueError`` when there is no distance of one kind.
    """
    genuine, impostor = (
        kind[np.isfinite(kind)] for kind in (distances.genuine, distances.impostor)
    )
    if not len(genuine) or not len(impostor):
        raise ValueError("a likelihood needs distances of both kinds")
    edges = np.arange(0, max(genuine[-1], impostor[-1]) + 2 * BIN, BIN)
    counts = [np.histogram(kind, edges)[0] + _ADDED for kind in (genuine, impostor)]
    pools: list[list[float]] = []
    for same, other in zip(*counts, strict=True):
        pools.append([1, same, other])
        # Compared by products: same / other must not be larger than in the pool before.
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] < pools[-1][1] * pools[-2][2]:
            bins, more_same, more_other = pools.pop()
            pools[-1][0] += bins
            pools[-1][1] += more_same
            pools[-1][2] += more_other
    totals = [float(count.sum()) for count in counts]
    points, left = [], 0.0
    for bins, same, other in pools:
        ratio = math.log((same / totals[0]) / (other / totals[1]))
        points.append((round(left + bins * BIN / 2, 4), round(ratio, 3)))
        left += bins * BIN
    return tuple(points)
