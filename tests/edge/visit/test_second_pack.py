"""A door with a second pack: enrolled by both, compared by both, and shut without one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from door_kit import Door
from facedoor.camera.pictures import read_picture
from facedoor.config import file as config_file
from facedoor.errors import ExitCode
from facedoor.frames import Image
from facedoor.visit.recogniser import Recogniser
from second_kit import second_pack


@pytest.fixture
def second_door(empty_door: Door, tmp_path: Path) -> Door:
    empty_door.configure("models", second=str(second_pack(tmp_path / "second")))
    return empty_door


@pytest.fixture
def jerry(empty_door: Door) -> Image:
    return read_picture(empty_door.photo("Jerry"))


def enrolled(door: Door, person: str, *numbers: int) -> None:
    images = [part for n in numbers for part in ("--image", door.photo(person, n, "train"))]
    assert door.ask("enroll", person, *images).exit_code == 0


@pytest.fixture
def recogniser(second_door: Door) -> Iterator[Recogniser]:
    enrolled(second_door, "Jerry", 0, 1)
    enrolled(second_door, "Mindy", 0, 1)
    with Recogniser(config_file.load(second_door.config)) as recogniser:
        yield recogniser


def test_whoever_is_enrolled_has_templates_of_both_and_is_known_by_both(
    recogniser: Recogniser, jerry: Image
) -> None:
    content = recogniser.gallery.content(1)
    assert content is not None
    assert sorted(map(len, content.templates.values())) == [2, 2]
    verified = recogniser.verify("Jerry", jerry)
    # FaceNet twice, uncorrected: the joint distance is the plain one of either.
    assert verified.distance == pytest.approx(verified.plain_distance, abs=1e-3)
    assert recogniser.identify(jerry).person == "Jerry"
    assert recogniser.threshold == pytest.approx(0.8, abs=0.02)  # of the joint table, for two


def test_a_door_with_two_opens_for_whoever_both_know(second_door: Door) -> None:
    for person in ("Jerry", "Mindy"):
        enrolled(second_door, person, 0, 1)
    answer = second_door.facedoor(
        "run", "--json", "--once", "--camera", second_door.walk_up("Jerry", stay_s=3.0)
    )
    (granted,) = (each for each in answer.objects if each.get("decision") == "granted")
    assert granted["person"] == "Jerry"


def test_whoever_was_enrolled_before_is_not_let_in_and_check_names_them(
    empty_door: Door, tmp_path: Path, jerry: Image
) -> None:
    door = empty_door
    enrolled(door, "Jerry", 0, 1)
    door.configure("models", second=str(second_pack(tmp_path / "second")))
    with Recogniser(config_file.load(door.config)) as recogniser:
        verified = recogniser.verify("Jerry", jerry)
    assert not verified.door_open
    assert verified.distance is not None
    assert verified.distance > 1
    assert verified.plain_distance is not None
    assert verified.plain_distance < verified.threshold
    found = {each["subject"]: each for each in door.ask("check", "--json").json["findings"]}
    assert "Jerry has no template of it" in found["second pack"]["message"]
    assert found["second pack"]["remedy"] == "facedoor enroll Jerry FILE"


def test_the_pictures_of_old_give_whoever_was_enrolled_before_templates_of_the_second(
    empty_door: Door, tmp_path: Path, jerry: Image
) -> None:
    door = empty_door
    enrolled(door, "Jerry", 0, 1)
    door.configure("models", second=str(second_pack(tmp_path / "second")))
    enrolled(door, "Jerry", 0, 1)
    with Recogniser(config_file.load(door.config)) as recogniser:
        assert recogniser.verify("Jerry", jerry).door_open
        (person,) = recogniser.gallery.people()
        assert person.templates == 2
    images = ["--image", door.photo("Jerry", 0, "train")]
    assert "the same picture again" in door.ask("enroll", "Jerry", *images).out


def test_pictures_of_old_are_taken_for_the_second_also_after_a_new_one(
    empty_door: Door, tmp_path: Path
) -> None:
    enrolled(empty_door, "Jerry", 0)
    empty_door.configure("models", second=str(second_pack(tmp_path / "second")))
    enrolled(empty_door, "Jerry", 1)
    assert templates(empty_door) == [1, 2]
    enrolled(empty_door, "Jerry", 0, 0)
    assert templates(empty_door) == [2, 2]


def test_the_same_picture_twice_is_one_template_of_either(second_door: Door) -> None:
    enrolled(second_door, "Jerry", 0, 0)
    assert templates(second_door) == [1, 1]


def templates(door: Door) -> list[int]:
    """How many the only person has of each embedder."""
    with Recogniser(config_file.load(door.config)) as recogniser:
        content = recogniser.gallery.content(1)
    assert content is not None
    return sorted(map(len, content.templates.values()))


def test_a_second_pack_that_cannot_be_used_keeps_the_door_shut_with_a_sentence(
    door: Door, tmp_path: Path
) -> None:
    door.configure("models", second=str(tmp_path / "nowhere"))
    answer = door.facedoor("run", "--once", "--camera", door.walk_up("Jerry"))
    assert answer.exit_code == ExitCode.BROKEN
    assert "the second pack cannot be used: there is no pack in" in answer.error
    assert "Traceback" not in answer.error


def test_a_threshold_by_the_first_alone_and_a_second_exclude_each_other(second_door: Door) -> None:
    second_door.configure("recognition", threshold=0.7)
    answer = second_door.ask("people", "list")
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "[recognition] threshold" in answer.error
