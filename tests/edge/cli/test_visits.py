"""``facedoor visits``: who came, in words and as JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from circle import at
from door_kit import Door
from facedoor.cli import tables
from facedoor.config import file as config_file
from facedoor.identity.gallery import Gallery
from facedoor.reasons import Reason
from facedoor.storage.key_file import open_state
from history_kit import History

DONE, NEGATIVE, WRONG_USE = 0, 1, 2


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Ada came an hour ago; then somebody in the dark, and somebody a little like Grandma."""
    door = Door(tmp_path, photos=tmp_path)
    history = History(now=datetime.now(UTC) - timedelta(hours=1))
    history.comes("Ada")
    history.after(400).comes(reason=Reason.TOO_DARK, looks={"too_dark": 3})
    history.after(400).comes(nearest="Grandma", looks={"unknown": 12})
    with door.journal() as journal:
        for event in history.events:
            journal.append(event)
    return door


def told(door: Door, *options: str) -> list[str]:
    answer = door.ask("visits", *options)
    assert answer.exit_code == DONE
    return [line.partition("  ")[2] for line in answer.out.splitlines()]


def test_visits_are_told_as_a_person_would(door: Door) -> None:
    *lines, last = told(door)
    assert lines == ["Ada came in", "somebody, too dark: 3 looks"]
    assert last == (
        "somebody, not recognised: 12 looks; nearest to Grandma, by 0.445 too far away: 1.200, "
        "where one person is up to 0.755"
    )
    assert told(door, "list") == told(door)


def test_visits_are_those_that_were_asked_for(door: Door) -> None:
    assert told(door, "--unknown") == told(door)[1:]
    assert told(door, "--person", "ADA") == ["Ada came in"]
    assert told(door, "--person", "Ada", "list", "--since", "50 minutes ago") == [""]
    assert len(told(door, "--since", "58 minutes ago")) == 2
    assert door.ask("visits", "--since", "noonish").exit_code == WRONG_USE


def test_in_a_terminal_visits_and_people_are_tables(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = door.ask("visits").out
    monkeypatch.setattr(tables, "columns", lambda *_: 80)
    heading, *rows = door.ask("visits").out.splitlines()
    assert heading.split() == ["when", "who", "came,", "and", "how", "it", "went"]
    assert max(map(len, rows)) <= 80
    assert " ".join(rows).split() == plain.split()
    with open_state(config_file.load(door.config)) as (db, vault):
        Gallery(db, vault).add("Ada [of] Lovelace", at(0), "a")
    heading, row, *_of_another_network = door.ask("people").out.splitlines()
    assert heading.split() == ["name", "templates", "since"]
    assert re.fullmatch(r"Ada \[of\] Lovelace  1          20\d\d-\d\d-\d\d \d\d:\d\d", row)


def test_a_guess_is_told_as_one_and_is_no_knowledge(door: Door) -> None:
    history = History(now=datetime.now(UTC) - timedelta(minutes=5), visits=10)
    history.comes(looks={"unknown": 12})
    history.after(5).comes("Ben")
    with door.journal() as journal:
        for event in history.events:
            journal.append(event)
    guess = "somebody, perhaps Ben who came in next, not recognised: 12 looks"
    assert told(door, "--person", "Ben") == [guess, "Ben came in"]
    assert told(door, "--unknown")[-1] == guess


def test_who_did_not_come_is_said(door: Door) -> None:
    out = door.ask("visits", "--person", "Ben", "--since", "yesterday").out
    assert out == "Ben has not come, looking back to yesterday; --since TIME looks further\n"


def test_visits_as_json_have_the_distances_that_only_root_may_see(door: Door) -> None:
    *_, last = door.ask("visits", "--json").json["visits"]
    assert last.keys() >= {"id", "door", "began", "ended", "outcome", "person", "looks", "view"}
    assert (last["door"], last["outcome"]) == ("test", "refused")
    assert (last["nearest"], last["distance"], last["threshold"]) == ("Grandma", 1.2, 0.755)
