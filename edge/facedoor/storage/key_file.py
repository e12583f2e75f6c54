"""The key that seals the state file: 32 random bytes, written as 64 hexadecimal digits.

It is the systemd credential ``facedoor-key``, else the file that ``[storage] key_file`` names, else
``facedoor.key`` in the state directory.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

from facedoor.config.file import credential_file
from facedoor.config.options import Config
from facedoor.errors import StoreError
from facedoor.files import make_folder, read_own_text, require_private, write_file
from facedoor.languages import _
from facedoor.storage import place
from facedoor.storage.copies import write_witness
from facedoor.storage.store import open_store, scrub_if_possible, sealed_with
from facedoor.storage.vault import KEY_BYTES, Vault

CREDENTIAL = "facedoor-key"


def load_vault(settings: Config, *, read_only: bool = False) -> Vault:
    """The vault of this door. Its key is made when there is neither a key nor anything sealed;
    with ``read_only`` nothing is made, and there has to be a state file.

    Raises :class:`StoreError` for a key that is missing, open to other users, or not a key.
    """
    if read_only:
        place.require(settings.database)
    if credential := credential_file(CREDENTIAL):
        return Vault(read_key(credential))
    path = settings.key_file
    try:
        _finish_rekey(settings)
        is_there = path.exists()
    except OSError as error:
        raise StoreError(
            _("cannot look for the key {path} ({strerror}): run the command with sudo").format(
                path=path, strerror=error.strerror
            )
        ) from error
    if not is_there:
        if sealed_with(settings.database) or read_only:
            raise StoreError(
                _(
                    "the key of {database} is not at {path}: put it back there, since without it "
                    "nobody can be recognised"
                ).format(database=settings.database, path=path)
            )
        make_key(path)
    return Vault(read_private_key(path))


@contextmanager
def open_state(
    settings: Config, *, read_only: bool = False
) -> Iterator[tuple[sqlite3.Connection, Vault]]:
    """The state file of this door, and the vault that opens what is sealed in it.

    What was erased meanwhile is scrubbed in the end, and what root did is witnessed, where the file
    belongs to another user. For ``read_only`` see :func:`look_at_state`. Raises
    :class:`StoreError`.
    """
    vault = load_vault(settings, read_only=read_only)
    with closing(open_store(settings.database, vault, read_only)) as db:
        yield db, vault
        if not read_only:
            scrub_if_possible(db)
            if os.geteuid() == 0 and settings.database.parent.stat().st_uid != 0:
                with suppress(StoreError, ValueError):  # what counts is on the disk
                    write_witness(db, vault, settings.database)


def look_at_state(settings: Config) -> AbstractContextManager[tuple[sqlite3.Connection, Vault]]:
    """As :func:`open_state`, for whoever only asks: no state file and no key is made.

    SQLite may make the files of its write-ahead log; it gives them to the owner of the state file.
    """
    return open_state(settings, read_only=True)


def next_key_file(settings: Config) -> Path:
    """Where a new key is while it takes the place of the present one."""
    return settings.key_file.with_name(f"{settings.key_file.name}.next")


def _finish_rekey(settings: Config) -> None:
    """Put a new key in its place, if the state file is sealed with it already."""
    path = next_key_file(settings)
    if path.exists() and sealed_with(settings.database) == Vault(read_key(path)).key_id:
        with suppress(FileNotFoundError):  # whoever changes the key has just done it
            path.replace(settings.key_file)


def read_private_key(path: Path) -> bytes:
    """As :func:`read_key`; a file that other users can read is refused."""
    try:
        require_private(path)
    except OSError as error:
        raise StoreError(
            _("cannot use the key {path} ({strerror})").format(path=path, strerror=error.strerror)
        ) from error
    return read_key(path)


def read_key(path: Path) -> bytes:
    """The key in a file. Raises :class:`StoreError`."""
    try:
        key = bytes.fromhex(read_own_text(path))
    except OSError as error:
        raise StoreError(
            _(
                "cannot read the key {path} ({strerror}): run the command as the owner of that file"
            ).format(path=path, strerror=error.strerror)
        ) from error
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(
            _(
                "{path} is not a key, which is {digits} hexadecimal digits: restore it from a "
                "backup"
            ).format(path=path, digits=2 * KEY_BYTES)
        )
    return key


def make_key(path: Path) -> bool:
    """Write a new key, for the owner alone, unless there is a file; it is on the disk then.

    False if there is one: somebody else may just have made it. Raises :class:`StoreError`.
    """
    try:
        make_folder(path.parent)
        with suppress(FileExistsError):
            write_file(path, f"{os.urandom(KEY_BYTES).hex()}\n".encode(), replaces=False)
            return True
    except OSError as error:
        raise StoreError(
            _(
                "cannot write the key {path} ({strerror}): it has to be in a folder that this "
                "user may write"
            ).format(path=path, strerror=error.strerror)
        ) from error
    return False
