"""What share of looks is refused at a distance: counted on people who have not set it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calibrations import made_up
from facedoor.frames import Vector
from facedoor_convert.calibration.refusals import LEAST_PEOPLE, MOST_STEPS, STEP, cross_fitted
from facedoor_convert.evaluation.comparisons import l2

Embeddings: TypeAlias = Mapping[str, Vector | None]
Measure: TypeAlias = Callable[[Vector, Vector], Vector]
SAME = {1e-3: 0.4, 1e-2: 0.5, 1e-1: 0.6}


def as_they_are(_: Embeddings) -> tuple[Measure, Mapping[float, float]]:
    return l2, SAME


def test_it_is_the_share_of_looks_that_are_farther_counted_one_by_one() -> None:
    known = made_up(40, photos=5)
    one, three = cross_fitted(known, SAME, as_they_are)
    vectors = np.array(list(known.values())).reshape(40, 5, -1)
    singles = [
        float(np.linalg.norm(a - b)) for own in vectors for a, b in itertools.combinations(own, 2)
    ]
    means = vectors[:, :3].sum(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    of_means = np.linalg.norm(vectors[:, 3:] - means[:, np.newaxis], axis=2).ravel()
    for refused, photos, looks in ((one, 1, singles), (three, 3, of_means)):
        assert (refused.photos, refused.people, refused.comparisons) == (photos, 40, len(looks))
        for distance, share in refused.points:
            farther = np.mean(np.array(looks) > distance)
            assert share == pytest.approx(farther, abs=1e-4 + 1 / len(looks))
        assert (refused.points[0][1], refused.points[-1][1]) == (1, 0)


def test_nobody_s_looks_are_counted_by_what_they_themselves_have_set() -> None:
    known = made_up(60, photos=2)
    counted: list[bytes] = []

    def fit(others: Embeddings) -> tuple[Measure, Mapping[float, float]]:
        theirs = {vector.tobytes() for vector in others.values() if vector is not None}

        def measure(first: Vector, second: Vector) -> Vector:
            looks = [look.tobytes() for look in second]
            assert theirs.isdisjoint(looks)
            counted.extend(looks)
            return l2(first, second)

        return measure, SAME

    cross_fitted(known, SAME, fit)
    assert sorted(counted) == sorted(v.tobytes() for v in known.values() if v is not None)


def test_a_distance_counts_as_the_one_of_the_same_rate_in_the_table_of_all() -> None:
    known = made_up(40, photos=2)
    ((as_is,), (moved,)) = (
        cross_fitted(known, thresholds, as_they_are)
        for thresholds in (SAME, {rate: at + 2 * STEP for rate, at in SAME.items()})
    )
    assert [(round(at + 2 * STEP, 2), share) for at, share in as_is.points] == list(moved.points)
    # Thresholds of others that lie wider apart, about the one of 1e-2: so do the looks' distances.
    (wider,) = cross_fitted(known, {1e-3: 0.3, 1e-2: 0.5, 1e-1: 0.7}, as_they_are)
    for at in (0.42, 0.5, 0.58):
        assert wider.share(0.5 + 2 * (at - 0.5)) == pytest.approx(as_is.share(at), abs=0.05)


def test_faces_that_were_missed_are_no_looks() -> None:
    known = made_up(40, photos=3)
    missed = dict.fromkeys((f"{photo}.missed" for photo in known), None)
    assert cross_fitted(known | missed, SAME, as_they_are) == cross_fitted(known, SAME, as_they_are)


def test_what_too_few_people_have_photos_for_is_left_out() -> None:
    few = made_up(LEAST_PEOPLE - 1, photos=5, name="q")
    assert cross_fitted(few, SAME, as_they_are) == ()
    (one,) = cross_fitted(made_up(30, photos=2) | few, SAME, as_they_are)
    assert (one.photos, one.people) == (1, 30 + LEAST_PEOPLE - 1)


@given(arrays(np.float32, (LEAST_PEOPLE, 4, 3), elements=st.floats(-1, 1, width=32)))
def test_the_share_never_rises_with_the_distance(vectors: Vector) -> None:
    lengths = np.linalg.norm(vectors, axis=2, keepdims=True)
    units = np.where(lengths > 0.01, vectors / np.maximum(lengths, 0.01), [1, 0, 0])
    known = {
        f"p{person}/{photo}.jpg": vector.astype(np.float32)
        for person, own in enumerate(units)
        for photo, vector in enumerate(own)
    }
    for refused in cross_fitted(known, SAME, as_they_are):
        shares = [share for _, share in refused.points]
        assert shares == sorted(shares, reverse=True)
        steps = {round(b[0] - a[0], 2) for a, b in itertools.pairwise(refused.points)}
        assert len(steps) == 1
        assert len(refused.points) <= MOST_STEPS + 2
