"""Pictures of visits by command: who gets them, who can open them, and what is written down."""

from __future__ import annotations

import base64
import dataclasses
from contextlib import closing
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doorway import refusal
from facedoor.storage.journal import Journal
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.wire.messages import Received
from facedoor.wire.picture_requests import EnrollVisit
from facedoor.wire.roles import Role
from front_door import TOPIC, FrontDoor
from vaults import VAULT, open_store

JPEG = bytes(range(256)) * 20
KEPT, OTHER, BARE = "3f9a1c07-1", "3f9a1c07-2", "3f9a1c07-3"


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(said: str) -> bytes:
    return base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))


class Phone:
    """Whoever asks, with a key of its own; it opens as the contract of docs/commands.md says."""

    def __init__(self) -> None:
        self._key = X25519PrivateKey.generate()
        self.public = self._key.public_key().public_bytes_raw()

    def open(self, told: dict[str, Any], visit: str | None = None) -> bytes:
        ephemeral = data(told["ephemeral"])
        secret = self._key.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        salt = ephemeral + self.public
        key = HKDF(SHA256(), 32, salt=salt, info=b"facedoor picture 1").derive(secret)
        bound_to = (visit or told["visit"]).encode()
        return AESGCM(key).decrypt(data(told["nonce"]), data(told["sealed"]), bound_to)


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def door(front: FrontDoor) -> FrontDoor:
    """Three visits of strangers, of two of which a picture is kept."""
    with closing(open_store(front.database)) as db:
        for number, visit in enumerate((KEPT, OTHER, BARE), 1):
            Journal(db, VAULT).append(dataclasses.replace(refusal(number), visit=visit))
        for visit in (KEPT, OTHER):
            Pictures(db, VAULT).keep(VisitPicture(visit, JPEG + visit.encode(), 1.0), 50)
    return front


def ask(door: FrontDoor, by: Role, phone: Phone, *visits: str) -> dict[str, Any]:
    return door.ask(by, "picture", {"visits": visits, "to": text(phone.public)}).content


def say(door: FrontDoor, by: Role, cmd: str, args: dict[str, object]) -> None:
    """Send a command, and wait for no result."""
    door.server.receive(Received(TOPIC, door.signed(by, cmd, args), False))
    door.work_off()


def seen(door: FrontDoor) -> list[tuple[list[str], str]]:
    happened = door.journal("door")
    return [
        (entry["visits"], entry["by"]) for entry in happened if entry["event"] == "picture_seen"
    ]


@pytest.mark.parametrize("role", [Role.ENROLLER, Role.OPERATOR, Role.ADMIN])
def test_pictures_are_opened_by_who_asked_alone_and_each_look_is_in_the_journal(
    door: FrontDoor, phone: Phone, role: Role
) -> None:
    result = ask(door, role, phone, KEPT, BARE, OTHER)
    first, none, second = result["pictures"]
    assert phone.open(first) == JPEG + KEPT.encode()
    assert phone.open(second) == JPEG + OTHER.encode()
    assert none == {"visit": BARE, "reason": "no_picture"}
    assert first["ephemeral"] != second["ephemeral"]
    assert not any("=" in first[key] for key in ("ephemeral", "nonce", "sealed"))
    for opens in (lambda: Phone().open(first), lambda: phone.open(first, OTHER)):
        with pytest.raises(InvalidTag):
            opens()
    assert seen(door) == [([KEPT, OTHER], role.value)]
    assert [entry["outcome"] for entry in door.journal()] == ["done"]


def test_viewer_gets_no_picture(door: FrontDoor, phone: Phone) -> None:
    result = ask(door, Role.VIEWER, phone, KEPT)
    assert (result["outcome"], result["reason"]) == ("refused", "wrong_role")
    assert seen(door) == []


def test_picture_that_is_not_kept_is_refused_and_nobody_has_looked(
    door: FrontDoor, phone: Phone
) -> None:
    result = ask(door, Role.ADMIN, phone, BARE, "3f9a1c07-99")
    assert (result["outcome"], result["reason"]) == ("refused", "no_picture")
    assert seen(door) == []


def test_look_that_cannot_be_written_down_shows_nothing(door: FrontDoor, phone: Phone) -> None:
    door.ask(Role.ADMIN, "ping")
    door.break_disk()
    say(door, Role.ADMIN, "picture", {"visits": [KEPT], "to": text(phone.public)})
    assert not [result for result in door.results if result.content.get("pictures")]


@pytest.mark.parametrize(
    "args",
    [
        {"visits": [], "to": text(bytes(31) + b"\x09")},
        {"visits": [KEPT] * 11, "to": text(bytes(31) + b"\x09")},
        {"visits": ["../etc/passwd"], "to": text(bytes(31) + b"\x09")},
        {"visits": [KEPT], "to": text(bytes(31))},
        {"visits": [KEPT], "to": text(bytes(33))},
        {"visits": [KEPT], "to": "?" * 43},
        {"visits": [KEPT], "to": text(bytes(32))},  # whose secret everybody knows
        {"visits": [KEPT]},
    ],
)
def test_request_that_is_not_exactly_one_is_refused(door: FrontDoor, args: object) -> None:
    result = door.ask(Role.ADMIN, "picture", args).content
    assert (result["outcome"], result["reason"]) == ("refused", "malformed")
    assert seen(door) == []


def test_visit_is_labelled_as_somebodys_who_is_enrolled(door: FrontDoor) -> None:
    result = door.ask(Role.ENROLLER, "label", {"visit": BARE, "person": "ada"}).content
    assert (result["outcome"], result["person"]) == ("done", "Ada")
    (label,) = [entry for entry in door.journal("door") if entry["event"] == "label"]
    assert (label["visit"], label["person"], label["by"]) == (BARE, "Ada", "enroller")


@pytest.mark.parametrize(
    ("by", "args", "reason"),
    [
        (Role.OPERATOR, {"visit": BARE, "person": "Ada"}, "wrong_role"),
        (Role.ENROLLER, {"visit": "3f9a1c07-99", "person": "Ada"}, "unknown_visit"),
        (Role.ENROLLER, {"visit": BARE, "person": "Mallory"}, "not_possible"),
    ],
)
def test_label_of_nobody_or_of_no_visit_is_refused(
    door: FrontDoor, by: Role, args: dict[str, str], reason: str
) -> None:
    result = door.ask(by, "label", args).content
    assert (result["outcome"], result["reason"]) == ("refused", reason)
    assert not [entry for entry in door.journal("door") if entry["event"] == "label"]


def test_label_and_picture_are_gone_with_the_person(door: FrontDoor) -> None:
    door.ask(Role.ENROLLER, "label", {"visit": KEPT, "person": "Ada"})
    assert door.ask(Role.ENROLLER, "remove", {"person": "Ada"}).content["outcome"] == "done"
    with closing(open_store(door.database)) as db:
        pictures = Pictures(db, VAULT)
        assert pictures.get(KEPT) is None
        assert pictures.get(OTHER) is not None
    happened = door.journal("door")
    assert [entry["person"] for entry in happened if entry["event"] == "label"] == [None]
    (forgotten,) = [entry for entry in happened if entry["event"] == "forgotten"]
    assert forgotten["visits"] == [KEPT]
    assert "Ada" not in str(happened)


def test_enrolment_from_a_visit_begins_where_a_picture_of_it_is_kept(door: FrontDoor) -> None:
    refused = door.ask(Role.ENROLLER, "enroll", {"person": "Eve", "visit": BARE}).content
    assert (refused["outcome"], refused["reason"]) == ("refused", "no_picture")
    assert not door.studio.begun
    say(door, Role.ENROLLER, "enroll", {"person": "Eve", "visit": KEPT})
    ((request, _),) = door.studio.begun
    assert request == EnrollVisit("Eve", KEPT)
