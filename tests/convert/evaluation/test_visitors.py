"""What becomes of made-up photos at a door."""

from __future__ import annotations

import dataclasses

import pytest

from calibrations import calibration, made_up
from circle import at
from facedoor.frames import Vector
from facedoor.vision.calibration import DistanceTable
from facedoor.vision.pack import Manifest, Pack
from facedoor_convert.evaluation.visitors import DOOR_PEOPLE, Visitors, judge


@pytest.fixture
def plain(pack: Pack) -> Manifest:
    """Without a table of risks: one threshold, 0.7, which is 41 degrees."""
    return dataclasses.replace(pack.manifest, calibration=None, threshold=0.7)


def photos(**degrees: list[float | None]) -> dict[str, Vector | None]:
    """Photos of people on a circle, ``None`` where no face was found."""
    return {
        f"{person}/{number}": None if angle is None else at(angle)[0]
        for person, angles in degrees.items()
        for number, angle in enumerate(angles)
    }


def counts(found: Visitors) -> tuple[int, int, int]:
    return found.mistaken, found.refused, found.known


def test_who_is_near_to_their_own_other_photos_comes_in(plain: Manifest) -> None:
    assert counts(judge(photos(ada=[0, 10], bob=[180, 190]), plain)) == (0, 0, 4)


def test_far_from_oneself_is_refused_and_nearer_to_another_is_mistaken(plain: Manifest) -> None:
    assert counts(judge(photos(ada=[0, 100], bob=[200, 210]), plain)) == (0, 2, 4)
    assert counts(judge(photos(ada=[0, 195], bob=[200, 210]), plain)) == (1, 1, 4)


def test_a_photo_without_a_face_is_refused(plain: Manifest) -> None:
    assert counts(judge(photos(ada=[0, None], bob=[180, 190]), plain)) == (0, 2, 4)
    assert counts(judge(photos(ada=[0, 10], bob=[None]), plain)) == (0, 0, 2)


def test_whoever_has_one_photo_is_a_stranger(plain: Manifest) -> None:
    assert counts(judge(photos(ada=[0, 10], bob=[180]), plain)) == (0, 0, 2)
    assert counts(judge(photos(ada=[0, 1], bob=[5]), plain)) == (1, 0, 2)


def test_people_who_may_be_one_are_not_compared(plain: Manifest) -> None:
    assert counts(judge(photos(John_Barnett=[0, 10], John_Burnett=[5]), plain)) == (0, 0, 2)


def test_people_are_dealt_out_to_doors(pack: Pack) -> None:
    told = dataclasses.replace(calibration(), corrected=None, cohort=None)
    found = judge(made_up(23), dataclasses.replace(pack.manifest, calibration=told))
    assert found.limit.people == 8
    assert found.limit.people <= DOOR_PEOPLE
    assert found.people == 23


def test_a_risk_that_the_pack_cannot_tell_becomes_the_least_that_it_can(pack: Pack) -> None:
    told = calibration()
    assert isinstance(told.plain, DistanceTable)
    table = dataclasses.replace(told.plain, risk=told.plain.risk[-3:])
    manifest = dataclasses.replace(
        pack.manifest,
        calibration=dataclasses.replace(told, plain=table, corrected=None, cohort=None),
    )
    found = judge(photos(ada=[0, 10], bob=[180, 190]), manifest, 1e-9)
    assert found.risk is not None
    assert found.risk > found.wanted == 1e-9
    assert "the least that the pack can tell" in str(found)


def test_the_sentence_says_it_in_words(plain: Manifest) -> None:
    nobody = judge(photos(ada=[0, 10], bob=[180, 190]), plain)
    assert str(nobody) == (
        "Of these 2 people's 4 photos nobody was taken for another; none would be refused at the "
        "pack's threshold of 0.7, whose risk is unknown."
    )
    some = dataclasses.replace(nobody, mistaken=1, refused=16, known=1000, wanted=1e-4, risk=1e-4)
    assert "1 was taken for another; 2 % would be refused at your risk of 1e-4." in str(some)
    few = dataclasses.replace(some, mistaken=2000, refused=3)
    assert "2,000 were taken for another; 0.3 % would be refused" in str(few)
