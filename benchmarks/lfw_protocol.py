"""What LFW's pairs and people say about embeddings: pure functions of photos' embeddings by name.

Embeddings are float32 of shape (D,), of length 1, and ``None`` for a photo without a face.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from benchmarks.lfw_pairs import Pair, person_of
from benchmarks.rates import Pairs, accuracies, all_against_all, pooled
from facedoor.frames import Vector


def measured(pairs: Sequence[Pair], embeddings: Mapping[str, Vector | None]) -> Pairs:
    """The distances of listed pairs; infinite where a face was missed."""
    distances: dict[bool, list[float]] = {True: [], False: []}
    for pair in pairs:
        first, second = (embeddings[photo] for photo in pair.photos)
        if first is None or second is None:
            distances[pair.is_genuine].append(np.inf)
        else:
            distances[pair.is_genuine].append(float(np.linalg.norm(first - second)))
    return Pairs(np.array(distances[True], np.float32), np.array(distances[False], np.float32))


def without_missed(pairs: Pairs) -> Pairs:
    """Only the pairs of which both faces were found."""
    return Pairs(
        pairs.genuine[np.isfinite(pairs.genuine)], pairs.impostor[np.isfinite(pairs.impostor)]
    )


def protocol(folds: Sequence[Pairs]) -> dict[str, float]:
    """The figures that are usually reported for LFW, from two folds or more."""
    every, found = pooled(folds), accuracies(folds)
    return {
        "pairs": len(every),
        "accuracy": statistics.mean(found),
        "accuracy_sd": statistics.stdev(found),
        "eer": every.curve().equal_error_rate(),
        "tar_at_fmr_1e-2": every.tar_at_fmr(1e-2),
        "tar_at_fmr_1e-3": every.tar_at_fmr(1e-3),
    }


def carried_over(tuning: Sequence[Pairs], reporting: Sequence[Pairs]) -> dict[str, float]:
    """The threshold that is best on some folds, and the accuracy of others at it."""
    threshold = pooled(tuning).best_threshold()
    return {"threshold": threshold, "accuracy": pooled(reporting).accuracy(threshold)}


def everybody(embeddings: Mapping[str, Vector | None]) -> Pairs:
    """Impostor: one photo of each person against every other's. Genuine: every two of one."""
    people: dict[str, list[Vector]] = defaultdict(list)
    for name, embedding in sorted(embeddings.items(), key=lambda item: item[0]):
        if embedding is not None:
            people[person_of(name)].append(embedding)
    genuine = [
        np.linalg.norm(first - second)
        for photos in people.values()
        for first, second in combinations(photos, 2)
    ]
    impostor = all_against_all(np.stack([photos[0] for photos in people.values()]))
    return Pairs(np.array(genuine, np.float32), impostor)
