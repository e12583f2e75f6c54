"""Enrolment: which pictures become templates, and what is said about the others.

The picture with one pixel of value n shows a face at n degrees of the circle.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from circle import at
from facedoor.errors import ImageError, OvertakenError, StoreError, UsageError
from facedoor.frames import Image, Reading
from facedoor.identity import enrolment
from facedoor.identity.batch import EnrolmentPolicy, Mandate
from facedoor.identity.enrolment import EnrolmentResult
from facedoor.identity.gallery import Gallery
from facedoor.reasons import Reason
from facedoor.wire.people_requests import TEMPLATES_PER_PERSON
from vaults import VAULT, open_store

MODEL = "a" * 64
POLICY = EnrolmentPolicy(  # 44, 47, 67 and 23 degrees
    MODEL, own_distance=0.75, other_distance=0.8, unlike_distance=1.1, drift_distance=0.4
)
ENROLLER, ADMIN = Mandate("enroller"), Mandate("admin", is_admin=True)
POOR = 255


class CircleReader:
    def read(self, image: Image) -> Reading:
        degrees = int(image[0, 0, 0])
        if degrees == POOR:
            return Reading(None, Reason.BLURRED)
        return Reading(at(degrees)[0], None)


def picture(degrees: int) -> tuple[str, Callable[[], Image]]:
    return f"{degrees}.jpg", lambda: np.full((1, 1, 3), degrees, np.uint8)


def during(happens: Callable[[], object], degrees: int) -> tuple[str, Callable[[], Image]]:
    """A picture, while it is read something else happens."""
    name, read = picture(degrees)

    def reading() -> Image:
        happens()
        return read()

    return name, reading


def unreadable() -> Image:
    raise ImageError("notes.txt is not a JPEG or PNG file: convert it first")


def enrol(
    gallery: Gallery, name: str, *degrees: int, mandate: Mandate = ENROLLER
) -> EnrolmentResult:
    pictures = [picture(d) for d in degrees]
    return enrolment.enrol(name, pictures, gallery, CircleReader(), POLICY, mandate)


def reasons(result: EnrolmentResult) -> list[str]:
    return [image.reason for image in result.images]


def test_good_pictures_become_templates(gallery: Gallery) -> None:
    result = enrol(gallery, "Anna", 0, 10, 20)
    assert [(i.file, i.accepted, i.reason) for i in result.images] == [
        ("0.jpg", True, "added"),
        ("10.jpg", True, "added"),
        ("20.jpg", True, "added"),
    ]
    assert (result.person, result.templates) == ("Anna", 3)
    assert gallery.person("Anna").templates == 3


def test_second_enrolment_extends_the_person(gallery: Gallery) -> None:
    enrol(gallery, "Anna", 0)
    result = enrol(gallery, "anna", 10)
    assert (result.person, result.templates) == ("Anna", 2)


def test_poor_picture_is_refused_with_its_reason(gallery: Gallery) -> None:
    said = f"blurred: {Reason.BLURRED.advice}"
    assert reasons(enrol(gallery, "Anna", 0, POOR)) == ["added", said]


def test_unreadable_picture_does_not_stop_the_others(gallery: Gallery) -> None:
    pictures = [("notes.txt", unreadable), picture(0)]
    result = enrolment.enrol("Anna", pictures, gallery, CircleReader(), POLICY, ENROLLER)
    assert reasons(result) == ["notes.txt is not a JPEG or PNG file: convert it first", "added"]


def test_face_of_somebody_enrolled_is_named_and_nothing_beside_it_is_taken(
    gallery: Gallery,
) -> None:
    enrol(gallery, "Bob", 90)
    other, alike = reasons(enrol(gallery, "Anna", 0, 50))
    assert alike.startswith("looks like Bob, who is enrolled already")
    assert other == "not taken, since another one looks like Bob"
    assert [person.name for person in gallery.people()] == ["Bob"]
    assert reasons(enrol(gallery, "Anna", 0)) == ["added"]


def test_own_templates_do_not_hide_a_likeness_to_somebody_else(gallery: Gallery) -> None:
    gallery.add("Anna", at(45), MODEL)
    gallery.add("Bob", at(90), MODEL)
    assert reasons(enrol(gallery, "Anna", 60))[0].startswith("looks like Bob")


def test_same_picture_is_taken_once(gallery: Gallery) -> None:
    result = enrol(gallery, "Anna", 0, 1, 10)
    assert reasons(result) == ["added", "the same picture again", "added"]
    assert reasons(enrol(gallery, "Anna", 10)) == ["the same picture again"]


def test_picture_of_another_face_is_refused(gallery: Gallery) -> None:
    enrol(gallery, "Anna", 0)
    assert reasons(enrol(gallery, "Anna", 80)) == ["does not look like Anna as enrolled"]


def test_stray_picture_at_the_front_does_not_decide_who_it_is(gallery: Gallery) -> None:
    result = enrol(gallery, "Anna", 120, 0, 10, 20)
    assert [image.accepted for image in result.images] == [False, True, True, True]


def test_other_views_may_be_linked_by_one_between(gallery: Gallery) -> None:
    assert enrol(gallery, "Anna", 0, 50, 100).templates == 3


def test_templates_are_limited(gallery: Gallery) -> None:
    result = enrol(gallery, "Anna", *range(0, 5 * (TEMPLATES_PER_PERSON + 1), 5))
    refused = [image.reason for image in result.images if not image.accepted]
    assert refused == ["Anna has 20 templates already, the most that are kept"]
    assert result.templates == gallery.person("Anna").templates == TEMPLATES_PER_PERSON


def test_templates_of_an_earlier_model_do_not_count(gallery: Gallery) -> None:
    gallery.add("Anna", np.eye(TEMPLATES_PER_PERSON, dtype=np.float32), "an earlier model")
    assert enrol(gallery, "Anna", 0).templates == 1


@pytest.mark.parametrize("degrees", [[], [POOR], [90]])
def test_nothing_is_written_when_no_picture_is_fit(gallery: Gallery, degrees: list[int]) -> None:
    enrol(gallery, "Bob", 90)
    revision = gallery.revision()
    assert enrol(gallery, "Anna", *degrees).templates == 0
    assert [person.name for person in gallery.people()] == ["Bob"]
    assert gallery.revision() == revision


def test_bad_name_is_refused_before_any_picture_is_read(gallery: Gallery) -> None:
    pictures = [("never.jpg", lambda: pytest.fail("was read"))]
    with pytest.raises(UsageError):
        enrolment.enrol("\n", pictures, gallery, CircleReader(), POLICY, ENROLLER)


def test_full_disk_enrols_nobody(gallery: Gallery, db: sqlite3.Connection) -> None:
    gallery.add("Bob", at(*range(45)), "b" * 64)
    db.execute("VACUUM")  # so that no page is free
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"cannot enrol a person: .* the disk is full"):
        enrol(gallery, "Anna", *range(0, 100, 5))
    assert [person.name for person in gallery.people()] == ["Bob"]


@pytest.mark.parametrize(
    "change",
    [
        lambda there: there.remove("Anna"),
        lambda there: there.rename("Anna", "Ida"),
        lambda there: (there.remove("Anna"), there.add("Anna", at(120), MODEL)),
    ],
)
def test_person_who_is_another_one_by_the_end_gets_no_pictures(
    gallery: Gallery, database: Path, change: Callable[[Gallery], object]
) -> None:
    """Somebody else at the command line, while this one takes the pictures."""
    enrol(gallery, "Anna", 0)
    with closing(open_store(database)) as db:
        there = Gallery(db, VAULT)
        pictures = [during(lambda: change(there), 100)]
        with pytest.raises(OvertakenError, match="renamed or removed meanwhile"):
            enrolment.enrol("Anna", pictures, gallery, CircleReader(), POLICY, ENROLLER)
        after = there.templates(MODEL).vectors.tobytes()
    assert after in {b"", at(0).tobytes(), at(120).tobytes()}


def test_name_that_somebody_else_was_given_meanwhile_gets_no_pictures(
    gallery: Gallery, database: Path
) -> None:
    enrol(gallery, "Bob", 90)
    with closing(open_store(database)) as db:
        there = Gallery(db, VAULT)
        pictures = [during(lambda: there.rename("Bob", "Anna"), 0)]
        with pytest.raises(OvertakenError):
            enrolment.enrol("Anna", pictures, gallery, CircleReader(), POLICY, ENROLLER)
        assert [(p.name, p.templates) for p in there.people()] == [("Anna", 1)]
