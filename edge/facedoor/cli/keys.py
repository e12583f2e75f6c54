"""``facedoor keys``: whose commands the door obeys."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.cli import BY, answer
from facedoor.config.options import Config
from facedoor.errors import ExitCode
from facedoor.wire.roles import (
    CommandKey,
    DoorIdentity,
    Role,
    public_key_from_text,
    public_key_text,
)

_COPIES = {"backup": "backup", "older_copy": "older copy"}

if TYPE_CHECKING:
    from facedoor.commands.keys import CommandKeys


def keys_make(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Make a key, whose private half the door does not keep, and obey it within a role."""
    from facedoor.commands.keys import make_key, qr_code
    from facedoor.commands.known_doors import beside

    with _keys(settings) as (keys, door):
        key, text = make_key(keys, options.name, Role(options.role), options.output, door.line)
    if options.output:
        secret = {"file": str(options.output), "doors_file": str(beside(options.output))}
        told = (
            f"its private half is in {options.output}: whoever has it may do this\n"
            f"who the door is, is in {beside(options.output)}: keep them together"
        )
    else:
        secret = {"private_key": text}
        told = "its private half, shown this once: whoever has it may do this\n"
        told += text + qr_code(text) + door.sentence
    return answer(options, {**_shown(key), **secret, **door.shown}, f"{_sentence(key)}\n{told}")


def keys_add(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Obey a key that was made elsewhere, for example for another door."""
    with _keys(settings) as (keys, door):
        key = keys.add(options.name, Role(options.role), public_key_from_text(options.public_key))
    return answer(options, {**_shown(key), **door.shown}, f"{_sentence(key)}\n{door.sentence}")


def keys_list(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Which keys there are, revoked ones too, and who the door itself is."""
    with _keys(settings) as (keys, door):
        every = keys.all()
    nobody = "nobody can give commands: facedoor keys make NAME --role ROLE"
    text = "\n".join(map(_sentence, every)) or nobody
    values = {"keys": [_shown(key) for key in every], **door.shown}
    return answer(options, values, f"{text}\n{door.sentence}")


def keys_revoke(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Obey a key no more, from now on and for good."""
    with _keys(settings) as (keys, _):
        key = keys.revoke(options.name)
    return answer(options, _shown(key), _sentence(key))


def keys_reviewed(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Say that keys, people and rules were looked at since an old state file was put back."""
    from facedoor.storage.copies import review
    from facedoor.storage.key_file import open_state
    from facedoor.storage.store import transaction

    with open_state(settings) as (db, vault), transaction(db, "write that somebody has looked"):
        copy = review(db, vault, BY)
    text = "nothing was put back that nobody has looked at"
    if copy is not None:
        text = f"it is written down that somebody has looked at what the {_COPIES[copy]} undid"
    return answer(options, {"copy": copy}, text)


@contextmanager
def _keys(settings: Config) -> Iterator[tuple[CommandKeys, _ThisDoor]]:
    from facedoor.commands.keys import CommandKeys
    from facedoor.storage.door_key import read_door_key
    from facedoor.storage.key_file import open_state

    with open_state(settings) as (db, vault):
        identity = read_door_key(db, vault).identity
        yield CommandKeys(db), _ThisDoor(settings.door.name, identity)


@dataclass(frozen=True, slots=True)
class _ThisDoor:
    """Who the door is, for whoever gives commands to it."""

    name: str
    identity: DoorIdentity

    @property
    def line(self) -> str:
        """For a file of known doors."""
        from facedoor.commands.known_doors import known_door_line

        return known_door_line(self.name, self.identity)

    @property
    def shown(self) -> dict[str, object]:
        public_key = public_key_text(self.identity.public_key)
        return {"door": {"name": self.name, "identity": self.identity.id, "public_key": public_key}}

    @property
    def sentence(self) -> str:
        return (
            f"this door: {self.name}\n  identity    {self.identity.id}\n"
            f"  line for a sender's KEY_FILE.doors: {self.line}"
        )


def _shown(key: CommandKey) -> dict[str, object]:
    return {
        "name": key.name,
        "role": key.role.value,
        "fingerprint": key.fingerprint,
        "public_key": public_key_text(key.public_key),
        "made_at": key.made_at,
        "revoked_at": key.revoked_at,
    }


def _sentence(key: CommandKey) -> str:
    state = f"revoked {key.revoked_at}" if key.revoked_at else f"since {key.made_at}"
    return (
        f"{key.name}: {key.role}, {state}\n"
        f"  fingerprint {key.fingerprint}\n  public key  {_shown(key)['public_key']}"
    )
