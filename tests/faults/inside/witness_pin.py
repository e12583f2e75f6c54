"""What the tests have inside the door's process: a witness at the relay's pin, and a saboteur.

The witness notes, just before the relay is energised, which entry is the newest that the journal
has on its disk, as another connection to the state file sees it. No clock is needed then to tell
whether a decision was written before the relay moved.

The saboteur does from within what cannot be done from outside. It waits for one word in the named
pipe ``SABOTAGE``: ``segfault`` reads where no memory is, in native code; ``leak`` takes memory
until the kernel ends the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sqlite3
import threading
from pathlib import Path
from typing import Any

from recording_pin import RecordingPin

MEGABYTE = 1 << 20


class WitnessPin(RecordingPin):
    """Its record also has lines such as ``journal=17``, before each ``high``."""

    def _change_state(self, value: Any) -> Any:
        if value and self._function == "output":
            self._record(f"journal={newest_entry()}")
        return super()._change_state(value)


def newest_entry() -> int:
    """The id of the newest entry on the disk; 0 when there is none, or the file cannot be read."""
    state = f"{Path(os.environ['WITNESS_JOURNAL']).as_uri()}?mode=ro"
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(state, uri=True)) as db,
    ):
        return int(db.execute("SELECT coalesce(max(id), 0) FROM journal").fetchone()[0])
    return 0


def wait_for_sabotage() -> None:
    word = Path(os.environ["SABOTAGE"]).read_text()
    if word == "segfault":
        ctypes.string_at(0)
    leaked = []
    while word == "leak":
        leaked.append(b"\1" * MEGABYTE)


if "SABOTAGE" in os.environ:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=wait_for_sabotage, name="saboteur", daemon=True).start()
