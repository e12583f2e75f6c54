"""What the door keeps of the time it knew, so that a restart need not prove it again.

One sealed record in the state file. The running service writes it, and so does ``facedoor clock``,
from another process: whoever asks what the door takes for the time reads it, and looks for evidence
where the door does.
"""

from __future__ import annotations

import json
import sqlite3

from facedoor import strict
from facedoor.clock import DoorClock, Known, Machine
from facedoor.storage import contexts
from facedoor.storage.store import require_key, transaction, trusting
from facedoor.storage.vault import Vault


def recall_clock(db: sqlite3.Connection, vault: Vault) -> Known:
    """What was kept. Raises :class:`StoreError`."""
    with trusting(db, "read what is known of the time", "clock"):
        require_key(db, vault)
        row = db.execute("SELECT sealed FROM clock").fetchone()
        if row is None:
            return Known()
        text = vault.open_text(row[0], contexts.CLOCK)
        return strict.read(Known, json.loads(text), ignore_unknown=True)


def keep_clock(db: sqlite3.Connection, vault: Vault, known: Known) -> None:
    """Raises :class:`StoreError`; then what was there is still there."""
    with transaction(db, "write down what is known of the time"):
        require_key(db, vault)
        sealed = vault.seal_text(json.dumps(strict.as_json(known)), contexts.CLOCK)
        db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (sealed,))


def look_at_clock(db: sqlite3.Connection, vault: Vault, clock: DoorClock) -> None:
    """Let ``clock`` look for evidence, and keep what is new. Raises :class:`StoreError`; the clock
    has looked then, too, unless the record could not be read."""
    kept = recall_clock(db, vault)
    known = clock.look(kept)
    if known != kept:
        with transaction(db, "write down what is known of the time"):
            # Else another process has just written, and is read at the next look.
            if recall_clock(db, vault) == kept:
                keep_clock(db, vault, known)


def clock_of(db: sqlite3.Connection, vault: Vault, machine: Machine | None = None) -> DoorClock:
    """The clock of the door whose state file this is, for another process; writes nothing.

    Raises :class:`StoreError`.
    """
    clock = DoorClock(machine)
    clock.look(recall_clock(db, vault))
    return clock
