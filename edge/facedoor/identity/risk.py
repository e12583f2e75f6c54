"""From a risk to a threshold: how far apart two faces may be and still count as one person.

A door is configured by the risk that it takes: ``false_match_rate`` is the chance that a stranger
who comes to it is near enough to somebody enrolled. With K people enrolled a stranger has K
chances, each of them as large as the mean of several photos makes it, and each gets its share of
the risk. The pack's table says which distance that is.

Between two points of the table the threshold is a straight line over the logarithm of the rate.
Below the table there is nothing to go by, and the door does not start; above it the last point
holds.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facedoor.config.options import RecognitionConfig
from facedoor.errors import ConfigError
from facedoor.identity.batch import EnrolmentPolicy
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import Correction, GalleryIndex, Standard
from facedoor.languages import _
from facedoor.vision.calibration import (
    Calibration,
    DistanceTable,
    JointCalibration,
    RiskPoint,
)
from facedoor.vision.pack import Manifest

LOOSEST = 10.0
"""No corrected threshold lets in what the plain distance would not at so many times the risk: it
bounds what a cohort can do to people whom it knows nothing of."""

log = logging.getLogger(__name__)

_LIKE, _SAME_FACE, _UNLIKE = 1.17, 1.32, 1.49
"""What FaceNet's distances at a false match rate of 1e-4, 1e-3 and 1e-2 are to that at 1e-5."""

_DRIFT = 0.4
"""How far a person's mean may get from the first pictures, to the distance at a rate of 1e-3: of
people with two photos or more next to nobody's gets there, and no stranger's is so near
(``python -m benchmarks.enrolment``)."""

LARGEST = 0.1
"""Largest false match rate of a single comparison that means anything at a door."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The threshold in force, and the risk that it stands for.

    ``false_match_rate`` is that of one visit by a stranger with ``people`` enrolled, ``None`` where
    the pack has no table. ``extrapolated``: it is smaller than the pack's data can tell.
    """

    threshold: float
    false_match_rate: float | None
    people: int
    extrapolated: bool = False

    @property
    def is_known(self) -> bool:
        """True if the risk was measured."""
        return self.false_match_rate is not None and not self.extrapolated

    def __str__(self) -> str:
        people = _("{count} enrolled").format(count=self.people)
        if self.false_match_rate is None:
            return _(
                "threshold {threshold:.3f} with {people}, of unknown risk: the pack has no "
                "table of false match rates"
            ).format(threshold=self.threshold, people=people)
        said = _(
            "threshold {threshold:.3f}: a stranger's visit has a chance of about {chance:.1e} with "
            "{people}"
        ).format(threshold=self.threshold, chance=self.false_match_rate, people=people)
        if not self.extrapolated:
            return said
        return _("{said}, extrapolated: smaller than the pack's data can tell").format(said=said)


class Risk:
    """How risk becomes a threshold, by one pack and one configuration."""

    def __init__(
        self,
        manifest: Manifest,
        settings: RecognitionConfig,
        joint: JointCalibration | None = None,
    ) -> None:
        """``joint``: who comes in is told by two embedders, of which it says what they are worth.
        Enrolment, and whose face is in the same place, are told by the first alone."""
        self._settings = settings
        self._of_first: Calibration | None = manifest.calibration
        self._calibration = self._of_first if joint is None else joint.usable()
        self._single = manifest.threshold
        self._model = manifest.embedder.sha256

    @property
    def correction(self) -> Correction | None:
        """What is added to distances. A threshold that is configured is one of plain distances."""
        return self._correction(self._calibration)

    def _correction(self, calibration: Calibration | None) -> Correction | None:
        if self._settings.threshold is not None or calibration is None:
            return None
        return None if calibration.cohort is None else Correction(calibration.cohort)

    @property
    def evidence_policy(self) -> EvidencePolicy:
        """What is asked of a visit; its table is of the kind of distance in use."""
        likelihood = self._table.likelihood if self._table else ()
        return EvidencePolicy(self._settings.runner_up_margin, self._settings.frames, likelihood)

    @property
    def same_face_distance(self) -> float:
        """Plain distance within which a face in the same place is the same one.

        Of strangers 1 in 1,000 is nearer; what such a swap could gain is bounded, since the door
        opens only for frames that agree on one enrolled person.
        """
        return self._plain_distance(1e-3, _SAME_FACE)

    @property
    def unlike_distance(self) -> float:
        """Plain distance beyond which two pictures are not taken for one person.

        Of strangers 1 in 100 is nearer, so this is no proof of identity: it finds the picture that
        went into the wrong folder.
        """
        return self._plain_distance(1e-2, _UNLIKE)

    @property
    def enrolment_policy(self) -> EnrolmentPolicy:
        """What is asked of new templates.

        The distances do not tighten with the number of people as the door's threshold does: the
        fewer looks of a person the door would let pass, the easier they could get a second name,
        and the fewer of their pictures could be added.
        """
        table = next(iter(self._tables_of(self._of_first)), None)
        return EnrolmentPolicy(
            self._model,
            own_distance=self._distance(table, 1e-4, _LIKE),
            other_distance=self._distance(table, 1e-3, _SAME_FACE),
            unlike_distance=self.unlike_distance,
            drift_distance=_DRIFT * self.same_face_distance,
            correction=self._correction(self._of_first),
        )

    def _plain_distance(self, rate: float, times: float) -> float:
        plain = None if self._of_first is None else self._of_first.plain
        return self._distance(plain, rate, times)

    def _distance(self, table: DistanceTable | None, rate: float, times: float) -> float:
        """That of a false match rate; ``times`` the one threshold where there is no table."""
        if table is None:
            return (self._settings.threshold or self._single) * times
        return threshold_at(table.risk, rate)

    def limit(self, people: int) -> Limit:
        """The threshold for so many enrolled ``people``.

        Raises :class:`ConfigError` when the risk asked for is smaller than the pack's table goes,
        and for a threshold of one's own that is a risk of no meaning, such as another network's.
        """
        if self._settings.threshold is not None:
            return self._overridden(self._settings.threshold, people)
        if self._calibration is None or self._table is None:
            return Limit(self._single, None, people)
        chances = _chances(self._table, people)
        rate = min(self._settings.false_match_rate / chances, LARGEST)
        if rate < self._table.risk[0].fmr:
            least = max(table.risk[0].fmr for table in self._tables) * chances
            raise ConfigError(
                _(
                    "[recognition] false_match_rate is {chance:g}, and the pack can tell "
                    "thresholds from {least:.1e} on for {people} enrolled: set a rate between that "
                    "and 0.1, or enrol fewer people"
                ).format(chance=self._settings.false_match_rate, least=least, people=people)
            )
        threshold = self._threshold(rate)
        told = min(rate, self._table.risk[-1].fmr)  # the table may end before the largest rate
        visit = min(told * chances, 1.0)
        return Limit(threshold, visit, people, is_extrapolated(self._table.risk, rate))

    def expected_refusals(self, people: int, photos: int) -> float | None:
        """The share of looks that the door refuses to somebody enrolled by so many ``photos``, with
        ``people`` enrolled, as measured on people who are not; ``None`` where the pack does not
        say. Raises :class:`ConfigError` as :meth:`limit` does.
        """
        return self.refused_at(self.limit(people).threshold, photos)

    def refused_at(self, threshold: float, photos: int) -> float | None:
        """The same at a threshold. Of numbers of photos that were not measured the next smaller one
        counts."""
        measured = self._table.refusals if self._table else ()
        fitting = [refusals for refusals in measured if refusals.photos <= photos]
        return fitting[-1].share(threshold) if fitting else None

    @property
    def most_photos(self) -> int:
        """The largest number of photos of a person for which the pack says what is refused."""
        measured = self._table.refusals if self._table else ()
        return measured[-1].photos if measured else 1

    def standard(
        self, index: GalleryIndex, false_match_rates: Mapping[str, float] | None = None
    ) -> Standard:
        """What faces are compared with, when the people of ``index`` are enrolled.

        ``false_match_rates`` has those of people who have their own, by name. Raises
        :class:`ConfigError` as :meth:`limit` does.
        """
        people = len(index.names)
        stricter = self.stricter(false_match_rates or {}, people)
        return Standard(index, self.limit(people).threshold, stricter)

    def stricter(self, rates: Mapping[str, float], people: int) -> dict[str, float]:
        """The thresholds of those for whom a false match rate of their own is set, by name.

        None is looser than that of the door. Where the pack cannot tell so small a rate, the
        strictest threshold that it can tell holds; where it has no table, nobody is near enough.
        """
        return {name: self._own(rate, people) for name, rate in rates.items()}

    def _own(self, rate: float, people: int) -> float:
        if self._table is None:
            log.warning("the pack has no table, so whoever has a rate of their own stays outside")
            return 0.0
        single = min(rate / _chances(self._table, people), LARGEST)
        least = self._table.risk[0].fmr
        if single < least:
            log.warning(
                "the pack cannot tell a false match rate of %g with %d enrolled: for whoever has "
                "it the strictest threshold holds that it can tell",
                rate,
                people,
            )
        return min(self.limit(people).threshold, self._threshold(max(single, least)))

    def _threshold(self, rate: float) -> float:
        """The threshold for a false match rate of a single comparison, where there is a table."""
        table, *plain = self._tables
        bounds = [threshold_at(other.risk, rate * LOOSEST) for other in plain]
        return min(threshold_at(table.risk, rate), *bounds, math.inf)

    def _overridden(self, threshold: float, people: int) -> Limit:
        if self._calibration is None:
            return Limit(threshold, None, people)
        plain = self._calibration.plain
        rate = fmr_at(plain.risk, threshold)
        if rate >= LARGEST * (1 - 1e-9):
            raise ConfigError(
                _(
                    "[recognition] threshold is {threshold:g}, and by this pack one stranger in "
                    "ten, or more, is so near to anybody: take it out, and false_match_rate holds"
                ).format(threshold=threshold)
            )
        visit = min(rate * _chances(plain, people), 1.0)
        return Limit(threshold, visit, people, is_extrapolated(plain.risk, rate))

    @property
    def _tables(self) -> tuple[DistanceTable, ...]:
        return self._tables_of(self._calibration)

    def _tables_of(self, calibration: Calibration | None) -> tuple[DistanceTable, ...]:
        """That of the distances in use, and that of plain ones, if they are others."""
        if calibration is None:
            return ()
        if self._settings.threshold is not None or calibration.corrected is None:
            return (calibration.plain,)
        return calibration.corrected, calibration.plain

    @property
    def _table(self) -> DistanceTable | None:
        return self._tables[0] if self._tables else None


def _chances(table: DistanceTable, people: int) -> float:
    """The number of single comparisons of two photos that a visit amounts to."""
    return max(people, 1) * table.several_photos


def threshold_at(points: Sequence[RiskPoint], rate: float) -> float:
    """The threshold for a false match rate; beyond the ends of the table, that of the end."""
    rates = [math.log(point.fmr) for point in points]
    return float(np.interp(math.log(rate), rates, [point.threshold for point in points]))


def fmr_at(points: Sequence[RiskPoint], threshold: float) -> float:
    """The false match rate of a threshold; beyond the ends of the table, that of the end."""
    rates = [math.log(point.fmr) for point in points]
    return math.exp(np.interp(threshold, [point.threshold for point in points], rates))


def is_extrapolated(points: Sequence[RiskPoint], rate: float) -> bool:
    """True if the data behind the table is too small to tell ``rate``."""
    measured = min((point.fmr for point in points if not point.extrapolated), default=1.0)
    return rate < measured * (1 - 1e-9)
