"""``facedoor keys``: whose commands the door obeys."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from facedoor.config import Config

if TYPE_CHECKING:
    from facedoor.bus.command_keys import CommandKey, CommandKeys

DONE = 0


def keys_make(options: argparse.Namespace, settings: Config) -> int:
    """Make a key, whose private half the door does not keep, and obey it within a role."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from facedoor.bus.command_keys import Role
    from facedoor.bus.signing import private_key_text, write_private_key

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    with _keys(settings) as keys:
        # The file first: a key that cannot be kept must not be obeyed.
        if options.output:
            write_private_key(options.output, private)
        try:
            key = keys.add(options.name, Role(options.role), public)
        except Exception:
            if options.output:
                options.output.unlink()
            raise
    text = private_key_text(private)
    if options.json:
        secret = {"file": str(options.output)} if options.output else {"private_key": text}
        _print_json({**_shown(key), **secret})
        return DONE
    print(_sentence(key))
    if options.output:
        print(f"its private half is in {options.output}: whoever has it may do this")
    else:
        print("its private half, shown this once: whoever has it may do this")
        print(text, end="")
        _print_qr(text)
    return DONE


def keys_add(options: argparse.Namespace, settings: Config) -> int:
    """Obey a key that was made elsewhere, for example for another door."""
    from facedoor.bus.command_keys import Role, public_key_from_text

    with _keys(settings) as keys:
        key = keys.add(options.name, Role(options.role), public_key_from_text(options.public_key))
    return _told(options, key)


def keys_list(options: argparse.Namespace, settings: Config) -> int:
    """Which keys there are, revoked ones too."""
    with _keys(settings) as keys:
        every = keys.all()
    if options.json:
        _print_json({"keys": [_shown(key) for key in every]})
    else:
        for key in every:
            print(_sentence(key))
        if not every:
            print("nobody can give commands: facedoor keys make NAME --role ROLE")
    return DONE


def keys_revoke(options: argparse.Namespace, settings: Config) -> int:
    """Obey a key no more, from now on and for good."""
    with _keys(settings) as keys:
        key = keys.revoke(options.name)
    return _told(options, key)


@contextmanager
def _keys(settings: Config) -> Iterator[CommandKeys]:
    from facedoor.bus.command_keys import CommandKeys
    from facedoor.store import open_store
    from facedoor.vault import load_vault

    with closing(open_store(settings.database, load_vault(settings))) as db:
        yield CommandKeys(db)


def _told(options: argparse.Namespace, key: CommandKey) -> int:
    if options.json:
        _print_json(_shown(key))
    else:
        print(_sentence(key))
    return DONE


def _shown(key: CommandKey) -> dict[str, object]:
    from facedoor.bus.command_keys import public_key_text

    return {
        "name": key.name,
        "role": key.role.value,
        "fingerprint": key.fingerprint,
        "public_key": public_key_text(key.public_key),
        "made_at": key.made_at,
        "revoked_at": key.revoked_at,
    }


def _sentence(key: CommandKey) -> str:
    from facedoor.bus.command_keys import public_key_text

    state = f"revoked {key.revoked_at}" if key.revoked_at else f"since {key.made_at}"
    return (
        f"{key.name}: {key.role}, {state}\n"
        f"  fingerprint {key.fingerprint}\n  public key  {public_key_text(key.public_key)}"
    )


def _print_qr(text: str) -> None:
    """The text as a QR code, for a phone's camera."""
    import segno

    segno.make_qr(text).terminal(sys.stdout, compact=True)


def _print_json(values: dict[str, object]) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)
