"""What a distance between two embeddings is worth, as measured: plain data that a manifest carries.

``facedoor-convert calibrate`` measures it on people who are not enrolled anywhere; the door turns a
risk into a threshold with it (:mod:`facedoor.identity.risk`), corrects distances for faces that
resemble many (:mod:`facedoor.identity.search`), and weighs the looks of a visit
(:mod:`facedoor.identity.evidence`).
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from facedoor.strict import Prose

if TYPE_CHECKING:
    from facedoor.frames import Vector


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """One threshold and the risk that it stands for.

    ``fmr`` is the share of comparisons of two different people whose distance is at most
    ``threshold``. It was measured, and for other people of the same kind lies between ``fmr_low``
    and ``fmr_high`` with 95 % confidence; or it is ``extrapolated``: smaller than the data can
    tell, and then only ``fmr_high`` is known.
    """

    fmr: float
    threshold: float
    fmr_low: float
    fmr_high: float
    extrapolated: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.fmr_low <= self.fmr <= self.fmr_high <= 1 and 0 < self.fmr < 1):
            raise ValueError("a false match rate and its bounds have to be in order, in 0 to 1")
        if not 0 < self.threshold < math.inf:
            raise ValueError(f"a threshold has to be above 0, not {self.threshold}")


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many looks of a person, enrolled by so many ``photos``, are too far at which distance.

    ``points`` are pairs of a distance and the share of looks that are farther (FNMR of a look),
    ascending in distance and never in the share; in between a straight line holds, and beyond the
    ends what is there. ``comparisons`` of a look with the mean of the photos were made, of so many
    ``people``.
    """

    photos: int
    people: int
    comparisons: int
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not (self.photos >= 1 and 1 <= self.people <= self.comparisons):
            raise ValueError("refusals are of one photo, one person and one comparison or more")
        if len(self.points) < 2 or not all(
            0 <= distance < math.inf and 0 <= share <= 1 for distance, share in self.points
        ):
            raise ValueError("refusals are two pairs or more of a distance and a share of 0 to 1")
        steps = itertools.pairwise(self.points)
        if any(a[0] >= b[0] or a[1] < b[1] for a, b in steps):
            raise ValueError("the share of looks that are farther must not rise with the distance")

    def share(self, distance: float) -> float:
        """The share of looks that are farther than ``distance``."""
        distances, shares = zip(*self.points, strict=True)
        return float(np.interp(distance, distances, shares))


@dataclass(frozen=True, slots=True)
class DistanceTable:
    """What one kind of distance is worth.

    ``risk`` ascends in both rate and threshold, with two points at least. ``likelihood`` is pairs
    of a distance and the natural logarithm of how many times likelier it is for one person than
    for two; it ascends in distance and never in likelihood, holds in between by a straight line,
    and beyond its ends stays what it is there. ``several_photos`` is how many times as often a
    stranger is near the mean of several photos of a person as near one of them. ``refusals``
    ascend in photos, from one on; packs of before schema 4 have none.
    """

    risk: tuple[RiskPoint, ...]
    likelihood: tuple[tuple[float, float], ...]
    several_photos: float
    refusals: tuple[Refusals, ...] = ()

    def __post_init__(self) -> None:
        pairs = itertools.pairwise(self.risk)
        if len(self.risk) < 2 or any(
            a.fmr >= b.fmr or a.threshold >= b.threshold for a, b in pairs
        ):
            raise ValueError("rates and thresholds have to ascend together, from two points on")
        if not 1 <= self.several_photos < math.inf:
            raise ValueError(f"several_photos has to be 1 or more, not {self.several_photos}")
        steps = itertools.pairwise(self.likelihood)
        if not self.likelihood or any(a[0] >= b[0] or a[1] < b[1] for a, b in steps):
            raise ValueError("a likelihood must not rise with the distance")
        photos = [refused.photos for refused in self.refusals]
        if photos != sorted(set(photos)) or (photos and photos[0] != 1):
            raise ValueError("refusals have to ascend in photos, from one photo on")


@dataclass(frozen=True, slots=True)
class Cohort:
    """Means of groups of six people or more, none of them enrolled: what common faces look like.

    ``centroids`` is base64 of int8 (n, ``size``); each row stands for its direction. Distances of
    an embedding grow, by the weights, with how far its mean cosine to the ``nearest`` rows lies
    outside of ``low`` to ``high``: see :mod:`facedoor.identity.search`.
    """

    centroids: str
    size: int
    nearest: int
    low: float
    high: float
    weight_below: float
    weight_above: float
    source: Prose

    def __post_init__(self) -> None:
        vectors = self.vectors()
        if not 1 <= self.nearest <= len(vectors):
            raise ValueError(f"nearest is {self.nearest} of {len(vectors)} centroids")
        # A negative weight would bring people nearer instead of keeping them apart.
        if not (self.weight_below >= 0 and self.weight_above >= 0):
            raise ValueError("the weights have to be 0 or more")
        if not -1 <= self.low <= self.high <= 1:
            raise ValueError("low and high have to be in order, between -1 and 1")

    def vectors(self) -> Vector:
        """The centroids: float32 of shape (n, size), unit vectors. Raises ``ValueError``."""
        try:
            stored = np.frombuffer(base64.b64decode(self.centroids, validate=True), np.int8)
        except binascii.Error as error:
            raise ValueError(f"the centroids are not base64 ({error})") from error
        if self.size < 1 or len(stored) == 0 or len(stored) % self.size:
            raise ValueError(f"the centroids are not rows of {self.size} numbers")
        rows = stored.reshape(-1, self.size).astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not lengths.all():
            raise ValueError("a centroid is zero")
        unit: Vector = rows / lengths
        return unit


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that was measured about one embedder's distances.

    ``plain`` is about the L2 distance, ``corrected`` about the distance that ``cohort`` corrects;
    both or neither of these two are there. ``comparisons`` are those of strangers among ``people``.
    """

    embedder_sha256: str
    measured_on: Prose
    people: int
    comparisons: int
    extrapolation: Prose
    """In words, how the rates that are too small for the data were extrapolated."""
    plain: DistanceTable
    corrected: DistanceTable | None = None
    cohort: Cohort | None = None

    def __post_init__(self) -> None:
        if (self.corrected is None) != (self.cohort is None):
            raise ValueError("a cohort and a table of corrected distances belong together")


AT_RIGHT_ANGLES = 2.0
"""The squared distance of two unit vectors that have nothing in common."""

_ROUNDING = 1e-3
"""So much of it a threshold stays below a distance that it must not reach."""


@dataclass(frozen=True, slots=True)
class JointCalibration:
    """What the distances by two embedders are worth as one measure.

    The first embedder is that of ``measured``, whose tables are about joint distances and whose
    cohort corrects the first's before they are joined; the second is that of the pack that carries
    this. ``weight`` is that of the second's squared distance against the first's, ``asks_within``
    the distance by the first, corrected, beyond which the second is not asked: see
    :mod:`facedoor.identity.joint`.
    """

    second_sha256: str
    weight: float
    asks_within: float
    measured: Calibration

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError(f"weight has to be above 0, not {self.weight}")
        if not 0 < self.asks_within < math.inf:
            raise ValueError(f"asks_within has to be above 0, not {self.asks_within}")
        self.usable()

    def usable(self) -> Calibration:
        """What was measured, without the thresholds by which somebody would be let in who has no
        template of the second embedder.

        Without its word the square of the joint distance is 2 w / (1 + w) at least, and that by
        the same picture. The tables jump there: beyond are only those about whom the second is
        not asked, and a threshold from in between was never measured. Raises ``ValueError`` where
        fewer than two points of a table are left.
        """
        without = math.sqrt(AT_RIGHT_ANGLES * self.weight / (1 + self.weight))
        most = without * (1 - _ROUNDING)
        corrected = self.measured.corrected
        return replace(
            self.measured,
            plain=_up_to(most, self.measured.plain),
            corrected=None if corrected is None else _up_to(most, corrected),
        )


def _up_to(most: float, table: DistanceTable) -> DistanceTable:
    risk = tuple(point for point in table.risk if point.threshold <= most)
    if len(risk) < 2:
        raise ValueError(
            f"two thresholds have to be below {most:.3f}, or whoever is without a template of the "
            "second embedder would be let in"
        )
    return replace(table, risk=risk)
