"""The vault of tests that need no key file, and the state file that it opens."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from facedoor.storage import store
from facedoor.storage.vault import Vault

VAULT = Vault(bytes(range(32)))


def open_store(path: Path, read_only: bool = False) -> sqlite3.Connection:
    return store.open_store(path, VAULT, read_only)
