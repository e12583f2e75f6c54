"""The door's own key in the state file: made with it, sealed, and in every backup of it.

So a restored door is still the door that others know, and one whose state was lost is another.
"""

from __future__ import annotations

import sqlite3

from facedoor.storage import contexts
from facedoor.storage.store import trusting
from facedoor.storage.vault import Vault
from facedoor.wire.door_key import DoorKey


def read_door_key(db: sqlite3.Connection, vault: Vault) -> DoorKey:
    """The key of the door whose state file is ``db``. Raises :class:`StoreError`."""
    with trusting(db, "read the door's own key", "door_key"):
        ((sealed,),) = db.execute("SELECT sealed FROM door_key").fetchall()
        return DoorKey.from_bytes(vault.open(sealed, contexts.DOOR_KEY))
