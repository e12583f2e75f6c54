"""How long the journal remembers, and how much room it may take.

Entries older than ``[storage] keep_days`` are removed, whether or not a broker has heard of them.
While the state file is larger than ``[storage] max_mb``, entries older than a day go too, as
:func:`expendability` says: first what strangers leave behind, last the refusals of those who are
enrolled. A door that was opened, alarms, and changes of people, rules and mode are never removed
for want of space: the door says so, and goes on writing as long as the disk has room.

Nothing is removed while nobody knows what time it is, nor for a day after the time has leapt ahead,
as one wrong time server can make it (:mod:`facedoor.clock`); and nothing that is not old for sure
(:mod:`facedoor.storage.ages`).

What is removed leaves a gap in the chain (:mod:`facedoor.storage.chain`), so that the journal still
verifies.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from facedoor.clock import DoorClock
from facedoor.config.options import StorageConfig
from facedoor.errors import StoreError
from facedoor.problems import Board
from facedoor.storage import chain, enrolment_pictures, mention_blocks
from facedoor.storage.ages import OldEntries
from facedoor.storage.pictures import PictureLifetime, used_bytes
from facedoor.storage.store import needs_scrub, reading, require_key, scrub, transaction
from facedoor.storage.vault import Vault
from facedoor.wire import entries
from facedoor.wire.decisions import Decision, ExitDecision, ReleaseDecision
from facedoor.wire.events import (
    CommandConcluded,
    CommandsRefused,
    DoorHappened,
    Event,
    Happening,
)
from facedoor.wire.visit_events import PicturesSeen

LOOK_EVERY_S = 600.0
"""How often to look for something to remove, when the last look has found nothing."""

RETRY_AFTER_S = 60.0
"""How long to wait when a look has failed: what has passed is to leave the board soon."""

WINDOW = 500
"""Entries that are looked at, and may be removed, at once: few enough that nobody has to wait for
the lock for long."""

KEPT_FOR = timedelta(days=1)
"""For so long every entry stays, so that somebody can look into what has just happened."""

_ONLY_ASK = {"list", "journal", "rules", "keys", "summary", "explain", "picture"}
"""Commands that change nothing."""

_STRANGERS, _ROUTINE, _REFUSALS = range(3)
"""In the order in which they go."""

_WINDOW = (
    "SELECT id, time, kind, payload, person, mac FROM journal WHERE id > ? AND id <= ?"
    " ORDER BY id LIMIT ?"
)


class _Row(NamedTuple):
    id: int
    time: str
    kind: str
    payload: str
    person: bytes | None
    mac: bytes

    @property
    def event(self) -> Event:
        return entries.read(self.kind, json.loads(self.payload))


def expendability(event: Event, about_somebody: bool) -> int | None:
    """How late an entry goes when there is no room: 0 first, 2 last, ``None`` never.

    What is not known here is never removed, whoever writes it.
    """
    match event:
        case Decision(granted=False):
            return _REFUSALS if about_somebody else _STRANGERS
        case ReleaseDecision(granted=False) | ExitDecision(granted=False):
            return _REFUSALS
        case DoorHappened(happening=Happening.BELL):
            return _STRANGERS
        case CommandsRefused() | CommandConcluded(outcome="refused"):
            return _STRANGERS
        case DoorHappened(happening=Happening.OPENED | Happening.CLOSED):
            return _ROUTINE
        case CommandConcluded(outcome="done", cmd=cmd) if cmd in _ONLY_ASK:
            return _ROUTINE
        case PicturesSeen():
            return _ROUTINE
    return None


class Retention:
    """Keeps the journal in the state file ``db`` within its bounds, takes what was erased out of
    the file, and lists who is mentioned where. Tells the ``board`` what it cannot do. Belongs to
    one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        vault: Vault,
        config: StorageConfig,
        board: Board,
        clock: DoorClock,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is removed while the ``clock`` is not proven and settled; ``steady`` gives
        seconds that never jump."""
        self._db = db
        self._vault = vault
        self._config = config
        self._board = board
        self._clock = clock
        self._steady = steady
        self._due_s = self._scrub_due_s = self._list_due_s = steady()
        self._old, self._settled = OldEntries(db), OldEntries(db)
        self._pictures = PictureLifetime(db, config)
        # Up to which entry has been looked, for each stage of what may go.
        self._passed = [0, 0, 0]

    def look(self) -> None:
        """Remove one batch, if it is time. To be called often; never raises for a state file that
        fails, nor takes long."""
        if self._steady() >= self._scrub_due_s:
            self._scrub()
        if self._steady() >= self._list_due_s:
            self._list()
        if self._steady() < self._due_s:
            return
        wait_s, problem, time = LOOK_EVERY_S, None, self._clock.reading()
        try:
            if time.is_settled and (self._pictures.look(time.now) or self._remove_some(time.now)):
                wait_s = 0.0
            else:
                wait_s = LOOK_EVERY_S if time.is_settled else RETRY_AFTER_S
                with reading(self._db, "measure the state file"):
                    problem_of_size = self._too_large(time.is_settled)
                self._board.report("state_file_too_large", problem_of_size)
        except StoreError as error:
            problem = f"old entries of the journal cannot be removed: {error}"
            wait_s = RETRY_AFTER_S
            self._passed = [0, 0, 0]
        self._board.report("old_entries_stay", problem)
        self._due_s = self._steady() + wait_s

    def _scrub(self) -> None:
        problem = None
        try:
            if needs_scrub(self._db):
                scrub(self._db)
        except StoreError as error:
            problem = str(error)
            self._scrub_due_s = self._steady() + RETRY_AFTER_S
        self._board.report("not_scrubbed", problem)

    def _list(self) -> None:
        """For whoever is to be forgotten one day. Without it that takes longer, and no more."""
        with contextlib.suppress(StoreError):
            if mention_blocks.list_one(self._db, self._vault):
                return
        self._list_due_s = self._steady() + RETRY_AFTER_S

    def _remove_some(self, now: datetime) -> bool:
        """Remove what goes of one window. False if there is none left to look at."""
        doing = "remove old entries"
        with reading(self._db, doing):
            oldest = now - timedelta(days=self._config.keep_days)
            is_through = self._old.look(oldest, now)
            goes: list[_Row] | None = self._window(0, self._old.last_id)
            if not goes:
                goes = self._expendable(now) if self._used_mb() > self._config.max_mb else None
        if not goes:
            return goes is not None or not is_through
        with reading(self._db, doing), transaction(self._db, doing):
            require_key(self._db, self._vault)
            # Else somebody without the key could have an entry removed by changing how old it is.
            for row in goes:
                entry = chain.ChainedEntry(row.id, row.time, row.kind, row.payload, row.person)
                chain.require_own(self._db, self._vault, entry, row.mac)
            for first_id, last_id, mac in _runs(goes):
                chain.bridge(self._db, self._vault, first_id, last_id, mac)
        return True

    def _expendable(self, now: datetime) -> list[_Row] | None:
        """What goes of the next window of the first stage that is not through; ``None`` if all
        are."""
        is_through = self._settled.look(now - KEPT_FOR, now)
        for stage, passed in enumerate(self._passed):
            if settled := self._window(passed, self._settled.last_id):
                self._passed[stage] = settled[-1].id
                return [
                    row
                    for row in settled
                    if expendability(row.event, row.person is not None) == stage
                ]
        return None if is_through else []

    def _window(self, after_id: int, last_id: int) -> list[_Row]:
        return [_Row(*row) for row in self._db.execute(_WINDOW, (after_id, last_id, WINDOW))]

    def _used_mb(self) -> float:
        pages, free, size = (
            self._db.execute(f"PRAGMA {what}").fetchone()[0]
            for what in ("page_count", "freelist_count", "page_size")
        )
        # Pictures have a bound of their own, and no entry goes for one.
        pictures = used_bytes(self._db) + enrolment_pictures.used_bytes(self._db)
        return float(((pages - free) * size - pictures) / 1e6)

    def _too_large(self, is_settled: bool) -> str | None:
        used_mb = self._used_mb()
        if used_mb <= self._config.max_mb:
            return None
        why = "nothing is left in it that may go: lower keep_days, after facedoor journal export,"
        if not is_settled:
            why = "nothing may go before the door is sure of the time: see facedoor clock,"
        return (
            f"the state file takes {used_mb:.0f} MB, more than [storage] max_mb = "
            f"{self._config.max_mb}, and {why} or raise max_mb"
        )


def _runs(rows: list[_Row]) -> list[tuple[int, int, bytes]]:
    """Numbers that follow one another, as first, last, and the mark of the last."""
    runs: list[tuple[int, int, bytes]] = []
    for row in rows:
        if runs and runs[-1][1] + 1 == row.id:
            runs[-1] = (runs[-1][0], row.id, row.mac)
        else:
            runs.append((row.id, row.id, row.mac))
    return runs
