"""``facedoor enroll``: one person under one name, twins under two, and what the journal says."""

from __future__ import annotations

from typing import Any

from door_kit import Door
from facedoor.reasons import Reason


def journalled(door: Door) -> list[dict[str, Any]]:
    """What the journal says of enrolments."""
    with door.journal() as journal:
        entries = [entry.payload for entry in journal.tail(100)]
    return [entry for entry in entries if entry.get("event") in {"enrolment", "similar"}]


def photos(door: Door, person: str, *numbers: int) -> list[object]:
    return ["--image", *(door.photo(person, number) for number in numbers)]


def test_journal_says_who_added_how_much_and_how_far_the_mean_moved(empty_door: Door) -> None:
    door = empty_door
    assert door.facedoor("enroll", "Elton", *photos(door, "elton_john", 0, 1, 2)).exit_code == 0
    assert door.facedoor("enroll", "Elton", *photos(door, "elton_john", 3)).exit_code == 0
    first, second = journalled(door)
    assert (first["by"], first["person"], first["added"]) == ("command line", "Elton", 3)
    assert (first["moved_distance"], first["first_distance"]) == (None, 0.0)
    assert second["added"] == 1
    assert 0 < second["moved_distance"] < 0.5


def test_names_of_the_removed_leave_these_entries_too(empty_door: Door) -> None:
    door = empty_door
    door.facedoor("enroll", "Elton", *photos(door, "elton_john", 0))
    door.facedoor("people", "remove", "Elton")
    assert [entry["person"] for entry in journalled(door)] == [None]


def test_person_gets_no_second_name_from_any_number_of_photos(door: Door) -> None:
    for numbers in ((0,), (0, 1, 2, 3, 4)):
        answer = door.facedoor("enroll", "Jerome", *photos(door, "Jerry", *numbers), "--json")
        assert (answer.exit_code, answer.json["templates"]) == (1, 0)
        assert all("Jerry" in image["reason"] for image in answer.json["images"])


def test_one_who_is_said_to_be_a_twin_is_enrolled_and_neither_is_taken_for_the_other(
    door: Door,
) -> None:
    twin = photos(door, "Jerry", 0, 1, 2, 3)
    answer = door.facedoor("enroll", "Jerome", *twin, "--although-similar-to", "jerry")
    assert answer.exit_code == 0
    assert [(e["event"], e["person"]) for e in journalled(door)[-2:]] == [
        ("similar", "Jerry"),
        ("enrolment", "Jerome"),
    ]
    between = door.facedoor("identify", door.photo("Jerry", 4), "--json").json
    assert (between["person"], between["reason"]) == (None, Reason.AMBIGUOUS)
    for name in ("Jerry", "Jerome"):
        verified = door.facedoor("verify", name, door.photo("Jerry", 4), "--json").json
        assert not verified["door_open"]


def test_nobody_is_similar_to_somebody_who_is_not_enrolled(door: Door) -> None:
    answer = door.facedoor(
        "enroll", "Elton", *photos(door, "elton_john", 0), "--although-similar-to", "Gerry"
    )
    answer.assert_fails(2, "did you mean Jerry")
