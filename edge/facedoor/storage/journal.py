"""What happened at the door, in order: decisions and system events, written once, never changed.

The journal is also the outbox. An event is on the disk before anybody acts on it or hears of it;
whoever delivers it reads on from a cursor that says up to where everything has been sent. So an
event can be sent twice, after a crash between sending and :meth:`Journal.mark_sent`, but never be
lost.

Entries are chained (:mod:`facedoor.storage.chain`), so that a change shows
(:mod:`facedoor.storage.audit`). Names of people stand only under the keys ``person`` and
``nearest`` of a payload, from where they can be erased (:mod:`facedoor.storage.mentions`). A
decision that is read says ``picture`` for as long as one of its visit is kept
(:mod:`facedoor.storage.pictures`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from facedoor.storage import chain, mentions
from facedoor.storage.epoch import read_epoch
from facedoor.storage.store import reading, require_key, transaction, trusting
from facedoor.storage.vault import Vault
from facedoor.times import utc_now
from facedoor.wire.entries import Entry
from facedoor.wire.events import Event

_ENTRIES = (
    "SELECT id, kind, time, payload, mention.sealed, nearest_mention.sealed,"
    " kind = 'decision' AND EXISTS"
    " (SELECT 1 FROM picture WHERE visit = json_extract(payload, '$.visit'))"
    " FROM journal"
    " LEFT JOIN mention ON mention.entry_id = id"
    " LEFT JOIN nearest_mention ON nearest_mention.entry_id = id"
)
BATCH = 1000
"""Entries that are read at once."""
_BEYOND_ALL = 2**63 - 1


class Journal:
    """The journal in the state file ``db`` (see :func:`facedoor.storage.store.open_store`).

    Every method raises :class:`StoreError` when the state file fails.
    """

    def __init__(self, db: sqlite3.Connection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def append(self, event: Event) -> int:
        """Write an event and return its id; it is on the disk then.

        Raises ``TypeError`` or ``ValueError`` for one that is not JSON, or whose ``person`` or
        ``nearest`` is neither a string nor ``None``.
        """
        text, person, nearest = mentions.without_names(event.as_json())
        with reading(self._db, "write to the journal"), self.together():
            require_key(self._db, self._vault)
            return chain.append(self._db, self._vault, utc_now(), event.kind, text, person, nearest)

    @contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """All that is written inside is on the disk afterwards, or none of it.

        Gives the connection, for what belongs to the entries and is no entry itself.
        """
        with transaction(self._db, "write to the journal"):
            yield self._db

    def epoch(self) -> str:
        """What tells entries of this state file from those of its copies."""
        return read_epoch(self._db)

    def unsent(self, limit: int) -> list[Entry]:
        """The oldest events after the cursor, at most ``limit``, in order."""
        with self._reading("outbox"):
            cursor = self._db.execute("SELECT sent_up_to FROM outbox").fetchone()
            rows = self._db.execute(
                _ENTRIES + " WHERE id > ? ORDER BY id LIMIT ?", (*cursor, limit)
            )
            return [self._entry(*row) for row in rows]

    def waiting(self) -> int:
        """How many events are after the cursor."""
        with self._reading("outbox"):
            query = "SELECT count(*) FROM journal WHERE id > (SELECT sent_up_to FROM outbox)"
            return int(self._db.execute(query).fetchone()[0])

    def mark_sent(self, entry_id: int) -> None:
        """Move the cursor: all events up to ``entry_id`` have been sent.

        It never moves back, nor past the last event that exists.
        """
        with transaction(self._db, "write to the journal"):
            self._db.execute(
                "UPDATE outbox SET sent_up_to = max(sent_up_to,"
                " min(?, (SELECT coalesce(max(id), 0) FROM journal)))",
                (entry_id,),
            )

    def tail(self, limit: int) -> list[Entry]:
        """The last events, at most ``limit``, in order."""
        with self._reading():
            rows = self._db.execute(_ENTRIES + " ORDER BY id DESC LIMIT ?", (limit,))
            return [self._entry(*row) for row in rows][::-1]

    def back(
        self, before: int | None = None, kinds: Collection[str] = ()
    ) -> Iterator[tuple[int, list[Entry]]]:
        """Batches of the entries before that number, the newest first; without it from the end.

        Each is of :data:`BATCH` entries that follow one another, and has the number of the first.
        Those of other ``kinds``, where any are named, are left out, so it can be empty. Whoever has
        enough of them looks no further.
        """
        last_id = _BEYOND_ALL if before is None else before
        while True:
            with self._reading():
                rows = self._db.execute(
                    _ENTRIES + " WHERE id < ? ORDER BY id DESC LIMIT ?", (last_id, BATCH)
                ).fetchall()
                batch = [self._entry(*row) for row in rows if not kinds or row[1] in kinds]
            if not rows:
                return
            last_id = rows[-1][0]
            yield last_id, batch

    def first_after(self, time: str) -> int:
        """The number of the first entry that was written after ``time``, or that it would have.

        Found by halving, as if times grew with the numbers: around a clock that was put back it
        may be another near it.
        """
        with self._reading():
            ((low, high),) = self._db.execute(
                # One at a time, or SQLite walks along the whole table.
                "SELECT coalesce((SELECT min(id) FROM journal), 1),"
                " coalesce((SELECT max(id) FROM journal), 0) + 1"
            ).fetchall()
            while low < high:
                middle = (low + high) // 2
                number, written = self._db.execute(
                    "SELECT id, time FROM journal WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
                ).fetchone()
                if written > time:
                    high = middle
                else:
                    low = number + 1
            return int(low)

    def since(self, time: str = "") -> Iterator[Entry]:
        """Every event that was written at ``time`` or later, in order. RFC 3339 UTC, as
        :func:`facedoor.times.utc_now` writes it."""
        last_id = 0
        while True:
            with self._reading():
                rows = self._db.execute(
                    _ENTRIES + " WHERE id > ? AND time >= ? ORDER BY id LIMIT ?",
                    (last_id, time, BATCH),
                )
                batch = [self._entry(*row) for row in rows]
            yield from batch
            if not batch:
                return
            last_id = batch[-1].id

    @contextmanager
    def _reading(self, *tables: str) -> Iterator[None]:
        with trusting(self._db, "read the journal", *tables):
            require_key(self._db, self._vault)
            yield

    def _entry(
        self,
        number: int,
        kind: str,
        time: str,
        text: str,
        person: bytes | None,
        nearest: bytes | None,
        picture: int,
    ) -> Entry:
        payload = json.loads(text)
        if person is not None:
            payload["person"] = mentions.read(self._vault, number, person)
        if "nearest" in payload:  # as a commitment
            payload["nearest"] = None
        if nearest is not None:
            payload["nearest"] = mentions.read(self._vault, number, nearest, mentions.NEAREST)
        if picture:
            payload["picture"] = True
        return Entry(number, kind, time, payload)
