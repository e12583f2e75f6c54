"""What is carried out later than it was asked for needs its authority then, not only before.

A real command server and a real enrolment with the real pack; keys and people change in another
process, by the command line.
"""

from __future__ import annotations

import base64
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from capture_kit import CaptureDoor
from circle import at
from commands_kit import TOPIC
from door_kit import DEADLINE_S, Door
from facedoor.commands.accept import Acceptance
from facedoor.commands.execute import Executor
from facedoor.commands.order import Order, TellOutcome
from facedoor.door.control import LATE_S
from facedoor.errors import ExitCode
from facedoor.identity.batch import Mandate
from facedoor.identity.gallery import Gallery
from facedoor.site.roster_book import RosterBook
from facedoor.storage.journal import Journal
from facedoor.wire.messages import Received
from facedoor.wire.roles import Role
from front_door import FrontDoor
from site_kit import MODEL, SITE, BookDoor
from vaults import VAULT, open_store

CHANGES: dict[str, dict[str, Any]] = {
    "enroll": {"person": "Cleo", "images": ["AAAA"]},
    "remove": {"person": "Ada"},
    "rename": {"person": "Ada", "to": "Ida"},
    "unlock": {"reason": "parcel"},
    "mode": {"mode": "lockdown"},
    "set_rules": {"rules": {"time_zone": "Europe/Berlin"}},
    "allow": {"person": "Ada", "until": "2026-12-31"},
}
"""Every command that changes something, each of them good."""


@pytest.fixture
def entrance(empty_door: Door) -> CaptureDoor:
    return CaptureDoor(empty_door)


def test_capture_enrols_who_was_asked_for(entrance: CaptureDoor) -> None:
    entrance.capture("Mallory")
    assert entrance.outcome() == ("done", None)
    assert entrance.front.residents() == ["Ada", "Bob", "Mallory"]


def test_capture_ends_at_once_when_its_key_is_revoked(entrance: CaptureDoor) -> None:
    entrance.capture("Mallory")
    entrance.elsewhere("keys", "revoke", "enroller")
    assert entrance.outcome_of_an_empty_view() == ("refused", "revoked_key")
    assert entrance.front.residents() == ["Ada", "Bob"]


@pytest.mark.parametrize(
    "change",
    [
        ("people", "remove", "Ada"),
        ("people", "rename", "Ada", "Ida"),
        ("people", "rename", "Bob", "Eve"),
    ],
)
def test_capture_ends_at_once_when_its_person_is_another_one_now(
    entrance: CaptureDoor, change: tuple[str, ...]
) -> None:
    entrance.capture("Eve" if "Eve" in change else "Ada")
    entrance.elsewhere(*change)
    before = entrance.front.state()
    assert entrance.outcome_of_an_empty_view() == ("refused", "overtaken")
    assert entrance.front.state() == before


def test_capture_goes_on_when_others_change(entrance: CaptureDoor) -> None:
    entrance.capture("Mallory")
    for change in (
        ("people", "remove", "Bob"),
        ("people", "rename", "Ada", "Ida"),
        ("keys", "revoke", "viewer"),
        ("people", "allow", "Ida", "--until", "2030-12-31"),
    ):
        entrance.elsewhere(*change)
    assert entrance.outcome() == ("done", None)
    assert entrance.front.residents() == ["Ida", "Mallory"]


def test_capture_ends_at_once_when_a_command_removes_its_person(entrance: CaptureDoor) -> None:
    entrance.capture("Ada")
    entrance.front.ask(Role.ADMIN, "remove", {"person": "ada"})
    entrance.front.ask(Role.ADMIN, "rename", {"person": "Bob", "to": "Ada"})
    del entrance.front.results[1:]
    assert entrance.outcome_of_an_empty_view() == ("refused", "overtaken")
    assert entrance.front.residents() == ["Ada"]


def test_capture_at_the_console_ends_at_once_too(door: Door) -> None:
    camera = door.walk_up("", stay_s=DEADLINE_S)
    command = [sys.executable, *door.program, "enroll", "Jerry", "--camera", camera]
    enrolling = subprocess.Popen(
        [*command, "--config", str(door.config)], stderr=subprocess.PIPE, text=True
    )
    assert enrolling.stderr is not None
    assert "look at the camera" in enrolling.stderr.readline()
    assert door.ask("people", "remove", "Jerry").exit_code == 0
    _, told = enrolling.communicate(timeout=DEADLINE_S)
    assert enrolling.returncode == ExitCode.WRONG_USE
    assert told.startswith("facedoor: whoever it was about was enrolled, renamed or removed")


def test_key_revoked_while_a_picture_is_looked_at_enrols_nobody(entrance: CaptureDoor) -> None:
    entrance.opened = lambda _: entrance.elsewhere("keys", "revoke", "enroller")
    assert entrance.enrol(Role.ENROLLER, "Mallory")["reason"] == "revoked_key"
    assert entrance.front.residents() == ["Ada", "Bob"]
    assert entrance.front.journal()[-1]["reason"] == "revoked_key"


@pytest.mark.parametrize("cmd", CHANGES)
def test_command_taken_with_a_good_key_changes_nothing_once_it_is_revoked(
    front: FrontDoor, cmd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process revokes it just after the signature was verified."""
    before: list[object] = []
    accept = Acceptance.accept

    def and_then_revoked(self: Acceptance, *taken: Any) -> Order:
        order = accept(self, *taken)
        front.revoke(Role.ADMIN)
        before.append(front.state())
        return order

    monkeypatch.setattr(Acceptance, "accept", and_then_revoked)
    result = front.ask(Role.ADMIN, cmd, CHANGES[cmd]).content
    assert (result["outcome"], result["reason"]) == ("refused", "revoked_key")
    assert [front.state()] == before
    assert not front.doorway.relay.is_on
    assert [(e["outcome"], e["reason"]) for e in front.journal()] == [("refused", "revoked_key")]


@pytest.mark.parametrize("cmd", CHANGES)
def test_command_journalled_as_accepted_changes_nothing_once_its_key_is_revoked(
    front: FrontDoor, cmd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process revokes it between that entry and what is done then."""
    before: list[object] = []
    run = Executor.run

    def once_revoked(self: Executor, order: Order, tell: TellOutcome) -> None:
        front.revoke(Role.ADMIN)
        before.append(front.state())
        run(self, order, tell)

    monkeypatch.setattr(Executor, "run", once_revoked)
    result = front.ask(Role.ADMIN, cmd, CHANGES[cmd]).content
    assert (result["outcome"], result["reason"]) == ("refused", "revoked_key")
    assert [front.state()] == before
    assert not front.doorway.relay.is_on
    concluded = front.journal()[-1]
    assert (concluded["outcome"], concluded["reason"]) == ("refused", "revoked_key")


class HeldUp(FrontDoor):
    """Its doorkeeper has its thread, and a disk that hangs until the test lets it go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.is_writing, self.disk_works = threading.Event(), threading.Event()
        self.doorway.keeper = self.doorway.doorkeeper(open_journal=self._hang)
        self.doorway.keeper.start()

    def release(self, *asked: Any) -> None:
        self.doorway.keeper.release(*asked)

    def unlock_asked(self, role: Role = Role.ADMIN) -> None:
        """Up to where the doorkeeper waits for its disk, about to write that the door opens."""
        self.server.receive(Received(TOPIC, self.signed(role, "unlock", CHANGES["unlock"]), False))
        self.work_off()
        assert self.is_writing.wait(DEADLINE_S)
        self.doorway.clock.now_s += LATE_S - 1

    def outcome(self) -> tuple[str, str | None]:
        """What becomes of it once the disk works."""
        self.disk_works.set()
        while not self.answered.is_set():
            self.server.serve(DEADLINE_S)
        return self.results[-1].content["outcome"], self.results[-1].content["reason"]

    def _hang(self) -> Journal:
        self.is_writing.set()
        assert self.disk_works.wait(DEADLINE_S)
        return self.doorway.open_journal()


@pytest.fixture
def held_up(tmp_path: Path) -> Iterator[HeldUp]:
    held_up = HeldUp(tmp_path)
    yield held_up
    held_up.doorway.keeper.stop()


def test_key_revoked_while_the_doorkeeper_waits_for_its_disk_opens_nothing(
    held_up: HeldUp,
) -> None:
    held_up.unlock_asked()
    held_up.revoke(Role.ADMIN)
    assert held_up.outcome() == ("refused", "revoked_key")
    assert [on for _, on in held_up.doorway.relay.levels] == [False]
    (release,) = held_up.journal("door")
    assert (release["event"], release["decision"]) == ("release", "refused")
    assert release["reason"] == "revoked_key"
    assert [said["outcome"] for said in held_up.journal()] == ["accepted", "refused"]
    assert held_up.problems() == []


def test_good_key_opens_after_the_doorkeeper_has_waited_for_its_disk(held_up: HeldUp) -> None:
    held_up.unlock_asked()
    held_up.revoke(Role.ENROLLER)
    assert held_up.outcome() == ("done", None)
    assert held_up.doorway.relay.is_on


def test_keys_changed_without_the_state_files_key_while_the_doorkeeper_waits_open_nothing(
    held_up: HeldUp,
) -> None:
    held_up.unlock_asked()
    with closing(sqlite3.connect(held_up.database)) as db:
        db.execute("UPDATE command_key SET revoked_at = NULL, name = 'mallory'")
        db.commit()
    assert held_up.outcome() == ("refused", "degraded")
    assert [on for _, on in held_up.doorway.relay.levels] == [False]


def test_rename_to_a_name_that_was_taken_meanwhile_is_refused(front: FrontDoor) -> None:
    with closing(open_store(front.database)) as db:
        Gallery(db, VAULT).rename("Bob", "Eve")
    result = front.ask(Role.ADMIN, "rename", {"person": "Ada", "to": "eve"}).content
    assert (result["outcome"], result["reason"]) == ("refused", "not_possible")
    assert front.residents() == ["Ada", "Eve"]


def allowed(entrance: CaptureDoor, person: str) -> None:
    entrance.elsewhere("people", "allow", person, "--until", "2030-12-31")


def pictures(entrance: CaptureDoor, *numbers: int) -> list[str]:
    photos = [entrance.door.photo("elton_john", n, of="train") for n in numbers]
    return [base64.b64encode(photo.read_bytes()).decode() for photo in photos]


def test_enroller_cannot_add_to_somebody_with_permissions_and_an_admin_can(
    entrance: CaptureDoor,
) -> None:
    ask, outcome = entrance.front.ask, entrance.outcome
    ask(Role.ENROLLER, "enroll", {"person": "Elton", "images": pictures(entrance, 0, 1)})
    assert outcome() == ("done", None)
    allowed(entrance, "Elton")
    before = entrance.front.state()
    further = {"person": "elton", "images": pictures(entrance, 2)}
    result = ask(Role.ENROLLER, "enroll", further).content
    assert (result["outcome"], result["reason"]) == ("refused", "wrong_role")
    assert "only an admin" in result["message"]
    assert entrance.front.state() == before
    del entrance.front.results[1:]
    ask(Role.ADMIN, "enroll", further)
    assert outcome() == ("done", None)


def test_permission_given_during_a_capture_ends_it(entrance: CaptureDoor) -> None:
    entrance.capture("Ada")
    allowed(entrance, "Ada")
    before = entrance.front.state()
    assert entrance.outcome_of_an_empty_view() == ("refused", "wrong_role")
    assert entrance.front.state() == before


def test_enroller_cannot_say_that_people_are_alike(front: FrontDoor) -> None:
    asked = {"person": "Ida", "images": ["AAAA"], "although_similar_to": ["Ada"]}
    result = front.ask(Role.ENROLLER, "enroll", asked).content
    assert (result["outcome"], result["reason"]) == ("refused", "wrong_role")
    assert front.studio.mandate is None
    front.ask(Role.ADMIN, "enroll", {**asked, "although_similar_to": ["ada"]})
    assert front.studio.mandate == Mandate("admin", is_admin=True, although_similar_to=("ada",))


def test_whoever_is_named_as_similar_has_to_be_enrolled(front: FrontDoor) -> None:
    asked = {"person": "Ida", "images": ["AAAA"], "although_similar_to": ["Zoe"]}
    result = front.ask(Role.ADMIN, "enroll", asked).content
    assert (result["outcome"], result["reason"]) == ("refused", "not_possible")


@pytest.mark.parametrize("cmd", ["remove", "rename", "allow", "enroll"])
def test_command_for_somebody_does_not_meet_who_was_given_the_name_since(
    front: FrontDoor, cmd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker was slow, or the sender's clock is."""
    monkeypatch.setattr(time, "time", lambda: front.timepiece.wall_s)
    late = front.signed(Role.ADMIN, cmd, CHANGES[cmd] | {"person": "Ada"})
    front.timepiece.passes(10)
    with closing(open_store(front.database)) as db:
        gallery = Gallery(db, VAULT)
        gallery.remove("Ada")
        gallery.add("Ada", at(180), "a" * 64)
    before = front.state()
    result = front.send(late).content
    assert (result["outcome"], result["reason"]) == ("refused", "overtaken")
    assert front.state() == before
    assert not front.studio.begun
    front.timepiece.passes(1)
    front.ask(Role.ADMIN, cmd, CHANGES[cmd] | {"person": "Ada"})
    assert front.journal()[-1]["outcome"] in {"accepted", "done"}


def test_clock_that_ran_ahead_when_a_name_was_passed_on_keeps_no_command_away(
    front: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: front.timepiece.wall_s + 1e8)
    with closing(open_store(front.database)) as db:
        Gallery(db, VAULT).remove("Ada")
        Gallery(db, VAULT).add("Ada", at(180), "a" * 64)
    monkeypatch.setattr(time, "time", lambda: front.timepiece.wall_s)
    assert front.ask(Role.ADMIN, "allow", CHANGES["allow"]).content["outcome"] == "done"


def test_capture_for_somebody_who_is_removed_at_another_door_enrols_nobody(
    entrance: CaptureDoor, tmp_path: Path
) -> None:
    """Also of somebody whom this door never knew: it only hears that she is to be no more."""
    entrance.front.site = SITE
    with closing(open_store(entrance.front.database)) as db:
        here = RosterBook(db, Gallery(db, VAULT), Journal(db, VAULT), SITE, "front")
        here.note_changes()
        entrance.capture("Mallory")
        there = BookDoor(tmp_path, "back")
        there.gallery.add("Mallory", at(45), MODEL)
        there.book.note_changes()
        there.gallery.remove("Mallory")
        here.take(there.news())
    assert entrance.outcome() == ("refused", "overtaken")
    assert entrance.front.residents() == ["Ada", "Bob"]


def test_capture_for_a_name_that_is_erased_meanwhile_ends_and_does_not_write_it_down(
    entrance: CaptureDoor,
) -> None:
    entrance.capture("Mallory")
    entrance.elsewhere("people", "remove", "Mallory")
    assert entrance.outcome_of_an_empty_view() == ("refused", "overtaken")
    assert entrance.front.residents() == ["Ada", "Bob"]
    assert {entry["person"] for entry in entrance.front.journal()} == {None}
