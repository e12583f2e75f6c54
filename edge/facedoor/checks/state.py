"""The state file: whether it opens, and whose it is. Looking never makes or changes a file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from facedoor.checks.account import Account
from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.config.credentials import credential_file
from facedoor.config.options import Config
from facedoor.errors import StoreError
from facedoor.storage.key_file import CREDENTIAL, load_vault
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault


@contextlib.contextmanager
def open_state(settings: Config) -> Iterator[tuple[sqlite3.Connection, Vault]]:
    """The state file, for reading. Raises :class:`StoreError`, also where it does not exist.

    SQLite may make the files of its write-ahead log; it gives them to the owner of the state file.
    """
    if not (settings.key_file.exists() or credential_file(CREDENTIAL)):
        # Whoever loads the vault would make a key.
        raise StoreError(f"the key of {settings.database} is not at {settings.key_file}")
    vault = load_vault(settings)
    with contextlib.closing(open_store(settings.database, vault, read_only=True)) as db:
        yield db, vault


def examine_state(door: Installation) -> Iterator[Finding]:
    """Whether the state file can be used, by the user who has to."""
    settings = door.settings
    path = settings.database
    strange = sorted(_of_others(settings, door.account))
    if strange:
        yield problem(
            "state",
            f"{' and '.join(strange)} in {path.parent} do not belong to {door.account.name}, as "
            "whom the door runs",
            f"sudo chown -R {door.account.name}: {path.parent}",
        )
        return
    is_in_the_way = path.parent.exists() and not path.parent.is_dir()
    if not (path.exists() or is_in_the_way):
        yield fine("state", f"nothing yet in {path.parent}")
        return
    with open_state(settings):
        yield fine("state", str(path))


def _of_others(settings: Config, account: Account) -> Iterator[str]:
    """The names of files that the service has to write and that are somebody else's."""
    if account.uid == 0:
        return
    for path in (
        *settings.database.parent.glob(f"{settings.database.name}*"),
        settings.key_file,
    ):
        if path.exists() and path.stat().st_uid != account.uid:
            yield path.name


def folder_that_exists(path: Path) -> Path:
    """``path``, or the nearest folder above it that there is."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
