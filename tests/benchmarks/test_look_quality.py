"""What a look's quality says of how far it is from its person."""

import numpy as np

from benchmarks.look_quality import Expected, described, weights
from benchmarks.looks import MEASURED, Looks


def test_only_what_differs_within_a_visit_is_learned_and_the_poorer_look_counts_less():
    draw = np.random.default_rng(1)
    groups = [draw.normal(size=(10, 9)).astype(np.float32) + visit for visit in range(40)]
    slope = np.array([0.05, *[0] * 8], np.float32)
    apart = [group @ slope - 0.1 * visit for visit, group in enumerate(groups)]
    expected = Expected.of(groups, apart)
    assert np.allclose(expected.slope, slope, atol=0.005)
    assert expected.explained(groups, apart) > 0.99
    farther = expected.farther(groups[0])
    counts = weights(farther, 10.0)[:, 0]
    assert counts.max() == 1
    assert (np.argsort(counts) == np.argsort(-farther)).all()


def test_a_head_that_is_turned_to_either_side_is_the_same():
    measured = np.ones((2, len(MEASURED)), np.float32)
    measured[:, MEASURED.index("yaw_deg")] = -20, 20
    left, right = described(
        Looks(np.eye(2, dtype=np.float32), measured), np.full(2, 0.5**0.5, np.float32)
    )
    assert (left == right).all()
