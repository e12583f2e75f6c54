"""`facedoor clock`: what the door takes for the time, and root's word on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from door_kit import Answer, Door
from entrance import DOCUMENT
from facedoor.clock import Known
from facedoor.commands.used import UsedCommands
from facedoor.config import file as config_file
from facedoor.storage.clock_record import keep_clock, recall_clock
from facedoor.storage.key_file import open_state
from timepieces import Timepiece
from vaults import move_in

DONE, NEGATIVE, WRONG_USE = 0, 1, 2
YEAR_S = 365 * 86_400.0


@pytest.fixture
def piece(monkeypatch: pytest.MonkeyPatch) -> Timepiece:
    """The machine on which the command runs, as root; nothing vouches for its time."""
    piece = Timepiece()
    monkeypatch.setattr("facedoor.clock.this_machine", piece.machine)
    monkeypatch.setattr("facedoor.cli.clock.geteuid", lambda: 0)
    return piece


@pytest.fixture
def house(tmp_path: Path) -> Door:
    door = Door(tmp_path, tmp_path)
    door.be_made()
    return door


def shown(house: Door) -> dict[str, Any]:
    return house.ask("clock", "--json").json


def events(house: Door) -> list[dict[str, Any]]:
    with house.journal() as journal:
        return [entry.payload for entry in journal.tail(100) if entry.payload["event"] == "clock"]


def obeyed_at(house: Door, time_s: float) -> None:
    """A command was obeyed at that time, and the time was taken for known."""
    with open_state(config_file.load(house.config)) as (db, vault):
        assert UsedCommands(db).take("0123456789abcdef", time_s, time_s + 30, time_s)
        keep_clock(db, vault, Known(time_s=time_s))


def test_time_that_nothing_proves_is_shown_with_what_to_do(house: Door, piece: Timepiece) -> None:
    answer = house.ask("clock")
    assert answer.exit_code == NEGATIVE
    at = datetime(2027, 1, 11, 11, tzinfo=UTC).astimezone()
    assert f"{at:%Y-%m-%d %H:%M:%S %Z}, not proven: no time server and no hardware" in answer.out
    assert "sudo facedoor clock trust" in answer.out
    assert shown(house).items() >= {"proven": False, "evidence": None}.items()


def test_time_that_a_time_server_proves_is_shown(house: Door, piece: Timepiece) -> None:
    piece.is_synchronised = True
    answer = house.ask("clock", "show")
    assert (answer.exit_code, "a time server sets the clock" in answer.out) == (DONE, True)
    assert "nothing is erased by age until" in answer.out
    assert shown(house)["evidence"] == "synchronised"


def test_word_of_root_holds_until_the_clock_is_set_and_is_in_the_journal(
    house: Door, piece: Timepiece
) -> None:
    answer = house.ask("clock", "trust")
    assert (answer.exit_code, "takes that for the time until" in answer.out) == (DONE, True)
    assert shown(house)["evidence"] == "root"
    assert "already" in house.ask("clock", "trust").out
    ((said, by),) = [(event["what"], event["by"]) for event in events(house)]
    assert (said, by) == ("trusted", "command line")
    piece.wall_s += 60
    assert not shown(house)["proven"]


def test_time_before_this_release_is_not_trusted(house: Door, piece: Timepiece) -> None:
    piece.wall_s = 60.0
    house.ask("clock", "trust").assert_fails(WRONG_USE, "the clock shows 1970-01-01")
    assert not shown(house)["proven"]


def test_later_time_that_was_wrong_is_forgotten_when_root_says_so(
    house: Door, piece: Timepiece
) -> None:
    obeyed_at(house, piece.wall_s + 2 * YEAR_S)
    house.ask("clock", "repair").assert_fails(WRONG_USE, "sudo facedoor clock trust")
    piece.is_synchronised = True
    answer = house.ask("clock")
    assert (answer.exit_code, "sudo facedoor clock repair" in answer.out) == (NEGATIVE, True)
    assert house.ask("clock", "repair").exit_code == DONE
    assert house.ask("clock").exit_code == DONE
    with open_state(config_file.load(house.config)) as (db, vault):
        assert recall_clock(db, vault).time_s == piece.wall_s
        made_s = piece.wall_s
        assert not UsedCommands(db).take("made-before-that", made_s, made_s + 30, made_s + 9)
        assert UsedCommands(db).take("made-after-that", made_s + 9, made_s + 39, made_s + 9)
    (event,) = events(house)
    assert (event["what"], event["was"]) == ("repaired", "2029-01-10T11:00:00.000Z")
    piece.passes(10)
    assert "nothing to repair" in house.ask("clock", "repair").out
    assert len(events(house)) == 1


@pytest.mark.parametrize("action", ["trust", "repair"])
def test_nobody_but_root_says_what_time_it_is(
    house: Door, piece: Timepiece, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr("facedoor.cli.clock.geteuid", lambda: 1000)
    answer: Answer = house.ask("clock", action)
    answer.assert_fails(WRONG_USE, f"sudo facedoor clock {action}")
    assert not shown(house)["proven"]


def test_rules_are_explained_and_checked_by_what_the_door_knows(
    house: Door, piece: Timepiece
) -> None:
    """Before, somebody "may come in" whom the door refused."""
    with open_state(config_file.load(house.config)) as (db, vault):
        move_in(db, vault)
    (house.folder / "rules.toml").write_text(DOCUMENT)
    for group, name in (("staff", "Ada"), ("family", "Bob")):
        assert house.ask("rules", "set", house.folder / "rules.toml").exit_code == DONE
        assert house.ask("people", "allow", name, "--group", group).exit_code == DONE
    outside = house.ask("rules", "explain", "Ada", "--json")
    assert (outside.exit_code, outside.json["reason"]) == (NEGATIVE, "clock_not_set")
    assert "no time server and no hardware clock" in outside.json["why"][0]
    assert house.ask("rules", "explain", "Bob").exit_code == DONE
    assert house.ask("rules", "explain", "Ada", "--at", "2027-01-11T11:00").exit_code == DONE
    (odd,) = [each for each in house.ask("rules", "check", "--json").json["odd"] if "Ada" in each]
    findings = house.ask("check", "--json").json["findings"]
    (found,) = [f for f in findings if f["subject"] == "rules" and "Ada" in f["message"]]
    assert odd == f"{found['message']}: {found['remedy']}"
    assert "sudo facedoor clock trust" in found["remedy"]
    assert "Ada can come in only at some times, and the door does not know what time" in odd
    assert odd in house.ask("rules", "set", house.folder / "rules.toml").out

    piece.is_synchronised = True
    assert house.ask("rules", "explain", "Ada").exit_code == DONE
    assert "Ada" not in house.ask("rules", "check").out
