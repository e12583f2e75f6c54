"""What would become of the photos at doors where their people are enrolled, in one sentence.

People are dealt out to doors of ten at most, and each photo comes to the door of its person as a
visitor. They are enrolled there by their other photos, the others by the first of theirs, five each
at most; whoever has one photo only comes as a stranger. Nearest person, distance and threshold are
the door's own, one look alone: a visit at a door has several. People who may be one by their names
are not compared (:mod:`~facedoor_convert.evaluation.namesakes`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor.config.options import RecognitionConfig
from facedoor.errors import ConfigError
from facedoor.identity.risk import LARGEST, Limit, Risk
from facedoor.identity.search import mean_direction
from facedoor_convert.evaluation.comparisons import l2
from facedoor_convert.evaluation.namesakes import namesakes
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.evaluation.performance import rate_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector
    from facedoor.vision.pack import Manifest
    from facedoor_convert.evaluation.comparisons import Measure

DOOR_PEOPLE = 10
"""People of one door at most: a large household. The more are enrolled, the less is let in."""

TEMPLATES = 5
"""Photos that somebody is enrolled by at most: more are seldom taken."""


@dataclass(frozen=True, slots=True)
class Visitors:
    """How many of the photos were taken for somebody else, and how many refused."""

    people: int
    photos: int
    mistaken: int
    """Let in as somebody else."""
    refused: int
    """Of the ``known``: refused, or without a face."""
    known: int
    """Photos whose person has another one to be enrolled by."""
    limit: Limit
    """Of the largest door."""
    wanted: float
    """The chance that a stranger is let in, as it was asked for."""
    risk: float | None
    """As it was counted with: more, where the pack cannot tell so little. ``None`` where it tells
    none."""

    def __str__(self) -> str:
        were = "was" if self.mistaken == 1 else "were"
        mistaken = f"{self.mistaken:,} {were}" if self.mistaken else "nobody was"
        return (
            f"Of these {self.people:,} people's {self.photos:,} photos {mistaken} taken for "
            f"another; {self._refused} would be refused {self._at}."
        )

    @property
    def _refused(self) -> str:
        if not self.refused:
            return "none"
        percent = 100 * self.refused / self.known
        return f"{percent:.0f} %" if percent >= 1 else f"{percent:.1g} %"

    @property
    def _at(self) -> str:
        if self.risk is None:
            return f"at the pack's threshold of {self.limit.threshold:g}, whose risk is unknown"
        if self.risk > self.wanted:
            return f"at a risk of {rate_name(self.risk)}, the least that the pack can tell"
        return f"at your risk of {rate_name(self.risk)}"

    @property
    def footnote(self) -> str:
        """How the sentence was counted."""
        return (
            f"Each photo came as one look of a visitor to a door with {self.limit.people} enrolled "
            "(a visit has several looks), its person by their other photos, everybody by "
            f"{TEMPLATES} at most. A distance of {self.limit.threshold:.3f} counted as one person. "
            "Whoever has one photo only came as a stranger, so the refused are a share of "
            f"{self.known:,} photos."
        )

    def as_json(self) -> dict[str, object]:
        return {
            "sentence": str(self),
            "photos": self.photos,
            "taken_for_another": self.mistaken,
            "enrolled_photos": self.known,
            "refused": self.refused,
            "risk": self.risk,
            "threshold": round(self.limit.threshold, 4),
            "people_of_a_door": self.limit.people,
        }


def judge(
    embeddings: Mapping[str, Vector | None], manifest: Manifest, risk: float | None = None
) -> Visitors:
    """What becomes of every photo of ``embeddings``, ``None`` where no face was found, at a
    ``risk``, by default that of a door that is not told otherwise."""
    own: dict[str, list[str]] = defaultdict(list)
    for photo in sorted(embeddings):
        own[person_of(photo)].append(photo)
    people = sorted(own)
    doors = math.ceil(len(people) / DOOR_PEOPLE)
    wanted = RecognitionConfig().false_match_rate if risk is None else risk
    by_risk, taken, limit = _limit(manifest, wanted, math.ceil(len(people) / doors))
    measure = by_risk.correction.distances if by_risk.correction else l2
    mistaken = refused = 0
    for door in range(doors):
        theirs = {
            person: [embeddings[photo] for photo in own[person]] for person in people[door::doors]
        }
        wrong, outside = _visit(theirs, measure, limit.threshold)
        mistaken, refused = mistaken + wrong, refused + outside
    return Visitors(
        people=len(people),
        photos=len(embeddings),
        mistaken=mistaken,
        refused=refused,
        known=sum(len(photos) for photos in own.values() if len(photos) > 1),
        limit=limit,
        wanted=wanted,
        risk=None if limit.false_match_rate is None else taken,
    )


def _limit(manifest: Manifest, wanted: float, people: int) -> tuple[Risk, float, Limit]:
    """The limit at the risk that is ``wanted``, or at the next power of ten above for which the
    pack has a threshold; with that risk."""
    rate = wanted
    while True:
        risk = Risk(manifest, RecognitionConfig(false_match_rate=rate))
        try:
            return risk, rate, risk.limit(people)
        except ConfigError:
            if rate >= LARGEST:
                raise
            rate = min(10 * rate, LARGEST)


def _visit(
    door: Mapping[str, list[Vector | None]], measure: Measure, threshold: float
) -> tuple[int, int]:
    """Of the photos of a door's people, by person: how many were let in as another, and how many
    were refused though their person is enrolled."""
    alike = {frozenset(pair) for pair in namesakes(door)}
    found = {person: [v for v in photos if v is not None] for person, photos in door.items()}
    means = {person: _mean(vectors) for person, vectors in found.items() if vectors}
    mistaken = refused = 0
    for person, photos in door.items():
        others = [
            mean
            for name, mean in means.items()
            if name != person and frozenset((name, person)) not in alike
        ]
        for place, look in enumerate(photos):
            own = [v for v in photos[:place] + photos[place + 1 :] if v is not None]
            enrolled = [*([_mean(own)] if own else []), *others]
            if look is None or not enrolled:
                refused += len(photos) > 1
                continue
            apart = measure(look[np.newaxis], np.stack(enrolled))[0]
            is_near = apart.min() <= threshold
            mistaken += bool(is_near and not (own and apart.argmin() == 0))
            refused += bool(not is_near and len(photos) > 1)
    return mistaken, refused


def _mean(vectors: list[Vector]) -> Vector:
    return mean_direction(np.stack(vectors[:TEMPLATES]))
