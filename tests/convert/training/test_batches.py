from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.training.batches import (
    Batches,
    Features,
    PeopleSampler,
    Pictures,
    mirrored,
    moved,
)

COUNTS = st.lists(st.integers(2, 9), min_size=2, max_size=8)


@given(COUNTS, st.integers(1, 10), st.integers(1, 6), st.integers(0, 99))
def test_a_batch_has_p_people_with_k_images(
    counts: list[int], people: int, images: int, step: int
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    drawn, _ = PeopleSampler(labels, people, images, seed=7).draw(step)
    chosen, times = np.unique(labels[drawn], return_counts=True)
    assert len(chosen) == min(people, len(counts))
    assert set(times) == {images}


@given(st.integers(0, 99))
def test_no_image_comes_twice_where_there_are_enough(step: int) -> None:
    drawn, _ = PeopleSampler(np.repeat([0, 1, 2], 5), 2, 5, seed=7).draw(step)
    assert len(set(drawn)) == 10


def test_a_step_is_the_same_whenever_it_comes() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (9, 12, 12, 3), np.uint8)
    labels = np.repeat([0, 1, 2], 3)
    targets = np.broadcast_to(labels[:, np.newaxis], (2, 9, 1))

    def lessons() -> Batches:
        return Batches(PeopleSampler(labels, 2, 2, seed=7), Pictures(crops, "standardise"), targets)

    one = lessons()
    one.batch(3)
    for first, second in zip(one.batch(5), lessons().batch(5), strict=True):
        assert np.array_equal(first, second)


def test_target_belongs_to_the_mirror_when_the_mirror_is_shown() -> None:
    features = np.arange(12, dtype=np.float32).reshape(2, 6, 1)
    sampler = PeopleSampler(np.repeat([0, 1, 2], 2), 3, 2, seed=7)
    for step in range(5):
        shown, target = Batches(sampler, Features(features), 10 * features).batch(step)
        assert np.array_equal(target, 10 * shown)


def test_a_moved_face_is_still_that_face() -> None:
    y, x = np.mgrid[:40, :40]
    crop = np.repeat((3 * x + 2 * y)[..., np.newaxis], 3, axis=2).astype(np.uint8)
    changed = moved(crop, np.random.default_rng(1)).astype(int) - crop
    assert 0 < np.abs(changed).mean() < 15


def test_a_mirror_of_a_mirror_is_the_picture() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3), np.uint8)
    assert np.array_equal(mirrored(mirrored(crops)), crops)
    assert np.array_equal(mirrored(crops)[0, :, 0], crops[0, :, -1])
