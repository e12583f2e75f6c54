"""Enrolment anew from kept pictures: the first ones say who it is, and not whatever came later."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from circle import at
from facedoor.frames import Image, Reading
from facedoor.identity.batch import EnrolmentPolicy, Mandate
from facedoor.identity.enrolment import EnrolmentResult
from facedoor.identity.enrolment_anew import enrol_anew
from facedoor.identity.gallery import Gallery

MODEL, OTHER = "a" * 64, "b" * 64
POLICY = EnrolmentPolicy(
    MODEL, own_distance=0.6, other_distance=0.5, unlike_distance=0.8, drift_distance=0.2
)


class Reader:
    """Takes what is kept of a picture for the direction of its face, in degrees."""

    def read(self, image: Image) -> Reading:
        return Reading(at(int(image[0, 0, 0]))[0], None)


def picture(degrees: int) -> Image:
    return np.full((1, 1, 3), degrees, np.uint8)


def anew(gallery: Gallery, first: list[int], later: list[int]) -> EnrolmentResult:
    gallery.add("Anna", at(0), OTHER)
    kept: list[tuple[str, Callable[[], Image]]] = [
        (f"{degrees}", partial(picture, degrees)) for degrees in (*first, *later)
    ]
    places = range(len(first), len(kept))
    return enrol_anew("Anna", kept, places, gallery, Reader(), POLICY, Mandate("test", True))


def test_later_pictures_outvote_no_first_one(gallery: Gallery) -> None:
    result = anew(gallery, [10], [70, 75, 80])
    assert [image.accepted for image in result.images] == [True, False, False, False]
    assert len(gallery.first_templates("Anna", MODEL)) == result.templates == 1


def test_later_pictures_do_not_move_anybody_farther_than_they_could_before(
    gallery: Gallery,
) -> None:
    result = anew(gallery, [10], [15, 40, 44, 48])
    assert [image.accepted for image in result.images] == [True, True, False, False, False]
    assert len(gallery.first_templates("Anna", MODEL)) == 1


def test_where_no_first_one_will_do_nobody_is_enrolled(gallery: Gallery) -> None:
    gallery.add("Bob", at(10), MODEL)
    result = anew(gallery, [10], [70, 75])
    assert not any(image.accepted for image in result.images)
    assert gallery.without(MODEL) == ["Anna"]


def test_where_all_came_later_they_are_judged_among_themselves(gallery: Gallery) -> None:
    result = anew(gallery, [], [70, 75, 170])
    assert [image.accepted for image in result.images] == [True, True, False]
