"""Which clips show one person: thresholds are tried out on people whom they were not set on.

Nobody has to write it down. The pack's own embedder tells people apart, and a clip has many looks:
of the clips that the development was done on, means of one person are at most 0.57 apart, of two
at least 0.82, and the pack's threshold (0.755) lies between. A replay shows the person on the
screen, so it goes with the live clip of the same person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facedoor.frames import Vector
    from facedoor_convert.liveness.visits import Visit


def people_of(visits: Iterable[Visit], threshold: float) -> dict[str, int]:
    """The number of the person whom each clip shows, by the clip's name; people count from 1.

    Two clips show one person if the means of their embeddings are at most ``threshold`` apart, or
    a chain of such clips joins them. A clip without a look has nobody to share with.
    """
    looks: dict[str, list[Vector]] = {}
    for visit in visits:
        looks.setdefault(visit.clip.name, []).extend(visit.embeddings)
    means = {name: _mean(vectors) for name, vectors in looks.items() if vectors}
    people: dict[str, int] = {}
    for name in looks:
        if name not in people:
            number = max(people.values(), default=0) + 1
            _spread(name, number, means, threshold, people)
    return people


def _spread(
    name: str, number: int, means: Mapping[str, Vector], threshold: float, people: dict[str, int]
) -> None:
    """Give ``number`` to a clip and to all that are near it, or near one of those."""
    waiting = [name]
    while waiting:
        clip = waiting.pop()
        people[clip] = number
        waiting += [
            other
            for other in means
            if other not in people and clip in means
            if np.linalg.norm(means[clip] - means[other]) <= threshold
        ]


def _mean(vectors: list[Vector]) -> Vector:
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)
