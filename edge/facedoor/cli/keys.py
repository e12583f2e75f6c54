"""``facedoor keys``: whose commands the door obeys."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from facedoor.cli import answer
from facedoor.config.options import Config
from facedoor.errors import ExitCode
from facedoor.wire.roles import CommandKey, Role, public_key_from_text, public_key_text

if TYPE_CHECKING:
    from facedoor.commands.keys import CommandKeys


def keys_make(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Make a key, whose private half the door does not keep, and obey it within a role."""
    from facedoor.commands.keys import make_key, qr_code

    with _keys(settings) as keys:
        key, text = make_key(keys, options.name, Role(options.role), options.output)
    if options.output:
        secret = {"file": str(options.output)}
        told = f"its private half is in {options.output}: whoever has it may do this"
    else:
        secret = {"private_key": text}
        told = "its private half, shown this once: whoever has it may do this\n"
        told += text + qr_code(text)
    return answer(options, {**_shown(key), **secret}, f"{_sentence(key)}\n{told}")


def keys_add(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Obey a key that was made elsewhere, for example for another door."""
    with _keys(settings) as keys:
        key = keys.add(options.name, Role(options.role), public_key_from_text(options.public_key))
    return answer(options, _shown(key), _sentence(key))


def keys_list(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Which keys there are, revoked ones too."""
    with _keys(settings) as keys:
        every = keys.all()
    nobody = "nobody can give commands: facedoor keys make NAME --role ROLE"
    text = "\n".join(map(_sentence, every)) or nobody
    return answer(options, {"keys": [_shown(key) for key in every]}, text)


def keys_revoke(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Obey a key no more, from now on and for good."""
    with _keys(settings) as keys:
        key = keys.revoke(options.name)
    return answer(options, _shown(key), _sentence(key))


@contextmanager
def _keys(settings: Config) -> Iterator[CommandKeys]:
    from facedoor.commands.keys import CommandKeys
    from facedoor.storage.key_file import open_state

    with open_state(settings) as (db, _):
        yield CommandKeys(db)


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
