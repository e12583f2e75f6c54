"""How long the journal remembers, and how much room it may take.

Entries older than ``[storage] keep_days`` are removed, whether or not a broker has heard of them.
When the state file has outgrown ``[storage] max_mb``, the oldest system entries go first, then the
next; what somebody did or was let do, decisions, commands and door events, is never removed for
want of space: the door says so, and goes on writing as long as the disk has room.

What is removed leaves a gap in the chain (:mod:`facedoor.storage.chain`), so that the journal still
verifies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from facedoor.errors import StoreError
from facedoor.storage import chain
from facedoor.storage.store import reading, require_key, transaction
from facedoor.times import utc_text

if TYPE_CHECKING:
    import sqlite3

    from facedoor.config.options import StorageConfig
    from facedoor.storage.vault import Vault

LOOK_EVERY_S = 600.0
"""How often to look for something to remove, when the last look has found nothing."""

BATCH = 500
"""Entries that are removed at once: few enough that nobody has to wait for the lock for long."""

_OLD = "SELECT id, mac FROM journal WHERE time < ? ORDER BY id LIMIT ?"
_EXPENDABLE = (
    "SELECT id, mac FROM journal WHERE kind NOT IN ('decision', 'command', 'door')"
    " ORDER BY id LIMIT ?"
)

log = logging.getLogger(__name__)


class Retention:
    """Keeps the journal in the state file ``db`` within its bounds. Belongs to one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        vault: Vault,
        config: StorageConfig,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.problem: str | None = None
        """Why the bounds cannot be kept, in a sentence; ``None`` when all is well."""
        self._db = db
        self._vault = vault
        self._config = config
        self._clock = clock
        self._now = now
        self._due_s = clock()

    def look(self) -> None:
        """Remove one batch, if it is time. To be called often; never raises for a state file that
        fails, nor takes long."""
        if self._clock() < self._due_s:
            return
        has_more, problem = False, None
        try:
            has_more, problem = self._remove_some()
        except StoreError as error:
            problem = f"old entries of the journal cannot be removed: {error}"
        if problem and problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem
        self._due_s = self._clock() + (0 if has_more else LOOK_EVERY_S)

    def _remove_some(self) -> tuple[bool, str | None]:
        """Whether there may be more to remove, and what is wrong."""
        doing = "remove old entries"
        oldest = utc_text(self._now() - timedelta(days=self._config.keep_days))
        with reading(self._db, doing):
            rows = self._db.execute(_OLD, (oldest, BATCH)).fetchall()
            used_mb = self._used_mb()
            is_too_large = used_mb > self._config.max_mb
            if not rows and is_too_large:
                rows = self._db.execute(_EXPENDABLE, (BATCH,)).fetchall()
        if not rows:
            return False, self._too_large(used_mb) if is_too_large else None
        with reading(self._db, doing), transaction(self._db, doing):
            require_key(self._db, self._vault)
            for first_id, last_id, mac in _runs(rows):
                chain.bridge(self._db, self._vault, first_id, last_id, mac)
        return True, None

    def _used_mb(self) -> float:
        pages, free, size = (
            self._db.execute(f"PRAGMA {what}").fetchone()[0]
            for what in ("page_count", "freelist_count", "page_size")
        )
        return float((pages - free) * size / 1e6)

    def _too_large(self, used_mb: float) -> str:
        return (
            f"the state file takes {used_mb:.0f} MB, more than [storage] max_mb = "
            f"{self._config.max_mb}, and only people, decisions, commands and door events are "
            "left: lower keep_days, after facedoor journal export, or raise max_mb"
        )


def _runs(rows: list[tuple[int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Numbers that follow one another, as first, last, and the mark of the last."""
    runs: list[tuple[int, int, bytes]] = []
    for number, mac in rows:
        if runs and runs[-1][1] + 1 == number:
            runs[-1] = (runs[-1][0], number, mac)
        else:
            runs.append((number, number, mac))
    return runs
