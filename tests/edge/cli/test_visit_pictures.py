"""Pictures of visits at the command line: written out, and enrolled from."""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path

import pytest

from door_kit import Door
from doorway import refusal
from facedoor.camera.pictures import read_picture, visit_picture
from facedoor.config import file as config_file
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.pictures import Pictures, VisitPicture

VISIT, BARE = "3f9a1c07-1", "3f9a1c07-2"


def came(door: Door, person: str) -> bytes:
    """Somebody was refused, and a picture of them is kept; nobody was of whom there is none."""
    jpeg = visit_picture(read_picture(door.photo(person)))
    with open_state(config_file.load(door.config)) as (db, vault):
        for number, visit in enumerate((VISIT, BARE), 1):
            Journal(db, vault).append(dataclasses.replace(refusal(number), visit=visit))
        assert Pictures(db, vault).keep(VisitPicture(VISIT, jpeg, 1.0), 50)
    return jpeg


def happened(door: Door, event: str) -> list[dict[str, object]]:
    with door.journal() as journal:
        return [e.payload for e in journal.tail(100) if e.payload.get("event") == event]


def test_picture_is_written_out_for_its_owner_alone_and_the_journal_says_so(
    door: Door, tmp_path: Path
) -> None:
    jpeg, file = came(door, "elton_john"), tmp_path / "it.jpg"
    shown = door.ask("visits", "show", VISIT)
    assert (shown.exit_code, "somebody" in shown.out) == (0, True)
    assert "a picture of it is kept: --output FILE" in shown.out
    assert "picture" not in door.ask("visits", "show", BARE).out
    listed = door.ask("visits", "--since", "2000-01-01").out
    assert f"[picture of {VISIT}]" in listed
    assert BARE not in listed
    assert happened(door, "picture_seen") == []
    assert door.ask("visits", "show", VISIT, "--output", file, "--json").json["output"] == str(file)
    assert file.read_bytes() == jpeg
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (seen,) = happened(door, "picture_seen")
    assert (seen["visits"], seen["by"]) == ([VISIT], "command line")


def test_visit_without_a_picture_and_one_that_never_was_are_told_apart(
    door: Door, tmp_path: Path
) -> None:
    came(door, "elton_john")
    file = tmp_path / "it.jpg"
    bare = door.ask("visits", "show", BARE, "--output", file)
    assert (bare.exit_code, "no picture of it is kept" in bare.out) == (1, True)
    door.ask("visits", "show", "3f9a1c07-9").assert_fails(2, "none of the last visits is called")
    missing = door.ask("visits", "show", VISIT, "--output", tmp_path / "no" / "it.jpg")
    missing.assert_fails(2, "name a file in a folder that you may write")
    assert not file.exists()


def test_visitor_is_enrolled_from_the_picture_of_a_visit_and_known_by_another_one(
    door: Door,
) -> None:
    came(door, "elton_john")
    enrolled = door.ask("enroll", "Elton", "--visit", VISIT, "--json").json
    assert (enrolled["templates"], enrolled["images"][0]["accepted"]) == (1, True)
    assert door.ask("identify", door.photo("elton_john", 1), "--json").json["person"] == "Elton"
    (label,) = happened(door, "label")
    assert (label["visit"], label["person"], label["by"]) == (VISIT, "Elton", "command line")
    assert door.ask("people", "remove", "Elton").exit_code == 0
    with open_state(config_file.load(door.config)) as (db, vault):
        assert Pictures(db, vault).get(VISIT) is None


@pytest.mark.parametrize(
    ("visit", "why"), [(VISIT, "looks like Jerry"), (BARE, "no picture of visit")]
)
def test_picture_of_somebody_else_or_none_at_all_enrols_nobody(
    door: Door, visit: str, why: str
) -> None:
    came(door, "Jerry")
    refused = door.ask("enroll", "Mallory", "--visit", visit)
    assert (refused.exit_code, why in refused.out) == (1, True), refused
    assert happened(door, "label") == []
    names = [person["name"] for person in door.ask("people", "--json").json["people"]]
    assert names == ["Jerry", "Mindy"]


def test_picture_that_was_no_live_face_enrols_nobody(door: Door) -> None:
    jpeg = visit_picture(read_picture(door.photo("elton_john")))
    was_photo = dataclasses.replace(refusal(1), visit=VISIT, reason=Reason.NOT_LIVE)
    with open_state(config_file.load(door.config)) as (db, vault):
        # What it came to at last counts no more than what it was found to be before.
        for decision in (was_photo, dataclasses.replace(refusal(2), visit=VISIT)):
            Journal(db, vault).append(decision)
        assert Pictures(db, vault).keep(VisitPicture(VISIT, jpeg, 1.0), 50)
    refused = door.ask("enroll", "Elton", "--visit", VISIT)
    assert (refused.exit_code, "no live face" in refused.out) == (1, True), refused
    assert happened(door, "label") == []
