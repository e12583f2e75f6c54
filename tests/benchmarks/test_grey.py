"""Photos with and without colour, compared in every combination."""

import numpy as np

from benchmarks.grey import as_grey, between, enrolled_by_two, joined
from facedoor_convert.evaluation.comparisons import l2
from facedoor_convert.evaluation.embeddings import EmbeddedPhoto

ADA, BEN, CAT = np.eye(3, dtype=np.float32)
BETWEEN = (ADA + BEN) / np.float32(np.sqrt(2))


def photos(**vectors):
    return {
        f"{name}/{number}.jpg": EmbeddedPhoto(vector, None)
        for name, own in vectors.items()
        for number, vector in enumerate(own)
    }


def test_a_grey_picture_has_no_colour_and_three_channels():
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[..., 0] = 200
    grey = as_grey(picture)
    assert grey.shape == picture.shape
    assert (grey == grey[0, 0, 0]).all()


def test_of_each_photo_the_half_that_is_asked_for_is_compared():
    both = joined(photos(ada=[ADA, None]), photos(ada=[BEN, BEN]))
    assert both["ada/1.jpg"] is None
    (ada,) = [vector[np.newaxis] for vector in both.values() if vector is not None]
    apart = [[between(l2, first, second)(ada, ada)[0, 0] for second in (0, 1)] for first in (0, 1)]
    assert np.allclose(apart, [[0, np.sqrt(2)], [np.sqrt(2), 0]])


def test_a_grey_photo_among_two_is_what_finds_somebody_who_looks_otherwise_in_grey():
    both = joined(photos(ada=[ADA, ADA, ADA], cat=[CAT]), photos(ada=[BEN, BEN, BEN], cat=[CAT]))
    nearly = float(l2(BETWEEN[np.newaxis], BEN[np.newaxis])[0, 0]) + 0.01
    found = enrolled_by_two(both, l2, nearly, is_grey=True)
    assert [row["fnmr"] for row in found.values()] == [1.0, 0.0, 0.0]
    assert {(row["people"], row["strangers"]) for row in found.values()} == {(1, 1)}
    assert not any(row["taken_for_somebody"] for row in found.values())
