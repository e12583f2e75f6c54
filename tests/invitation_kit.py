"""Invitations for tests: given and used at a door, by keys that each test may choose."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands_kit import private_key, public
from facedoor.commands.keys import CommandKeys
from facedoor.times import utc_text
from facedoor.wire.roles import CommandKey, Role, fingerprint, public_key_text
from front_door import FrontDoor
from vaults import open_store

INVITED, DEVICE = private_key(50), private_key(51)
HOUR_S = 3600.0


def text(key: Ed25519PrivateKey) -> str:
    return public_key_text(public(key))


def number(key: Ed25519PrivateKey) -> str:
    return fingerprint(public(key))


def asked(front: FrontDoor, by: Role | Ed25519PrivateKey, cmd: str, **args: object) -> Any:
    """What the door says to it, later than a moment ago, so that nobody asks too much."""
    front.doorway.clock.now_s += 10
    return front.ask(by, cmd, args).content


def invited(
    front: FrontDoor,
    by: Role = Role.ADMIN,
    key: Ed25519PrivateKey = INVITED,
    role: str = "operator",
    name: str = "phone",
    lasts_s: float = HOUR_S,
) -> Any:
    expires = utc_text(datetime.fromtimestamp(front.timepiece.wall_s + lasts_s, UTC))
    return asked(front, by, "invite", key=text(key), role=role, name=name, expires=expires)


def joined(
    front: FrontDoor, key: Ed25519PrivateKey = INVITED, device: Ed25519PrivateKey = DEVICE
) -> Any:
    return asked(front, key, "join", key=text(device))


def good_keys(front: FrontDoor) -> list[CommandKey]:
    with closing(open_store(front.database)) as db:
        return [key for key in CommandKeys(db).all() if key.revoked_at is None]


def keys(front: FrontDoor) -> dict[str, str]:
    """The roles of those that are good, by name, beside those that each test begins with."""
    return {key.name: key.role.value for key in good_keys(front) if key.name not in {*Role}}


def told_of_keys(front: FrontDoor) -> list[dict[str, Any]]:
    return [entry for entry in front.journal("door") if entry.get("event") == "key"]
