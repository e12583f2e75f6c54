"""``facedoor keys``: whose commands the door obeys."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from facedoor.cli.answers import DONE, print_json
from facedoor.config.options import Config

if TYPE_CHECKING:
    from pathlib import Path

    from facedoor.commands.keys import CommandKey, CommandKeys, Role


def keys_make(options: argparse.Namespace, settings: Config) -> int:
    """Make a key, whose private half the door does not keep, and obey it within a role."""
    from facedoor.commands.keys import Role

    key, text = make_key(settings, options.name, Role(options.role), options.output)
    if options.json:
        secret = {"file": str(options.output)} if options.output else {"private_key": text}
        print_json({**_shown(key), **secret})
        return DONE
    print(_sentence(key))
    if options.output:
        print(f"its private half is in {options.output}: whoever has it may do this")
    else:
        print("its private half, shown this once: whoever has it may do this")
        print(text + qr_code(text), end="")
    return DONE


def make_key(
    settings: Config, name: str, role: Role, output: Path | None
) -> tuple[CommandKey, str]:
    """A new key that the door obeys, and its private half, which is also written to ``output``.

    Raises :class:`UsageError` and :class:`StoreError`; then there is neither key nor file.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from facedoor.wire.signing import private_key_text, write_private_key

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    with _keys(settings) as keys:
        # The file first: a key that cannot be kept must not be obeyed.
        if output:
            write_private_key(output, private)
        try:
            key = keys.add(name, role, public)
        except Exception:
            if output:
                output.unlink()
            raise
    return key, private_key_text(private)


def keys_add(options: argparse.Namespace, settings: Config) -> int:
    """Obey a key that was made elsewhere, for example for another door."""
    from facedoor.commands.keys import Role, public_key_from_text

    with _keys(settings) as keys:
        key = keys.add(options.name, Role(options.role), public_key_from_text(options.public_key))
    return _told(options, key)


def keys_list(options: argparse.Namespace, settings: Config) -> int:
    """Which keys there are, revoked ones too."""
    with _keys(settings) as keys:
        every = keys.all()
    if options.json:
        print_json({"keys": [_shown(key) for key in every]})
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
    from facedoor.commands.keys import CommandKeys
    from facedoor.storage.key_file import load_vault
    from facedoor.storage.store import open_store

    with closing(open_store(settings.database, load_vault(settings))) as db:
        yield CommandKeys(db)


def _told(options: argparse.Namespace, key: CommandKey) -> int:
    if options.json:
        print_json(_shown(key))
    else:
        print(_sentence(key))
    return DONE


def _shown(key: CommandKey) -> dict[str, object]:
    from facedoor.commands.keys import public_key_text

    return {
        "name": key.name,
        "role": key.role.value,
        "fingerprint": key.fingerprint,
        "public_key": public_key_text(key.public_key),
        "made_at": key.made_at,
        "revoked_at": key.revoked_at,
    }


def _sentence(key: CommandKey) -> str:
    from facedoor.commands.keys import public_key_text

    state = f"revoked {key.revoked_at}" if key.revoked_at else f"since {key.made_at}"
    return (
        f"{key.name}: {key.role}, {state}\n"
        f"  fingerprint {key.fingerprint}\n  public key  {public_key_text(key.public_key)}"
    )


def qr_code(text: str) -> str:
    """The text as a QR code, for a phone's camera, in lines for a terminal."""
    import segno

    picture = io.StringIO()
    segno.make_qr(text).terminal(picture, compact=True)
    return picture.getvalue()
