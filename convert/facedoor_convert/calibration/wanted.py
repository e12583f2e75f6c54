"""How many more people and photos a calibration wants, known before any photo is read.

Strangers are compared by one photo each, so n people give n (n - 1) / 2 comparisons, and a rate
takes 3 / rate of them (the rule of three). Photos without a face, and people who may be one by
their names, take a little off: what is said here is the least.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.config.options import RecognitionConfig
from facedoor.errors import UsageError
from facedoor.printable import counted
from facedoor_convert.calibration import distance_table, refusals
from facedoor_convert.calibration.cohort import GROUPS, LEAST_PEOPLE
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.evaluation.performance import rate_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from facedoor_convert.calibration.calibrate import Subjects

LARGEST_MEASURED = 1e-2
"""A table of risks takes a decade of rates that are measured, which begins at 0.1."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What there is, and what would be enough."""

    people: int
    photos: int
    measured_down_to: float | None
    """The smallest false match rate of the table that so many people can tell."""
    more_people: int
    """For the risk that a door takes when it is not told otherwise."""
    more_with_photos: dict[int, int]
    """How many more people have to have one photo more than the key, the number of photos that
    somebody is enrolled by, so that what is refused to such people can be measured."""
    more_in_cohort: int | None
    """``None`` without a cohort."""

    def __str__(self) -> str:
        return " ".join([self._of_people, *self._of_photos, *self._of_cohort])

    @property
    def _of_people(self) -> str:
        there = f"{self.people:,} people with {counted(self.photos, 'photo')}"
        risk = rate_name(RecognitionConfig().false_match_rate)
        told = "no rate" if self.measured_down_to is None else rate_name(self.measured_down_to)
        if not self.more_people:
            return f"{there} are enough: rates are measured down to {told}."
        more = "1 more person" if self.more_people == 1 else f"{self.more_people:,} more people"
        return (
            f"{there} tell rates down to {told}; for {risk}, the risk that a door takes by "
            f"default, take photos of {more}. Below that, thresholds are extrapolated."
        )

    @property
    def _of_photos(self) -> list[str]:
        lacking = {photos: more for photos, more in self.more_with_photos.items() if more}
        if not lacking:
            return []
        told = " and ".join(
            f"{photos + 1} photos of {counted(more, 'more person', 'more people')}"
            for photos, more in lacking.items()
        )
        enrolled = " or ".join(map(str, lacking))
        said = f"To say how often whoever is enrolled by {enrolled} photos is refused, take {told}"
        return [f"{said} (the same people will do)." if len(lacking) > 1 else f"{said}."]

    @property
    def _of_cohort(self) -> list[str]:
        if not self.more_in_cohort:
            return []
        return [f"The cohort wants {counted(self.more_in_cohort, 'more person', 'more people')}."]

    def as_json(self) -> dict[str, object]:
        return {
            "people": self.people,
            "photos": self.photos,
            "measured_down_to": self.measured_down_to,
            "more_people": self.more_people,
            "more_people_with_photos": {
                str(photos + 1): more for photos, more in self.more_with_photos.items()
            },
            "more_people_in_cohort": self.more_in_cohort,
        }


def wanted(subjects: Subjects, least_rate: float = LARGEST_MEASURED) -> Wanted:
    """What ``subjects`` lack. Raises :class:`UsageError` where they are too few for any table, one
    that is measured down to ``least_rate``."""
    each = Counter(map(person_of, subjects.paths))
    people = len(each)
    if (more := people_for(least_rate) - people) > 0:
        raise UsageError(
            f"photos of {people:,} people are too few for a calibration, which takes "
            f"{people_for(least_rate):,} at least: take photos of {more:,} more people, two or "
            f"more of each, and of {_lacking(people, RecognitionConfig().false_match_rate):,} for "
            "the risk that a door takes by default"
        )
    told = [rate for rate in distance_table.RATES if people_for(rate) <= people]
    cohort = len(set(map(person_of, subjects.cohort)))
    return Wanted(
        people=people,
        photos=len(subjects.paths),
        measured_down_to=min(told, default=None),
        more_people=_lacking(people, RecognitionConfig().false_match_rate),
        more_with_photos={
            photos: max(0, refusals.LEAST_PEOPLE - _with_more_than(photos, each.values()))
            for photos in refusals.PHOTOS
        },
        more_in_cohort=max(0, GROUPS * LEAST_PEOPLE - cohort) if subjects.cohort else None,
    )


def people_for(rate: float) -> int:
    """The fewest people whose comparisons by one photo each can tell a false match rate."""
    comparisons = math.ceil(3 / rate * (1 - 1e-9))
    people = (1 + math.isqrt(8 * comparisons + 1)) // 2
    return people if people * (people - 1) // 2 >= comparisons else people + 1


def _lacking(people: int, rate: float) -> int:
    return max(0, people_for(rate) - people)


def _with_more_than(photos: int, each: Collection[int]) -> int:
    return sum(own > photos for own in each)
