"""The walk up to the door at the end of setup: what the door would do, and a lock that moves only
where somebody has asked for it."""

from __future__ import annotations

import re

import pytest
from gpiozero.pins.mock import MockFactory

from door_kit import Door
from facedoor.config import file as config_file
from facedoor.door.mode_switch import ModeSwitch
from facedoor.errors import UsageError
from facedoor.setup.configuration import Configuration
from facedoor.setup.relay import PULSE_S
from facedoor.setup.talk import Bench
from facedoor.setup.walk_up import WALK_UP
from facedoor.storage.key_file import open_state
from facedoor.wire.mode import Mode
from machine_kit import Machine, ScriptedTalk

RULES = "time_zone = 'UTC'\n[groups.staff]\nsecond_factor = 'button'\n"


class Walked:
    """Somebody's walk up to a door; ``slept_s`` is how long its relay was on."""

    def __init__(self, door: Door, machine: Machine, *answers: tuple[str, str]) -> None:
        self.slept_s: list[float] = []
        talk = ScriptedTalk([*answers, ("Once more", "n")])
        bench = Bench(talk, Configuration(door.config), machine.root, self.slept_s.append)
        WALK_UP.do(bench)
        assert not talk.answers
        self.said = talk.text


def comes(door: Door, *people: str) -> None:
    """They stand there for a second each, as in a photo."""
    folder = door.folder / "camera"
    folder.mkdir()
    for number, person in enumerate(people):
        (folder / f"{number}.jpg").symlink_to(door.photo(person, of="train"))
    door.configure("camera", source=f"folder:{folder}")


def events(door: Door) -> list[object]:
    with door.journal() as journal:
        return [entry.payload["event"] for entry in journal.tail(9) if "event" in entry.payload]


def test_resident_is_told_how_far_they_came_and_that_the_door_would_open(
    door: Door, machine: Machine
) -> None:
    comes(door, "Jerry")
    before = len(events(door))
    said = Walked(door, machine).said
    assert "The relay is simulated: no lock moves." in said
    assert "[x] found\n[x] near enough: " in said
    assert "[x] recognised: Jerry, at a distance of " in said
    assert "[x] alive" in said
    assert "The door would open for Jerry." in said
    assert "opens for" not in said
    assert len(events(door)) == before


def test_stranger_learns_that_it_would_not_open(door: Door, machine: Machine) -> None:
    comes(door, "ben_afflek")
    said = Walked(door, machine).said
    assert "The door would not open" in said
    assert "[ ] recognised" in said
    assert "would open for" not in said


def test_lock_opens_for_a_resident_only_if_that_was_asked_for(
    door: Door, machine: Machine, pins: MockFactory
) -> None:
    door.configure("door", relay="gpio", pin=4)
    comes(door, "Jerry")
    pin = pins.pin(4)
    assert Walked(door, machine, ("DOOR TO OPEN", "")).slept_s == []
    assert not any(change.state for change in pin.states)
    assert "relay_test" not in events(door)
    walked = Walked(door, machine, ("DOOR TO OPEN", "y"))
    assert walked.slept_s == [PULSE_S]
    assert [bool(change.state) for change in pin.states] == [False, True, False]
    assert events(door)[-1] == "relay_test"


def test_rules_have_the_last_word(door: Door, machine: Machine, pins: MockFactory) -> None:
    door.configure("door", relay="gpio", pin=4)
    rules = door.folder / "rules.toml"
    rules.write_text(RULES)
    assert door.ask("rules", "set", rules).exit_code == 0
    assert door.ask("people", "allow", "Jerry", "--group", "staff").exit_code == 0
    comes(door, "Jerry")
    walked = Walked(door, machine, ("DOOR TO OPEN", "y"))
    assert "The door would not open for Jerry" in walked.said
    assert walked.slept_s == []


def test_door_that_is_locked_down_would_not_open(door: Door, machine: Machine) -> None:
    comes(door, "Jerry")
    with (
        open_state(config_file.load(door.config)) as (db, _vault),
        ModeSwitch().turning(db, Mode.LOCKDOWN),
    ):
        pass
    assert "The door would not open for Jerry: " in Walked(door, machine).said


def test_visitor_is_asked_to_turn_the_head_and_no_led_stays_on(
    door: Door, machine: Machine, pins: MockFactory
) -> None:
    door.configure("door", relay="gpio", pin=4, left_led_pin=5, right_led_pin=6)
    door.configure("liveness", mode="challenge_always")
    comes(door, *["Jerry"] * 3)
    sides = pins.pin(5), pins.pin(6)
    said = Walked(door, machine).said
    assert re.search(r"^turn your head to your (left|right)$", said, re.M)
    assert "The door would not open for Jerry: " in said
    assert not any(pin.state for pin in sides)


def test_nobody_walks_up_to_a_door_that_knows_nobody(empty_door: Door, machine: Machine) -> None:
    bench = Bench(ScriptedTalk([]), Configuration(empty_door.config), machine.root)
    assert "nobody is enrolled yet" in WALK_UP.reached(bench)
    with pytest.raises(UsageError, match="nobody is enrolled yet"):
        WALK_UP.do(bench)
