"""What happened at the door, in order: decisions and system events, written once, never changed.

The journal is also the outbox. An event is on the disk before anybody acts on it or hears of it;
whoever delivers it reads on from a cursor that says up to where everything has been sent. So an
event can be sent twice, after a crash between sending and :meth:`Journal.mark_sent`, but never be
lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from facedoor.store import reading, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. ``id`` grows from event to event; ``time`` is RFC 3339 UTC, of the writing."""

    id: int
    kind: str
    time: str
    payload: dict[str, Any]


class Journal:
    """The journal in the state file ``db`` (see :func:`facedoor.store.open_store`).

    Every method raises :class:`StoreError` when the state file fails.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def append(self, kind: str, payload: Mapping[str, object]) -> int:
        """Write an event and return its id; it is on the disk then.

        Raises ``TypeError`` or ``ValueError`` for a payload that is not JSON.
        """
        text = json.dumps(dict(payload), ensure_ascii=False, allow_nan=False)
        with transaction(self._db, "write to the journal"):
            (entry_id,) = self._db.execute(
                "INSERT INTO journal (kind, payload) VALUES (?, ?) RETURNING id", (kind, text)
            ).fetchone()
        return int(entry_id)

    def unsent(self, limit: int) -> list[Entry]:
        """The oldest events after the cursor, at most ``limit``, in order."""
        with reading(self._db, "read the journal"):
            cursor = self._db.execute("SELECT sent_up_to FROM outbox").fetchone()
            rows = self._db.execute(
                "SELECT id, kind, time, payload FROM journal WHERE id > ? ORDER BY id LIMIT ?",
                (*cursor, limit),
            )
            return [_entry(row) for row in rows]

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
        with reading(self._db, "read the journal"):
            rows = self._db.execute(
                "SELECT id, kind, time, payload FROM journal ORDER BY id DESC LIMIT ?", (limit,)
            )
            return [_entry(row) for row in rows][::-1]


def _entry(row: tuple[int, str, str, str]) -> Entry:
    return Entry(*row[:3], payload=json.loads(row[3]))
