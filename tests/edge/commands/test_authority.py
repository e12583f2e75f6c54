"""What is carried out later than it was asked for needs its authority then, not only before.

A real command server and a real enrolment with the real pack; keys and people change in another
process, by the command line.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from door_kit import DEADLINE_S, Door
from facedoor.camera.live import FrameTap
from facedoor.camera.pictures import read_picture
from facedoor.commands.accept import Acceptance
from facedoor.commands.enrol import RemoteEnrolment
from facedoor.commands.execute import Order
from facedoor.config import file as config_file
from facedoor.frames import Frame
from facedoor.identity.batch import Mandate
from facedoor.identity.gallery import Gallery
from facedoor.visit.recogniser import Recogniser
from facedoor.wire.roles import Role
from front_door import FrontDoor
from vaults import VAULT, open_store

KEY = bytes(range(32)).hex()
"""That of :data:`vaults.VAULT`."""

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


class Entrance:
    """A door with a command server, whose camera shows what the test shows it."""

    def __init__(self, door: Door) -> None:
        door.state.mkdir(mode=0o700)
        key = door.state / "facedoor.key"
        key.touch(0o600)
        key.write_text(KEY)
        self.door = door
        self.frame_tap = FrameTap()
        self.before_recognition: Callable[[], object] = lambda: None
        room = RemoteEnrolment(self._recogniser, self.frame_tap)
        self.front = FrontDoor(door.state, room)
        faces = [read_picture(door.photo("elton_john", n, of="train")) for n in range(4)]
        self._frames = (Frame(faces[n // 10 % 4], faces[n // 10 % 4], n / 10, n) for n in count())

    def _recogniser(self) -> Recogniser:
        self.before_recognition()
        return Recogniser(config_file.load(self.door.config))

    def elsewhere(self, *arguments: object) -> None:
        """Do this with the command line, in another process."""
        answer = self.door.facedoor(*arguments)
        assert answer.exit_code == 0, answer.error

    def capture(self, person: str, pictures: int = 4) -> None:
        """Ask for pictures; returns when the first is taken."""
        shots = {"frames": pictures, "within_s": 120}
        self.front.ask(Role.ENROLLER, "enroll", {"person": person, "capture": shots})
        self._show_until("picture 1 of")

    def outcome(self) -> tuple[str, str | None]:
        """What becomes of the capture in the end: outcome and reason, as told and as written."""
        result = self._show_until("")
        last = self.front.journal()[-1]
        assert (last["outcome"], last["reason"]) == (result["outcome"], result["reason"])
        return result["outcome"], result["reason"]

    def outcome_of_an_empty_view(self) -> tuple[str, str | None]:
        """The same while nobody stands before the camera."""
        wall = np.full((300, 300, 3), 128, np.uint8)
        self._frames = (Frame(wall, wall, n / 10, n) for n in count())
        return self.outcome()

    def _show_until(self, words: str) -> dict[str, object]:
        """Show faces until these words are told, or the end without any."""
        end_s = time.monotonic() + DEADLINE_S
        while True:
            assert time.monotonic() < end_s, [r.content for r in self.front.results]
            self.frame_tap.offer(next(self._frames))
            time.sleep(0.02)
            self.front.work_off()
            told = self.front.results[-1].content
            if (words and words in str(told.get("message"))) or (
                not words and told["outcome"] not in {"progress", "none"}
            ):
                return told


@pytest.fixture
def front(tmp_path: Path) -> FrontDoor:
    return FrontDoor(tmp_path)


@pytest.fixture
def entrance(empty_door: Door) -> Entrance:
    return Entrance(empty_door)


def test_capture_enrols_who_was_asked_for(entrance: Entrance) -> None:
    entrance.capture("Mallory")
    assert entrance.outcome() == ("done", None)
    assert entrance.front.residents() == ["Ada", "Bob", "Mallory"]


def test_capture_ends_at_once_when_its_key_is_revoked(entrance: Entrance) -> None:
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
    entrance: Entrance, change: tuple[str, ...]
) -> None:
    entrance.capture("Eve" if "Eve" in change else "Ada")
    entrance.elsewhere(*change)
    before = entrance.front.state()
    assert entrance.outcome_of_an_empty_view() == ("refused", "overtaken")
    assert entrance.front.state() == before


def test_key_revoked_while_the_models_load_enrols_nobody(entrance: Entrance) -> None:
    """Nobody looks any more before the templates are written."""
    entrance.before_recognition = lambda: entrance.elsewhere("keys", "revoke", "enroller")
    image = base64.b64encode(entrance.door.photo("elton_john", of="train").read_bytes()).decode()
    entrance.front.ask(Role.ENROLLER, "enroll", {"person": "Mallory", "images": [image]})
    assert entrance.outcome() == ("refused", "revoked_key")
    assert entrance.front.residents() == ["Ada", "Bob"]


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


def test_rename_to_a_name_that_was_taken_meanwhile_is_refused(front: FrontDoor) -> None:
    with closing(open_store(front.database)) as db:
        Gallery(db, VAULT).rename("Bob", "Eve")
    result = front.ask(Role.ADMIN, "rename", {"person": "Ada", "to": "eve"}).content
    assert (result["outcome"], result["reason"]) == ("refused", "not_possible")
    assert front.residents() == ["Ada", "Eve"]


def allowed(entrance: Entrance, person: str) -> None:
    entrance.elsewhere("people", "allow", person, "--until", "2030-12-31")


def pictures(entrance: Entrance, *numbers: int) -> list[str]:
    photos = [entrance.door.photo("elton_john", n, of="train") for n in numbers]
    return [base64.b64encode(photo.read_bytes()).decode() for photo in photos]


def test_enroller_cannot_add_to_somebody_with_permissions_and_an_admin_can(
    entrance: Entrance,
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


def test_permission_given_during_a_capture_ends_it(entrance: Entrance) -> None:
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
