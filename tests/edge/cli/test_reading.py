"""Whoever only asks leaves nothing behind: no state file, no key, no folder."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from door_kit import Answer, Door
from facedoor.cli import main as cli

CHANGES = {
    *("run", "relay-off", "enroll", "setup", "dashboard", "broker", "site-key", "demo"),
    *("keys make", "keys add", "keys invite", "keys reviewed", "keys revoke"),
    *("people rename", "people remove", "people re-enrol", "people forget-pictures"),
    *("people rekey", "rules set", "rules clear", "clock trust", "clock repair"),
    *("send enroll", "send label", "send remove", "send rename", "send unlock", "send mode"),
    *("send set-rules", "send allow"),
}
"""The commands that are to change something; every other one only asks."""

OF_THE_STATE = {
    *("people", "people list", "people allow", "verify", "identify", "keys", "keys list"),
    *("rules", "rules show", "rules check", "rules explain", "clock", "clock show", "backup"),
    *("visits", "visits list", "visits show", "journal verify", "journal export"),
}
"""What cannot be answered of a door that is not set up."""

WORDS = {"NAME": "Ada", "IMAGE": "ada.png", "FILE": "new.toml", "ID": "3f9a1c07-42"}


def commands(
    of: argparse.ArgumentParser, *said: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be given, and what it takes."""
    actions = [one for one in of._actions if isinstance(one, argparse._SubParsersAction)]
    if said and not any(action.required for action in actions):
        yield " ".join(said), of
    for action in actions:
        for name, each in action.choices.items():
            yield from commands(each, *said, name)


def asked(door: Door, command: str, takes: argparse.ArgumentParser) -> Answer:
    """The command, with a word for each argument that it needs."""
    words = command.split()
    for action in takes._actions:
        if action.required and not isinstance(action, argparse._SubParsersAction):
            words += [*action.option_strings[:1], WORDS[str(action.metavar)]]
    return door.ask(*words)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """A door that was never set up; whoever asks stands in its folder, which has a picture."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("ada.png", np.full((48, 64, 3), 128, np.uint8))
    door = Door(tmp_path, photos=tmp_path)
    door.configure("camera", source="file:there-is-none.mp4")
    door.configure("models", pack="no-pack")
    return door


def test_whoever_only_asks_makes_nothing_and_is_told_how_a_door_is_set_up(
    nowhere: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, made = sorted(nowhere.folder.rglob("*")), cli.parser()
    monkeypatch.setattr(cli, "parser", lambda: made)
    asking = {name: takes for name, takes in commands(made) if name not in CHANGES}
    assert asking.keys() >= {*OF_THE_STATE, "check", "watch", "send ping"}
    for command, takes in asking.items():
        answer = asked(nowhere, command, takes)
        assert sorted(nowhere.folder.rglob("*")) == before, command
        if command in OF_THE_STATE:
            answer.assert_fails(3, "facedoor setup sets the door up")


def test_key_that_cannot_be_looked_for_is_told(nowhere: Door) -> None:
    nowhere.configure("storage", key_file="x" * 300)
    making = nowhere.ask("keys", "make", "phone", "--role", "admin")
    making.assert_fails(3, "cannot look for the key")


def test_state_file_that_nobody_here_may_look_for_is_told_by_every_command(nowhere: Door) -> None:
    nowhere.configure("storage", directory="x" * 300)
    Path("new.toml").write_text('time_zone = "UTC"\n')
    for command in (("people",), ("witness",), ("rules", "check", "new.toml")):
        nowhere.ask(*command).assert_fails(3, "cannot open")
    assert nowhere.ask("broker-config").exit_code == 0
    findings = nowhere.ask("check", "--json").json["findings"]
    about_it = [each["subject"] for each in findings if "cannot open" in each["message"]]
    assert about_it == ["state"]
    assert not any("Errno" in each["message"] for each in findings if each["subject"] == "rules")


def test_rules_are_checked_before_there_is_a_door(nowhere: Door) -> None:
    Path("new.toml").write_text('time_zone = "UTC"\n[groups.staff]\nschedule = "office"\n')
    nowhere.ask("rules", "check", "new.toml").assert_fails(2, "office")
    Path("new.toml").write_text('time_zone = "UTC"\n[groups.staff]\n')
    assert nowhere.ask("rules", "check", "new.toml").out == (
        "people in the group staff: nobody: facedoor people allow NAME --group staff\n"
    )
    assert not nowhere.state.exists()


@pytest.mark.parametrize(
    "command", [("keys", "make", "phone", "--role", "admin"), ("rules", "set", "new.toml")]
)
def test_whoever_changes_something_still_makes_what_it_needs(
    nowhere: Door, command: tuple[str, ...]
) -> None:
    Path("new.toml").write_text('time_zone = "UTC"\n')
    assert nowhere.ask(*command).exit_code == 0
    assert {path.name for path in nowhere.state.iterdir()} >= {"facedoor.db", "facedoor.key"}
    assert nowhere.ask("people").exit_code == 0
    (nowhere.state / "facedoor.key").unlink()
    nowhere.ask("keys").assert_fails(3, "put it back there")
    assert not (nowhere.state / "facedoor.key").exists()
