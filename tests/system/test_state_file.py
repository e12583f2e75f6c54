"""A state file that cannot be used, through the command line: one sentence, never an open door."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from door_kit import HEEDING_RIGHTS, Door

DONE, BROKEN = 0, 3
CHANGING = ("keys", "make", "phone", "--role", "viewer")


def every_way_in_fails(
    door: Door, says: str, wrapper: tuple[str, ...] = (), also: tuple[str, ...] = ("people",)
) -> None:
    """A command of each kind that opens the state file says this, and ends."""
    for command in (
        also,
        ("enroll", "Elton", "--image", door.photo("elton_john")),
        ("run", "--json", "--once", "--camera", door.walk_up("Jerry")),
    ):
        door.facedoor(*command, wrapper=wrapper).assert_fails(BROKEN, says)


def test_gallery_file_of_random_bytes_is_told_by_every_command(door: Door) -> None:
    for file in door.state.iterdir():
        file.unlink()
    door.database.write_bytes(np.random.default_rng(7).bytes(50_000))
    every_way_in_fails(door, "is not a database: restore it from a backup")


def test_damage_inside_the_gallery_file_is_told(door: Door) -> None:
    with door.database.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(8192))
    answer = door.ask("identify", door.photo("Jerry"))
    answer.assert_fails(BROKEN, "is damaged: restore it from a backup")


def test_empty_gallery_file_was_lost_and_says_what_to_do(door: Door) -> None:
    for file in door.state.glob("facedoor.db*"):
        file.unlink()
    door.database.touch()
    every_way_in_fails(door, f"or, to begin with nobody enrolled, rm {door.database}")


def test_door_without_a_gallery_file_is_a_new_one_where_nobody_is_enrolled(door: Door) -> None:
    for file in door.state.iterdir():
        file.unlink()
    answer = door.facedoor("run", "--json", "--once", "--camera", door.walk_up("Jerry", stay_s=1.2))
    assert answer.exit_code == DONE
    assert "nobody is enrolled" in answer.error
    assert [decision["decision"] for decision in answer.decisions] == ["refused"]
    assert not answer.relay


def test_state_folder_that_may_not_be_written_is_told(door: Door) -> None:
    shutil.rmtree(door.state)
    door.state.mkdir(mode=0o500)
    every_way_in_fails(door, "in a folder that this user may write", HEEDING_RIGHTS, CHANGING)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize(
    ("files", "says"),
    [
        ("facedoor.db*", "it has to be a file that this user may write"),
        ("facedoor.key", "run the command as the owner of that file"),
    ],
)
def test_state_file_of_another_user_is_told(door: Door, files: str, says: str) -> None:
    for file in door.state.glob(files):
        os.chown(file, 65534, 65534)
    every_way_in_fails(door, says, HEEDING_RIGHTS, CHANGING)


def limited(bytes_: int) -> tuple[str, ...]:
    """A wrapper in which no file can grow past a size, as if the disk were full."""
    return ("prlimit", f"--fsize={bytes_}")


def test_full_disk_at_enrolment_is_told_and_the_gallery_is_as_it_was(door: Door) -> None:
    before = door.ask("people", "--json").json
    pictures = [door.photo("elton_john", number, of="train") for number in range(16)]
    # Room for the 32 KiB that SQLite shares between processes, not for so many templates.
    answer = door.facedoor("enroll", "Elton", "--image", *pictures, wrapper=limited(33_000))
    assert answer.exit_code == BROKEN
    assert answer.sentence.startswith("cannot enrol a person: ")
    assert "full" in answer.sentence
    assert not answer.out
    assert door.ask("people", "--json").json == before


def test_disk_without_any_room_is_told_by_every_command(door: Door) -> None:
    every_way_in_fails(door, "full", limited(0))


def test_removed_person_is_in_none_of_the_files_while_the_service_runs(door: Door) -> None:
    service = door.run(door.walk_up("Jerry", stay_s=1.0))
    service.wait_for(decision="granted", person="Jerry")
    with closing(sqlite3.connect(door.database)) as db:
        query = "SELECT vector FROM template UNION SELECT name FROM person UNION SELECT sealed"
        before = {value for (value,) in db.execute(f"{query} FROM mention")}
        for name in ("Jerry", "Mindy"):
            assert door.ask("people", "remove", name).exit_code == DONE
        after = {value for (value,) in db.execute(f"{query} FROM mention")}
    files = list(door.state.glob("facedoor.db*"))
    everything = b"".join(path.read_bytes() for path in files)
    assert len(files) == 3
    assert len(before - after) > 8
    assert not any(value in everything for value in before - after)
    assert service.stop().exit_code == DONE


def test_no_link_is_taken_for_a_door_without_a_state_file(door: Door) -> None:
    door.database.unlink()
    for target in (door.database, door.folder / "nowhere"):
        door.database.symlink_to(target)
        for command in (("witness",), ("people",), ("journal", "verify"), ("keys",)):
            door.ask(*command).assert_fails(BROKEN, f"{door.database} (it is a link)")
        door.database.unlink()
    assert not (door.folder / "nowhere").exists()
