"""The pack is exchanged for one of another network: the door opens for nobody, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from door_kit import PACK, Door
from facedoor.config import file as config_file
from facedoor.identity.gallery import Gallery
from facedoor.storage.key_file import open_state
from second_kit import other_pack, second_pack

SAID = (
    "the door does not open for Jerry and Mindy, who were enrolled for another network than that "
    "of the pack in use"
)


@pytest.fixture
def exchanged(door: Door, tmp_path: Path) -> Door:
    """A door whose residents were enrolled by the pack before."""
    door.configure("models", pack=str(other_pack(tmp_path / "other")))
    return door


def test_the_door_opens_for_nobody_and_says_for_whom(exchanged: Door) -> None:
    door = exchanged
    service = door.run(door.walk_up("Jerry"))
    assert service.wait_for(decision="refused")["person"] is None
    ended = service.stop()
    assert ended.relay == []
    assert "2 of 2 people were enrolled for another network than this pack's" in ended.error
    assert "Jerry" not in ended.error
    assert "nobody is enrolled" not in ended.error
    found = {each["subject"]: each for each in door.ask("check", "--json").json["findings"]}
    assert found["people"]["message"] == SAID
    assert found["people"]["remedy"] == "facedoor enroll NAME FILE"
    assert SAID in door.ask("people").out
    assert door.ask("people", "--json").json["other_network"] == ["Jerry", "Mindy"]
    said = door.ask("verify", "Jerry", door.photo("Jerry")).sentence
    assert "the door does not open for Jerry, who was enrolled for another network" in said
    assert "facedoor enroll Jerry FILE" in said


def test_of_those_who_are_enrolled_anew_nothing_is_said_any_more(exchanged: Door) -> None:
    door = exchanged
    photos = [door.photo("Jerry", number, of="train") for number in (0, 1)]
    assert door.ask("enroll", "Jerry", "--image", *photos).exit_code == 0
    assert door.ask("verify", "Jerry", door.photo("Jerry")).exit_code == 0
    assert door.ask("people", "--json").json["other_network"] == ["Mindy"]


@pytest.fixture
def keeping(empty_door: Door) -> Door:
    """A door that keeps pictures of enrolments, with two residents."""
    empty_door.configure("storage", keep_enrolment_pictures=True)
    for name in ("Jerry", "Mindy"):
        photos = [empty_door.photo(name, number, of="train") for number in (0, 1, 4, 5)]
        assert empty_door.ask("enroll", name, "--image", *photos).exit_code == 0
    return empty_door


def kept(door: Door) -> dict[str, tuple[int, int]]:
    """How many pictures are kept of everybody, and of how many bytes the largest is."""
    with open_state(config_file.load(door.config)) as (db, vault):
        gallery = Gallery(db, vault)
        found = {who.name: [p.jpeg for p in gallery.pictures(who.name)] for who in gallery.people()}
    return {name: (len(jpegs), max(map(len, jpegs), default=0)) for name, jpegs in found.items()}


def test_no_picture_is_kept_unless_it_is_asked_for(door: Door) -> None:
    assert kept(door) == {"Jerry": (0, 0), "Mindy": (0, 0)}


def test_a_new_network_needs_no_new_photos(keeping: Door, tmp_path: Path) -> None:
    door = keeping
    assert [count for count, _ in kept(door).values()] == [4, 4]
    assert max(size for _, size in kept(door).values()) < 100_000
    assert door.ask("people", "re-enrol").out == "everybody has templates of the network in use\n"
    door.configure("models", pack=str(other_pack(tmp_path / "other")))
    found = {each["subject"]: each for each in door.ask("check", "--json").json["findings"]}
    assert (found["people"]["message"], found["people"]["remedy"]) == (
        SAID,
        "facedoor people re-enrol",
    )
    service = door.run(door.walk_up("Jerry"))
    assert service.wait_for(decision="refused")["person"] is None
    assert service.stop().relay == []
    answer = door.ask("people", "re-enrol")
    assert answer.exit_code == 0
    assert answer.out.splitlines() == [
        line
        for name in ("Jerry", "Mindy")
        for line in (
            *(f"{name} + added: kept picture {number}" for number in (1, 2, 3, 4)),
            f"{name} has 4 templates",
        )
    ]
    service = door.run(door.walk_up("Jerry"))
    assert service.wait_for(decision="granted")["person"] == "Jerry"
    assert service.stop().relay == ["on", "off"]
    assert [count for count, _ in kept(door).values()] == [4, 4]
    with door.journal() as journal:
        last = [entry.payload for entry in journal.tail(20) if "added" in entry.payload]
    assert [(entry["person"], entry["added"]) for entry in last[-4:]] == [
        *(("Jerry", 4), ("Mindy", 4)),
        *(("Jerry", 4), ("Mindy", 4)),
    ]
    # The way back needs nothing.
    door.configure("models", pack=str(PACK))
    assert door.ask("verify", "Jerry", door.photo("Jerry")).exit_code == 0


def test_of_whom_no_picture_is_kept_new_photos_are_asked_for(exchanged: Door) -> None:
    answer = exchanged.ask("people", "re-enrol", "Jerry")
    assert answer.exit_code == 1
    said = "no picture of Jerry is kept, so take new photos: facedoor enroll Jerry FILE\n"
    assert answer.out == said
    assert "nobody called Gerry" in exchanged.ask("people", "re-enrol", "Gerry").sentence


def test_whoever_looks_like_another_who_has_templates_is_not_taken(
    keeping: Door, tmp_path: Path
) -> None:
    door = keeping
    door.configure("models", pack=str(other_pack(tmp_path / "other")))
    photos = [door.photo("Jerry", number, of="train") for number in (2, 3)]
    assert door.ask("enroll", "Jerome", "--image", *photos).exit_code == 0
    answer = door.ask("people", "re-enrol", "Jerry")
    assert answer.exit_code == 1
    assert "looks like Jerome, who is enrolled already" in answer.out
    assert "none of these will do, so take new photos" in answer.out
    again = door.ask("people", "re-enrol", "Jerry", "--although-similar-to", "Jerome")
    assert again.exit_code == 0


def test_pictures_that_are_not_wanted_any_more_are_told_and_erased(keeping: Door) -> None:
    door = keeping
    door.configure("storage", keep_enrolment_pictures=False)
    findings = door.ask("check", "--json").json["findings"]
    (told,) = [one for one in findings if one.get("remedy") == "facedoor people forget-pictures"]
    assert "pictures of the enrolment of 2 people are kept" in told["message"]
    assert door.ask("people", "forget-pictures").out == "8 pictures of enrolments erased\n"
    assert kept(door) == {"Jerry": (0, 0), "Mindy": (0, 0)}


def test_a_second_pack_that_is_added_needs_no_new_photos(keeping: Door, tmp_path: Path) -> None:
    door = keeping
    door.configure("models", second=str(second_pack(tmp_path / "second")))
    found = {each["subject"]: each for each in door.ask("check", "--json").json["findings"]}
    assert "facedoor people re-enrol" in found["second pack"]["remedy"]
    assert door.ask("people", "re-enrol").exit_code == 0
    assert door.ask("verify", "Jerry", door.photo("Jerry")).exit_code == 0
    assert "Jerry: 4 templates" in door.ask("people").out
