"""``facedoor enroll``: one person under one name, twins under two, and what the journal says."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from door_kit import Door
from facedoor.camera.picture_files import picture_files
from facedoor.cli import tables
from facedoor.cli.enrolling import told
from facedoor.errors import UsageError
from facedoor.identity.enrolment import ImageVerdict
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
    assert door.ask("enroll", "Elton", *photos(door, "elton_john", 0, 1, 2)).exit_code == 0
    assert door.ask("enroll", "Elton", *photos(door, "elton_john", 3)).exit_code == 0
    first, second = journalled(door)
    assert (first["by"], first["person"], first["added"]) == ("command line", "Elton", 3)
    assert (first["moved_distance"], first["first_distance"]) == (None, 0.0)
    assert second["added"] == 1
    assert 0 < second["moved_distance"] < 0.5


def test_folder_means_its_pictures_in_order_also_behind_an_option(empty_door: Door) -> None:
    door, folder = empty_door, empty_door.folder / "photos of Elton"
    (folder / "2024").mkdir(parents=True)
    for number, name in enumerate(("b.jpg", "2024/a", "2024/.hidden.jpg")):
        shutil.copy(door.photo("elton_john", number), folder / name)
    (folder / "notes.txt").write_text("not a picture")
    (folder / "broken.jpg").write_text("nor this")
    answer = door.ask("enroll", "Elton", "--json", folder, door.photo("elton_john", 3))
    assert [Path(image["file"]).name for image in answer.json["images"]] == [
        *("a", "b.jpg", "broken.jpg"),
        door.photo("elton_john", 3).name,
    ]
    assert answer.json["templates"] == 3
    (folder / "2025").mkdir()
    door.ask("enroll", "Elton", folder / "2025").assert_fails(2, "2025: name one that has some")


def test_folder_that_may_not_be_read_is_told_and_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, look = tmp_path / "closed", os.scandir
    closed.mkdir()
    (tmp_path / "ada.jpg").touch()

    def look_as_nobody(folder: os.PathLike[str]) -> Any:
        if Path(folder) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return look(folder)

    monkeypatch.setattr(os, "scandir", look_as_nobody)
    with pytest.raises(UsageError, match=r"closed cannot be read \(Permission denied\)"):
        picture_files([closed])
    assert picture_files([tmp_path]) == [tmp_path / "ada.jpg", closed]


def test_no_camera_is_opened_that_nobody_has_asked_for(empty_door: Door) -> None:
    door, photo = empty_door, empty_door.photo("elton_john")
    door.configure("camera", source="file:there-is-none.mp4")
    door.ask("enroll", "Zoë B.").assert_fails(2, "facedoor enroll 'Zoë B.' FILE|FOLDER ..., or ")
    door.ask("enroll", "Elton", photo, "--camera").assert_fails(2, "say one of them")
    door.ask("enroll", "Elton", photo, "--visit", "3f9a1c07-42").assert_fails(2, "say one of them")
    assert not door.state.exists()
    door.ask("enroll", "Elton", "--camera").assert_fails(3, "there-is-none.mp4")
    door.ask("enroll", "Elton", "--camera", "file:nor-this.mp4").assert_fails(3, "nor-this.mp4")


def test_reason_comes_first_and_one_photo_is_called_too_few(empty_door: Door) -> None:
    door, broken = empty_door, empty_door.folder / "broken.jpg"
    broken.write_text("no picture")
    added, refused, has, more = door.ask(
        "enroll", "Elton", door.photo("elton_john"), broken
    ).out.splitlines()
    assert added == f"+ added: {door.photo('elton_john')}"
    assert refused.startswith("- is not a picture of a known type: use JPEG")
    assert refused.endswith(f": {broken}")
    assert has == "Elton has 1 template"
    assert re.fullmatch(r"one photo only: with 4 more, .* days, \d+ % of .* and not \d+ %", more)
    none = door.ask("enroll", "Ada", broken).out.splitlines()[1:]
    assert none == ["no picture will do, so Ada is not enrolled"]


def test_long_name_is_shortened_in_the_middle_and_no_word_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verdict = ImageVerdict("photos of us/" + "2024-" * 30 + "12.jpg", False, "too_far: come closer")
    for width in (30, 40, 80, 200):
        monkeypatch.setattr(tables, "columns", lambda width=width: width)
        lines = told(verdict).splitlines()
        assert max(map(len, lines)) <= width
        assert lines[0].startswith("- come closer:")
        assert lines[-1].endswith("12.jpg")
        assert "photos" in lines[-1]
        assert width == 200 or "…" in lines[-1]


def test_names_of_the_removed_leave_these_entries_too(empty_door: Door) -> None:
    door = empty_door
    door.ask("enroll", "Elton", *photos(door, "elton_john", 0))
    door.ask("people", "remove", "Elton")
    assert [entry["person"] for entry in journalled(door)] == [None]


def test_person_gets_no_second_name_from_any_number_of_photos(door: Door) -> None:
    for numbers in ((0,), (0, 1, 2, 3, 4)):
        answer = door.ask("enroll", "Jerome", *photos(door, "Jerry", *numbers), "--json")
        assert (answer.exit_code, answer.json["templates"]) == (1, 0)
        assert all("Jerry" in image["reason"] for image in answer.json["images"])


def test_one_who_is_said_to_be_a_twin_is_enrolled_and_neither_is_taken_for_the_other(
    door: Door,
) -> None:
    twin = photos(door, "Jerry", 0, 1, 2, 3)
    answer = door.ask("enroll", "Jerome", *twin, "--although-similar-to", "jerry")
    assert answer.exit_code == 0
    assert [(e["event"], e["person"]) for e in journalled(door)[-2:]] == [
        ("similar", "Jerry"),
        ("enrolment", "Jerome"),
    ]
    between = door.ask("identify", door.photo("Jerry", 4), "--json").json
    assert (between["person"], between["reason"]) == (None, Reason.AMBIGUOUS)
    for name in ("Jerry", "Jerome"):
        verified = door.ask("verify", name, door.photo("Jerry", 4), "--json").json
        assert not verified["door_open"]


def test_nobody_is_similar_to_somebody_who_is_not_enrolled(door: Door) -> None:
    answer = door.ask(
        "enroll", "Elton", *photos(door, "elton_john", 0), "--although-similar-to", "Gerry"
    )
    answer.assert_fails(2, "did you mean Jerry")
