"""Devices that join, command and are revoked, by a client that knows only the documents, over a
real broker with the printed ACL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker import Broker, passwords, running, wait_until
from commands_kit import claims, token
from device_kit import Phone, Post, verified
from doorway import Doorway
from facedoor.commands.invitation_link import invitation_link
from facedoor.commands.inviting import invite
from facedoor.config.options import Config, DoorConfig, MqttConfig, StorageConfig
from facedoor.mqtt.broker import access
from facedoor.service.remote import LocalDoor, Remote
from facedoor.storage.door_key import read_door_key
from facedoor.storage.journal import Journal
from facedoor.wire.roles import Role
from timepieces import synchronised_clock
from vaults import VAULT, open_store

URL = "https://door.lan:8443"
USERS = {"door-front": "of the door", "console": "of the console"}


class Site:
    """The door ``front`` at a broker, and root at its command line."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        password = folder / "password"
        password.touch(mode=0o600)
        password.write_text(USERS["door-front"])
        mqtt = MqttConfig(
            host="127.0.0.1",
            port=broker.port,
            username="door-front",
            password_file=str(password),
        )
        storage = StorageConfig(directory=str(folder))
        self.settings = Config(door=DoorConfig(name="front"), storage=storage, mqtt=mqtt)
        self.doorway = Doorway(self.settings.database)
        keeper, switch = self.doorway.keeper, self.doorway.switch
        board, clock = self.doorway.board, synchronised_clock()
        local = LocalDoor(keeper, switch, clock, board, lambda: 0, lambda: "facenet", lambda: 0)
        self.remote = Remote(self.settings, VAULT, local)
        keeper.start()
        self.remote.start()
        self.post = Post(broker.port, "console", USERS["console"], doors=["front"])

    def invited(self, name: str, role: Role) -> str:
        """The link of ``facedoor keys invite``."""
        private = Ed25519PrivateKey.generate()
        now_s = time.time()
        with closing(open_store(self.settings.database)) as db:
            door = read_door_key(db, VAULT).identity
            invitation = invite(
                Journal(db, VAULT),
                name,
                role,
                private.public_key().public_bytes_raw(),
                now_s + 60,
                "command line",
                None,
                now_s,
            )
        return invitation_link(URL, private, [("front", door)], invitation)

    def joined(self, name: str, role: Role) -> Phone:
        phone = Phone(self.post)
        assert phone.join(self.invited(name, role))["front"]["outcome"] == "done"
        return phone

    def close(self) -> None:
        self.post.close()
        self.remote.stop()
        self.doorway.keeper.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("devices")
    rules = folder / "acl"
    rules.write_text(access(["front"], None))
    rules.chmod(0o600)
    with running(folder, *passwords(folder, USERS), f"acl_file {rules}") as broker:
        site = Site(folder, broker)
        wait_until(lambda: site.remote._bus.connections, "the door is connected")
        yield site
        site.close()


def test_phone_joins_by_a_link_and_opens_the_door(site: Site) -> None:
    phone = Phone(site.post)
    link = site.invited("Ada's phone \u00e9&=#", Role.OPERATOR)
    said = phone.join(link)["front"]
    assert (said["outcome"], said["role"]) == ("done", "operator")
    assert (said["key"], said["key_name"]) == (phone.fingerprint, "Ada's phone \u00e9&=#")
    assert phone.ask("front", "unlock", reason="parcel")["outcome"] == "done"
    assert site.doorway.relay.is_on
    ping = phone.ask("front", "ping")
    assert (ping["role"], ping["key"], ping["pack"]) == ("operator", phone.fingerprint, "facenet")
    assert Phone(site.post).join(link)["front"]["reason"] == "invitation_used"


def test_admin_invites_from_afar_and_revokes_a_phone_that_was_lost(site: Site) -> None:
    admin = site.joined("desk", Role.ADMIN)
    said, link = admin.invite("front", "tablet", "viewer", URL)
    assert said["outcome"] == "done"
    tablet = Phone(site.post)
    assert tablet.join(link)["front"]["role"] == "viewer"
    assert tablet.ask("front", "unlock", reason="")["reason"] == "wrong_role"
    assert tablet.invite("front", "spare", "viewer", URL)[0]["reason"] == "wrong_role"
    assert admin.invite("front", "boss", "admin", URL)[0]["outcome"] == "refused"
    names = {key["name"] for key in admin.ask("front", "keys")["keys"]}
    assert {"desk", "tablet"} <= names
    assert admin.ask("front", "revoke", key=tablet.fingerprint)["outcome"] == "done"
    assert tablet.ask("front", "ping")["reason"] == "revoked_key"


def test_answers_tell_an_unknown_key_a_forged_a_late_and_a_good_command_apart(site: Site) -> None:
    phone = site.joined("watch", Role.VIEWER)
    stranger = Phone(site.post, doors=dict(phone.doors))
    forged = token(claims(), stranger.key, {"alg": "EdDSA", "kid": phone.fingerprint})
    unknown = stranger.ask("front", "ping")
    assert (unknown["command"], unknown["reason"]) == (None, "unknown_key")
    bad = verified(site.post("front", forged), phone.doors["front"])
    assert (bad["command"], bad["reason"]) == (None, "bad_signature")
    phone.clock_ahead_s = -60
    assert phone.ask("front", "ping")["reason"] == "expired"
    phone.clock_ahead_s = 60
    assert phone.ask("front", "ping")["reason"] == "from_the_future"
    phone.clock_ahead_s = 0
    assert phone.ask("front", "ping")["outcome"] == "done"
