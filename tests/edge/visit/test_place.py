"""What is refused in one place and time is told once."""

from __future__ import annotations

from facedoor.frames import Box
from facedoor.reasons import Reason
from facedoor.visit.place import TOLD_FOR_S, WITHOUT_GAP_S, Place, is_same

HERE, NEARER, BESIDE = Box(100, 100, 200, 200), Box(80, 90, 230, 260), Box(230, 100, 330, 200)


def test_the_same_reason_is_told_once_and_again_after_a_minute() -> None:
    place = Place()
    told = [place.tell(Reason.UNKNOWN, float(second)) for second in range(round(TOLD_FOR_S) + 2)]
    assert told == [False, *[True] * round(TOLD_FOR_S), False]


def test_another_reason_is_told_for_itself() -> None:
    place = Place()
    assert not place.tell(Reason.UNKNOWN, 1.0)
    assert not place.tell(Reason.TOO_DARK, 2.0)
    assert place.tell(Reason.TOO_DARK, 3.0)


def test_a_face_follows_another_in_its_place_and_without_a_gap() -> None:
    assert is_same(HERE, 5.0, HERE, 5.1)
    assert is_same(HERE, 5.0, NEARER, 5.1)
    assert not is_same(HERE, 5.0, BESIDE, 5.1)
    assert not is_same(HERE, 5.0, HERE, 5.1 + WITHOUT_GAP_S)
