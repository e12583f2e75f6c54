"""`facedoor keys invite`: a link and its QR code, with which one device joins."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from door_kit import Door
from facedoor.commands.inviting import join
from facedoor.wire.roles import fingerprint
from timepieces import Timepiece

WRONG_USE = 2
URL = "https://door.lan:8443"


@pytest.fixture
def piece(monkeypatch: pytest.MonkeyPatch) -> Timepiece:
    """The machine on which the command runs, whose time a server sets."""
    piece = Timepiece(is_synchronised=True)
    monkeypatch.setattr("facedoor.clock.this_machine", piece.machine)
    return piece


@pytest.fixture
def house(tmp_path: Path, piece: Timepiece) -> Door:
    assert piece.is_synchronised
    door = Door(tmp_path, tmp_path)
    door.be_made()
    return door


def test_link_has_all_that_a_device_needs_to_join(house: Door, piece: Timepiece) -> None:
    asked = ("keys", "invite", "Ada's phone", "--role", "admin", "--expires", "2")
    said = house.ask(*asked, "--url", f"{URL}/", "--json").json
    link = urlsplit(said["link"])
    assert said["link"].startswith(f"{URL}/join#")
    assert (link.path, link.query) == ("/join", "")
    parts = dict(parse_qsl(link.fragment, strict_parsing=True))
    seed = base64.urlsafe_b64decode(parts["k"] + "=")
    public_key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert fingerprint(public_key) == said["fingerprint"]
    assert parts["d"] == f"{said['door']['name']}.{said['door']['public_key']}"
    assert (parts["r"], parts["n"]) == ("admin", "Ada's phone")
    assert float(parts["e"]) == piece.wall_s + 2 * 3600
    with house.journal() as journal:
        (entry,) = [entry.payload for entry in journal.tail(9) if entry.payload["event"] == "key"]
        assert (entry["by"], entry["name"], entry["role"]) == (
            "command line",
            "Ada's phone",
            "admin",
        )
        assert join(journal, said["fingerprint"], bytes(32), piece.wall_s).role == "admin"
    (key,) = house.ask("keys", "--json").json["keys"]
    assert key["name"] == "Ada's phone"


def test_it_is_shown_as_text_and_qr_code_and_listed_until_it_is_taken_back(house: Door) -> None:
    said = house.ask("keys", "invite", "phone", "--role", "viewer", "--url", URL).out
    until = f"{datetime(2027, 1, 12, 11, tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"
    assert f"phone may join once, as viewer, until {until}: " in said
    assert "\u2588" in said
    assert f"{URL}/join#k=" in said
    listed = house.ask("keys").out
    assert f"phone: invited as viewer by command line, until {until}\n" in listed
    assert "join#" not in listed
    assert "invited no more" in house.ask("keys", "revoke", "phone").out
    assert house.ask("keys", "--json").json["invitations"] == []


def test_page_of_the_configuration_is_taken(house: Door) -> None:
    asked = ("keys", "invite", "phone", "--role", "viewer")
    refused = house.ask(*asked)
    refused.assert_fails(WRONG_USE, "[dashboard] url")
    refused.assert_fails(WRONG_USE, "--url")
    with house.config.open("a") as file:
        file.write(f'\n[dashboard]\nurl = "{URL}"\n')
    assert f"{URL}/join#" in house.ask(*asked).out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--url", "http://door.lan"), "https://"),
        (("--url", "door.lan"), "https://"),
        (("--url", f"{URL}/#x"), "whole address"),
        (("--url", URL, "--expires", "25"), "24 hours"),
        (("--url", URL, "--expires", "0"), "24 hours"),
        (("--url", URL, "--expires", "nan"), "24 hours"),
        (("--url", URL, "--expires", "inf"), "24 hours"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    house: Door, more: tuple[str, ...], said: str
) -> None:
    refused = house.ask("keys", "invite", "phone", "--role", "viewer", *more)
    refused.assert_fails(WRONG_USE, said)
    assert house.ask("keys", "--json").json["invitations"] == []


def test_nobody_is_invited_while_the_time_is_not_known(house: Door, piece: Timepiece) -> None:
    piece.is_synchronised = False
    refused = house.ask("keys", "invite", "phone", "--role", "viewer", "--url", URL)
    refused.assert_fails(WRONG_USE, "facedoor clock")


def test_change_of_keys_at_the_door_is_in_the_journal(house: Door) -> None:
    house.ask("keys", "make", "phone", "--role", "operator")
    house.ask("keys", "revoke", "phone")
    with house.journal() as journal:
        said = [entry.payload for entry in journal.tail(9) if entry.payload["event"] == "key"]
    assert [entry["change"] for entry in said] == ["added", "revoked"]
    assert {(entry["by"], entry["name"]) for entry in said} == {("command line", "phone")}
