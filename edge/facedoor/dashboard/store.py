"""What the doors told, kept: visits, other entries, and how the doors fared.

It is a copy of a part of the doors' journals, for the page alone. An event is here before the
broker is told that it has come, and each counts once: of every state file of a door it is known up
to which entry it was heard, and a door tells its entries in order.

What is erased is overwritten, in the file and in its write-ahead log.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facedoor.dashboard.bounds import compact
from facedoor.errors import StoreError
from facedoor.files import make_file, make_folder, take_for_owner
from facedoor.languages import _

MOST_VISITS = 10_000
MOST_ENTRIES = 20_000
KEEP_DAYS = 30
POINTS_HOURS = 24
ATTEMPTS_HOURS = 2
"""How long decisions are kept as they came: a visit that goes on is composed of them anew."""

BUSY_S = 1.0
"""Nobody else writes there."""

_VERSION = 1
_TABLES = """
CREATE TABLE client (id TEXT NOT NULL);
CREATE TABLE heard (
    door TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (door, epoch)
) WITHOUT ROWID;
CREATE TABLE visit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, door TEXT NOT NULL, id TEXT NOT NULL,
    began TEXT NOT NULL, said TEXT NOT NULL, entries TEXT NOT NULL, UNIQUE (door, id)
);
CREATE INDEX visit_began ON visit (began, seq);
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, door TEXT NOT NULL, number INTEGER NOT NULL,
    time TEXT NOT NULL, said TEXT NOT NULL
);
CREATE INDEX entry_number ON entry (door, number);
CREATE TABLE attempt (door TEXT NOT NULL, time TEXT NOT NULL, said TEXT NOT NULL);
CREATE TABLE point (
    door TEXT NOT NULL, t_s INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (door, t_s)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class EventId:
    """What names an event: ``front-3f9a1c07-17``."""

    door: str
    epoch: str
    number: int

    @classmethod
    def read(cls, text: object, door: str) -> EventId:
        """Raises ``ValueError`` for what is no id of an event of that door."""
        name, epoch, number = str(text).rsplit("-", 2)
        if name != door or not 1 <= len(epoch) <= 32 or not 1 <= int(number) < 2**62:
            raise ValueError(f"{text!r:.60} is no id of an event of the door {door}")
        return cls(door, epoch, int(number))

    def __str__(self) -> str:
        return f"{self.door}-{self.epoch}-{self.number}"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, as JSON texts, and from where to go on: ``None`` at the end."""

    texts: list[str] = field(default_factory=list)
    more: str | None = None


@dataclass(frozen=True, slots=True)
class _Erasing:
    """What is to be erased: ``visits`` by id, what is in ``entries``, and inferred ``names``."""

    visits: Collection[str] = ()
    entries: Collection[int] = ()
    names: Collection[str] = ()

    def concerns(self, said: dict[str, Any], numbers: list[int]) -> bool:
        """Whether that is something of ``said``, which is of the entries of these ``numbers``."""
        return (
            said.get("payload", said).get("visit", said.get("id")) in self.visits
            or any(number in self.entries for number in numbers)
            or (said.get("person") in self.names and said.get("person_by") != "recognised")
        )


class Store:
    """A connection to the store; belongs to one thread. Methods raise ``sqlite3.Error``."""

    def __init__(self, file: Path) -> None:
        """Open the store, or make it. Raises :class:`StoreError`."""
        try:
            make_folder(file.parent)
            with suppress(FileExistsError):
                # SQLite gives its -wal and -shm files the rights of this one.
                os.close(make_file(file))
            take_for_owner(file)
            self._db = sqlite3.connect(
                file, isolation_level=None, timeout=BUSY_S, check_same_thread=False
            )
            self._open()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                _(
                    "cannot use {file} ({error}): it has to be a file that this user may write; "
                    "one that is damaged can be moved away, then the page begins anew"
                ).format(file=file, error=error)
            ) from error

    def _open(self) -> None:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute("PRAGMA cache_size = -500")
        with self.transaction():
            ((version,),) = self._db.execute("PRAGMA user_version").fetchall()
            if version == 0:
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO client VALUES (?)", (uuid.uuid4().hex[:12],))
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise sqlite3.DatabaseError(
                    _("its version is {version}, and not {known}").format(
                        version=version, known=_VERSION
                    )
                )

    @property
    def client_id(self) -> str:
        """By which the broker knows this dashboard again, and keeps for it what it has missed."""
        ((word,),) = self._db.execute("SELECT id FROM client").fetchall()
        return f"facedoor-dashboard-{word}"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is on the disk afterwards, or none of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def take(self, event: EventId) -> bool:
        """True for an event that is heard for the first time; it counts as heard then."""
        changed = self._db.execute(
            "INSERT INTO heard VALUES (?, ?, ?) ON CONFLICT (door, epoch)"
            " DO UPDATE SET number = excluded.number WHERE number < excluded.number",
            (event.door, event.epoch, event.number),
        )
        return changed.rowcount > 0

    def put_visit(self, visit: dict[str, Any], entries: Collection[int]) -> None:
        """Write a visit, or what it has become; ``entries`` are the door's that it is made of."""
        self._db.execute(
            "INSERT INTO visit (door, id, began, said, entries) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (door, id) DO UPDATE"
            " SET began = excluded.began, said = excluded.said, entries = excluded.entries",
            (visit["door"], visit["id"], visit["began"], compact(visit), compact(list(entries))),
        )

    def label(self, door: str, visit_id: str, person: str) -> str | None:
        """Say who came, where the door did not recognise anybody; the visit as it stands then."""
        for seq, text in self._db.execute(
            "SELECT seq, said FROM visit WHERE door = ? AND id = ?", (door, visit_id)
        ).fetchall():
            said = json.loads(text)
            if said.get("person_by") != "recognised":
                said |= {"person": person, "person_by": "label"}
                self._db.execute("UPDATE visit SET said = ? WHERE seq = ?", (compact(said), seq))
                return compact(said)
        return None

    def put_entry(self, event: EventId, kind: str, time: str, payload: dict[str, Any]) -> str:
        """Write what happened beside visits; returns the entry as the page gets it."""
        entry = {"door": event.door, "id": str(event), "number": event.number, "kind": kind}
        text = compact({**entry, "time": time, "payload": payload})
        done = self._db.execute(
            "INSERT INTO entry (door, number, time, said) VALUES (?, ?, ?, ?)",
            (event.door, event.number, time, text),
        )
        return _with_seq(done.lastrowid, text)

    def put_attempt(self, event: EventId, kind: str, time: str, payload: dict[str, Any]) -> None:
        """Write down what a visit is made of, for as long as it can go on."""
        said = compact({"number": event.number, "kind": kind, "payload": payload})
        self._db.execute("INSERT INTO attempt VALUES (?, ?, ?)", (event.door, time, said))

    def attempts(self, door: str) -> list[tuple[int, str, dict[str, Any]]]:
        """Number, kind and payload of what came of late, in order."""
        rows = self._db.execute("SELECT said FROM attempt WHERE door = ? ORDER BY rowid", (door,))
        found = [json.loads(said) for (said,) in rows]
        return [(said["number"], said["kind"], said["payload"]) for said in found]

    def put_point(self, door: str, t_s: int, values: list[float | None]) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO point VALUES (?, ?, ?)", (door, t_s, compact([t_s, *values]))
        )

    def visits(
        self, before: str = "", limit: int = 200, doors: Collection[str] | None = None
    ) -> Page:
        """The last visits at ``doors``, ``None``: all, newest first; ``before`` is the ``more`` of
        the page before it. Raises ``ValueError`` for what is no such word."""
        began, _, seq = (before or _END).partition("~")
        rows = self._db.execute(
            "SELECT began || '~' || seq, said FROM visit WHERE (began, seq) < (?, ?)"
            " AND (? IS NULL OR door IN (SELECT value FROM json_each(?)))"
            " ORDER BY began DESC, seq DESC LIMIT ?",
            (began, int(seq), *_twice(doors), limit),
        ).fetchall()
        return Page([said for _, said in rows], rows[-1][0] if len(rows) == limit else None)

    def entries(
        self, before: str = "", limit: int = 200, doors: Collection[str] | None = None
    ) -> Page:
        """As :meth:`visits`, of what the doors told beside them."""
        rows = self._db.execute(
            "SELECT seq, said FROM entry WHERE seq < ?"
            " AND (? IS NULL OR door IN (SELECT value FROM json_each(?)))"
            " ORDER BY seq DESC LIMIT ?",
            (int(before or _LAST), *_twice(doors), limit),
        ).fetchall()
        texts = [_with_seq(seq, said) for seq, said in rows]
        return Page(texts, str(rows[-1][0]) if len(rows) == limit else None)

    def points(self, door: str, since_s: float) -> list[str]:
        """How a door fared since then, a JSON list a moment."""
        rows = self._db.execute(
            "SELECT said FROM point WHERE door = ? AND t_s >= ? ORDER BY t_s", (door, since_s)
        )
        return [said for (said,) in rows]

    def who_came(self, door: str, since: str) -> list[tuple[str, str, str, str]]:
        """Of the visits since then whose person is known: person, begin, outcome and reason."""
        rows = self._db.execute(
            "SELECT said ->> 'person', began, said ->> 'outcome', said ->> 'reason' FROM visit"
            " WHERE door = ? AND began >= ? AND said ->> 'person' IS NOT NULL ORDER BY began, seq",
            (door, since),
        )
        return rows.fetchall()

    def history_from(self) -> dict[str, str]:
        """Since when there is anything of each door."""
        rows = self._db.execute(
            "SELECT door, min(began) FROM (SELECT door, began FROM visit"
            " UNION ALL SELECT door, time FROM entry) GROUP BY door"
        )
        return dict(rows)

    def forget(self, door: str, visits: Collection[str], entries: Collection[int]) -> set[str]:
        """Erase whose these visits and entries were, and whatever was inferred from them.

        A visit that was put down to somebody for one that followed has that name too. Returns the
        ids of all visits that have lost a name or a picture.
        """
        names: set[str] = set()
        changed: set[str] = set()
        for table in ("visit", "entry", "attempt"):
            self._erase(table, door, _Erasing(set(visits), set(entries)), names, changed)
        if names:
            self._erase("visit", door, _Erasing(names=frozenset(names)), set(), changed)
        return changed

    def _erase(
        self, table: str, door: str, erasing: _Erasing, names: set[str], changed: set[str]
    ) -> None:
        """Adds the names that were erased, and of visits the ids."""
        select, update = _ERASING[table]
        for row, text, of in self._db.execute(select, (door,)).fetchall():
            said = json.loads(text)
            is_meant = erasing.concerns(said, json.loads(of))
            if is_meant and _without_names(said.get("payload", said), names):
                self._db.execute(update, (compact(said), row))
                if table == "visit":
                    changed.add(said["id"])

    def scrub(self) -> bool:
        """Take what was erased out of the write-ahead log; False if somebody is reading: later."""
        ((is_held, _, _),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return not is_held

    def trim(self, day: str, hour: str, since_s: float) -> None:
        """Erase what is older than ``day``, of attempts than ``hour``, of points than ``since_s``,
        and the oldest of what is too much."""
        with self.transaction():
            for statement in _TRIMMING:
                self._db.execute(
                    statement,
                    {
                        "day": day,
                        "hour": hour,
                        "since_s": since_s,
                        "visits": MOST_VISITS,
                        "entries": MOST_ENTRIES,
                    },
                )

    def close(self) -> None:
        self._db.close()


_LAST = 2**62
_END = f"{{~{_LAST}"
"""Sorts after every time."""

_ERASING = {
    "visit": (
        "SELECT seq, said, entries FROM visit WHERE door = ?",
        "UPDATE visit SET said = ? WHERE seq = ?",
    ),
    "entry": (
        "SELECT seq, said, '[' || number || ']' FROM entry WHERE door = ?",
        "UPDATE entry SET said = ? WHERE seq = ?",
    ),
    "attempt": (
        "SELECT rowid, said, '[' || (said ->> 'number') || ']' FROM attempt WHERE door = ?",
        "UPDATE attempt SET said = ? WHERE rowid = ?",
    ),
}
_TRIMMING = (
    "DELETE FROM visit WHERE began < :day",
    "DELETE FROM entry WHERE time < :day",
    "DELETE FROM attempt WHERE time < :hour",
    "DELETE FROM point WHERE t_s < :since_s",
    """DELETE FROM visit WHERE seq IN
    (SELECT seq FROM visit ORDER BY began DESC, seq DESC LIMIT -1 OFFSET :visits)""",
    """DELETE FROM entry WHERE seq IN
    (SELECT seq FROM entry ORDER BY seq DESC LIMIT -1 OFFSET :entries)""",
)


def _twice(doors: Collection[str] | None) -> tuple[str | None, str | None]:
    text = None if doors is None else json.dumps(sorted(doors))
    return text, text


def _with_seq(seq: int | None, text: str) -> str:
    return f'{{"seq":{seq},{text[1:]}'


def _without_names(content: dict[str, Any], erased: set[str]) -> bool:
    """Take the names, and what is erased with them, out of a visit or a payload."""
    found = {content.get(key) for key in ("person", "nearest")}
    erased |= {name for name in found if isinstance(name, str)}
    before = dict(content)
    for key in ("person", "person_by", "nearest"):
        if key in content:
            content[key] = None
    if content.get("picture"):
        content["picture"] = False
    return content != before
