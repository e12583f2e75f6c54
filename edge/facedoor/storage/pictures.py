"""Pictures of visits: the best view of each, if the owner wants any, sealed as templates are.

A picture belongs to its visit's entries in the journal. There is none before the visit's decision
is written, it goes with that entry at the latest, and it is erased with the name in it. Whether
there is one is said nowhere but here: an entry that is read says ``picture`` as long as it is true.

What bounds them: a number of MB, whoever comes, where the oldest give way in the transaction that
keeps another; and an age (:class:`PictureLifetime`).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from facedoor.config.options import StorageConfig
from facedoor.reasons import ABOUT_LIVENESS, Reason
from facedoor.storage import contexts, mentions
from facedoor.storage.ages import OldEntries
from facedoor.storage.store import reading, require_key, transaction, trusting
from facedoor.storage.vault import Vault

RECENT = 500
"""Entries among which the decision of a visit is looked for: the last is a moment old."""

ROOM = 0.9
"""How full it is, as a share of what may be taken, once the oldest have given way."""

LOOKED_THROUGH = 100_000
"""Entries that are searched for a visit that somebody names: a fraction of a second."""

AT_ONCE = 50
"""Pictures that are erased in one transaction: few enough that nobody waits for the lock long."""

_DECISIONS = (
    "SELECT id, person IS NOT NULL, sealed FROM"
    " (SELECT * FROM journal WHERE kind = 'decision' AND id > ?) LEFT JOIN mention ON entry_id = id"
    " WHERE json_extract(payload, '$.visit') = ? ORDER BY id DESC"
)

_NOT_WANTED = (
    "SELECT visit FROM picture WHERE entry_id <= :old OR :keep = 'none'"
    " OR (:keep = 'unknown' AND visit IN"
    # Visits with a decision of which it is certain who it was: see Decision.is_certain_who.
    " (SELECT json_extract(payload, '$.visit') FROM journal"
    " WHERE kind = 'decision' AND person IS NOT NULL"
    " AND id > (SELECT min(entry_id) FROM picture) - :recent AND json_extract(payload, '$.reason')"
    " NOT IN (SELECT value FROM json_each(:about_liveness))))"
    " ORDER BY entry_id LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class VisitPicture:
    """A JPEG file of a ``visit``; the higher its ``score``, the better it shows the face."""

    visit: str
    jpeg: bytes
    score: float


@dataclass(frozen=True, slots=True)
class Kept:
    """Which picture is kept: of which ``visit``, with the entry of its last decision."""

    entry_id: int
    visit: str
    score: float


class Pictures:
    """Those in the state file ``db``. Every method raises :class:`StoreError` when that fails."""

    def __init__(self, db: sqlite3.Connection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def keep(self, picture: VisitPicture, most_mb: float) -> bool:
        """Keep it, unless a better one of the visit is there; the oldest give way to it, so that
        all are ``most_mb`` at most.

        False where it is not kept: also where the visit has no entry in the journal, or somebody in
        it has been erased.
        """
        visit = picture.visit
        # Before the lock is taken, under which the door may have to wait.
        sealed = self._vault.seal(picture.jpeg, contexts.of_picture(visit))
        doing = "keep a picture of a visit"
        with reading(self._db, doing), transaction(self._db, doing):
            require_key(self._db, self._vault)
            entry_id = self._entry_of(visit)
            if entry_id is None:
                return False
            self._db.execute(
                "UPDATE picture SET entry_id = ? WHERE visit = ? AND entry_id != ?",
                (entry_id, visit, entry_id),
            )
            known = self._db.execute("SELECT score FROM picture WHERE visit = ?", (visit,))
            if (row := known.fetchone()) is not None and row[0] >= picture.score:
                return False
            digest = hashlib.sha256(sealed).digest()
            self._db.execute(
                "INSERT INTO picture VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " score = excluded.score, bytes = excluded.bytes, digest = excluded.digest",
                (visit, entry_id, picture.score, len(sealed), digest),
            )
            self._db.execute(
                "INSERT INTO picture_data VALUES (?, ?) ON CONFLICT DO UPDATE SET"
                " sealed = excluded.sealed",
                (visit, sealed),
            )
            self._make_room(most_mb)
        return True

    def get(self, visit: str) -> bytes | None:
        """The JPEG file of a visit, if one is kept."""
        with trusting(self._db, "read a picture of a visit", "picture"):
            require_key(self._db, self._vault)
            row = self._db.execute(
                "SELECT digest, sealed FROM picture JOIN picture_data USING (visit)"
                " WHERE visit = ?",
                (visit,),
            ).fetchone()
            if row is None:
                return None
            digest, sealed = row
            if hashlib.sha256(sealed).digest() != digest:
                raise ValueError("not the picture that was kept")
            return self._vault.open(sealed, contexts.of_picture(visit))

    def is_visit(self, visit: str) -> bool:
        """Whether one of the last :data:`LOOKED_THROUGH` entries is a decision about it."""
        return self._is_told("json_extract(payload, '$.visit') = ?", visit)

    def is_not_live(self, visit: str) -> bool:
        """Whether one of them says that it was no live face that came."""
        condition = "json_extract(payload, '$.visit') = ? AND json_extract(payload, '$.reason') = ?"
        return self._is_told(condition, visit, Reason.NOT_LIVE.value)

    def newest(self) -> Kept | None:
        """The picture of the last visit of which one is kept."""
        with reading(self._db, "look for the newest picture of a visit"):
            row = self._db.execute(
                "SELECT entry_id, visit, score FROM picture ORDER BY entry_id DESC LIMIT 1"
            ).fetchone()
        return row and Kept(*row)

    def has(self, visit: str) -> bool:
        """Whether a picture of a visit is kept."""
        with reading(self._db, "look for a picture of a visit"):
            query = "SELECT EXISTS (SELECT 1 FROM picture WHERE visit = ?)"
            return bool(self._db.execute(query, (visit,)).fetchone()[0])

    def erase(self, visits: Iterable[str]) -> None:
        """Take the pictures of these visits out, if there are any."""
        with transaction(self._db, "erase pictures of visits"):
            erase(self._db, visits)

    def _is_told(self, condition: str, *values: str) -> bool:
        with reading(self._db, "look for a visit"):
            ((last,),) = self._db.execute("SELECT coalesce(max(id), 0) FROM journal").fetchall()
            query = "SELECT 1 FROM journal WHERE id > ? AND kind = 'decision' AND "
            found = self._db.execute(
                f"{query}{condition} ORDER BY id DESC LIMIT 1", (last - LOOKED_THROUGH, *values)
            )
            return found.fetchone() is not None

    def _entry_of(self, visit: str) -> int | None:
        """The last decision of a visit of just now, unless somebody was erased from one of them."""
        ((last,),) = self._db.execute("SELECT coalesce(max(id), 0) FROM journal").fetchall()
        rows = self._db.execute(_DECISIONS, (last - RECENT, visit)).fetchall()
        for entry_id, is_about_somebody, sealed in rows:
            if is_about_somebody and mentions.read(self._vault, entry_id, sealed) is None:
                return None
        return int(rows[0][0]) if rows else None

    def _make_room(self, most_mb: float) -> None:
        used = used_bytes(self._db)
        if used <= most_mb * 1e6:
            return
        # More than need be, since what is erased has to be scrubbed, which takes the disk a while.
        over = used - ROOM * most_mb * 1e6
        oldest = self._db.execute("SELECT visit, bytes FROM picture ORDER BY entry_id").fetchall()
        goes = []
        for visit, size in oldest:
            if over <= 0:
                break
            goes.append(visit)
            over -= size
        erase(self._db, goes)


def used_bytes(db: sqlite3.Connection) -> int:
    """What all pictures take in the state file."""
    ((size,),) = db.execute("SELECT coalesce(sum(bytes), 0) FROM picture").fetchall()
    return int(size)


def erase(db: sqlite3.Connection, visits: Iterable[str]) -> None:
    """As :meth:`Pictures.erase`; the caller holds the transaction."""
    db.executemany("DELETE FROM picture WHERE visit = ?", [(visit,) for visit in visits])


def changed(db: sqlite3.Connection) -> str | None:
    """A visit whose picture is not what was kept, or has no row that says what it has to be."""
    digests = dict(db.execute("SELECT visit, digest FROM picture").fetchall())
    for (visit,) in db.execute("SELECT visit FROM picture_data").fetchall():
        query = "SELECT CAST(sealed AS BLOB) FROM picture_data WHERE visit = ?"
        ((sealed,),) = db.execute(query, (visit,)).fetchall()
        if digests.pop(visit, None) != hashlib.sha256(sealed).digest():
            return str(visit)
    return next(iter(digests), None)


def renew_digests(db: sqlite3.Connection) -> None:
    """After all was sealed with another key; the caller holds the transaction."""
    for (visit,) in db.execute("SELECT visit FROM picture").fetchall():
        ((sealed,),) = db.execute("SELECT sealed FROM picture_data WHERE visit = ?", (visit,))
        digest = hashlib.sha256(sealed).digest()
        db.execute("UPDATE picture SET digest = ? WHERE visit = ?", (digest, visit))


class PictureLifetime:
    """Erases the pictures in ``db`` that are not to be there any longer. Belongs to one thread."""

    def __init__(self, db: sqlite3.Connection, config: StorageConfig) -> None:
        self._db = db
        self._config = config
        self._old = OldEntries(db)

    def look(self, now: datetime) -> bool:
        """Erase a few of those that are too old at ``now``, which has to be the right time, or not
        wanted any more. True if there may be others. Raises :class:`StoreError`."""
        doing = "erase old pictures of visits"
        with reading(self._db, doing):
            if not self._db.execute("SELECT EXISTS (SELECT 1 FROM picture)").fetchone()[0]:
                return False
            is_through = self._old.look(now - timedelta(days=self._config.picture_days), now)
            rows = self._db.execute(
                _NOT_WANTED,
                {
                    "old": self._old.last_id,
                    "keep": self._config.keep_pictures,
                    "most": AT_ONCE,
                    "recent": RECENT,
                    "about_liveness": json.dumps(sorted(ABOUT_LIVENESS)),
                },
            ).fetchall()
            if rows:
                with transaction(self._db, doing):
                    erase(self._db, [visit for (visit,) in rows])
        return bool(rows) or not is_through
