"""The pack is exchanged for one of another network: the door opens for nobody, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from door_kit import Door
from second_kit import other_pack

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
    assert found["people"]["remedy"] == "facedoor enroll NAME --image FILE"
    assert SAID in door.ask("people").out
    assert door.ask("people", "--json").json["other_network"] == ["Jerry", "Mindy"]
    said = door.ask("verify", "Jerry", door.photo("Jerry")).sentence
    assert "the door does not open for Jerry, who was enrolled for another network" in said
    assert "facedoor enroll Jerry --image FILE" in said


def test_of_those_who_are_enrolled_anew_nothing_is_said_any_more(exchanged: Door) -> None:
    door = exchanged
    photos = [door.photo("Jerry", number, of="train") for number in (0, 1)]
    assert door.ask("enroll", "Jerry", "--image", *photos).exit_code == 0
    assert door.ask("verify", "Jerry", door.photo("Jerry")).exit_code == 0
    assert door.ask("people", "--json").json["other_network"] == ["Mindy"]
