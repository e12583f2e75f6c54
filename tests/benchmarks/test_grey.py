"""Photos with and without colour, compared in every combination."""

import numpy as np

from benchmarks.grey import COLOUR, GREY, between, enrolled_by_two, joined, without_colour
from facedoor_convert.evaluation.comparisons import l2
from facedoor_convert.evaluation.embeddings import EmbeddedPhoto

ADA, BEN, CAT = np.eye(3, dtype=np.float32)
NEARLY = 0.8
"""A little farther than each of two that are at right angles is from the mean of both."""


def photos(**vectors):
    return {
        f"{name}/{number}.jpg": EmbeddedPhoto(vector, None)
        for name, own in vectors.items()
        for number, vector in enumerate(own)
    }


def test_a_picture_without_colour_has_three_channels_all_the_same():
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[..., 0] = 200
    grey = without_colour(picture)
    assert grey.shape == picture.shape
    assert (grey == 60).all()


def test_each_photo_is_compared_in_the_light_that_is_asked_for():
    vectors = joined([photos(ada=[ADA, ADA, None]), photos(ada=[BEN, None, None])])
    assert vectors["ada/2.jpg"] is None
    ada, missed_in_grey = (vectors[f"ada/{number}.jpg"][np.newaxis] for number in (0, 1))
    apart = [
        [between(l2, one, other)(ada, ada)[0, 0] for other in (COLOUR, GREY)]
        for one in (COLOUR, GREY)
    ]
    assert np.allclose(apart, [[0, np.sqrt(2)], [np.sqrt(2), 0]])
    assert between(l2, COLOUR, COLOUR)(ada, missed_in_grey)[0, 0] == 0
    assert between(l2, COLOUR, GREY)(ada, missed_in_grey)[0, 0] == np.inf


def test_a_grey_photo_of_two_finds_somebody_who_looks_otherwise_in_grey():
    vectors = joined(
        [
            photos(ada=[ADA] * 4, cat=[CAT]),
            photos(ada=[BEN, BEN, BEN, None], cat=[CAT]),
        ]
    )
    found = [
        enrolled_by_two(vectors, l2, NEARLY, (COLOUR, second), seen)
        for second, seen in ((COLOUR, GREY), (GREY, GREY), (GREY, COLOUR))
    ]
    assert [row["fnmr"] for row in found] == [1.0, 0.5, 0.0]  # one grey look shows no face
    for row in found:
        assert (row["people"], row["strangers"], row["taken_for_somebody"]) == (1, 1, 0)
