from __future__ import annotations

import numpy as np

from facedoor.vision.embedder import normalise

CROP = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)


def test_a_standardised_crop_has_mean_0_and_deviation_1() -> None:
    levels = normalise(CROP, "standardise")
    assert abs(levels.mean()) < 1e-6
    assert abs(levels.std() - 1) < 1e-6


def test_a_unit_crop_is_the_pixels_over_255_whatever_is_around() -> None:
    assert np.allclose(normalise(CROP, "unit"), CROP / 255, atol=1e-7)
