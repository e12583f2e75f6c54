"""What a door knows of its site's roster, kept in the state file beside the gallery.

The gallery may be changed by another process that knows nothing of the site: triggers note who was
changed, and the book gives each change its rank when it looks. It remembers the rank of everybody,
also of people who were removed, so that no old record is ever taken for a new one.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from facedoor.errors import OvertakenError, UsageError
from facedoor.identity.enrolled import Content
from facedoor.identity.gallery import Gallery
from facedoor.site.roster import Rank, Record, digest, enrolment, removal
from facedoor.site.site import Site
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import transaction, trusting
from facedoor.times import utc_now
from facedoor.wire.state_events import RecordsSkipped

BATCH = 500
"""So many changes are looked at in one transaction."""

_RANKS = "SELECT id, generation, removed, version, origin, digest FROM roster"

log = logging.getLogger(__name__)


def site_standing(db: sqlite3.Connection, person: str) -> tuple[int, bool] | None:
    """Generation of a person's record, by id, and whether it is a removal; ``None`` without one.

    It changes when somebody was removed at another door, who need not be known here. Raises
    :class:`StoreError`.
    """
    with trusting(db, "read the roster", "roster"):
        row = db.execute(
            "SELECT generation, removed FROM roster WHERE id = ?", (person,)
        ).fetchone()
        return (row[0], bool(row[1])) if row else None


class RosterBook:
    """Belongs to one thread. Every method raises :class:`StoreError` when the state file fails."""

    def __init__(
        self, db: sqlite3.Connection, gallery: Gallery, journal: Journal, site: Site, door: str
    ) -> None:
        """In a site that the state file has not been in before, everybody here is new."""
        self._db = db
        self._gallery = gallery
        self._journal = journal
        self._site = site
        self._door = door
        own = (site.name, site.vault.key_id)
        with transaction(db, "enter the site"):
            if db.execute("SELECT name, key_id FROM site").fetchone() != own:
                db.execute("INSERT OR REPLACE INTO site VALUES (1, ?, ?)", own)
                db.execute("DELETE FROM roster")
                db.execute("INSERT OR IGNORE INTO roster_change SELECT id FROM person")

    def close(self) -> None:
        """Close the state file that the book was given."""
        self._db.close()

    def ranks(self) -> dict[str, Rank]:
        """The rank of each person's record that the door has."""
        with trusting(self._db, "read the roster", "site", "roster"):
            rows = self._db.execute(_RANKS)
            return {row[0]: _rank(row[1:]) for row in rows}

    def record(self, person: str) -> Record | None:
        """What the door says of this person; ``None`` while there is a change to be noted first."""
        with transaction(self._db, "read the roster"):
            row = self._db.execute(
                "SELECT person_id, generation, removed, version, origin, digest, time FROM roster"
                " WHERE id = ?",
                (person,),
            ).fetchone()
            if row is None:
                return None
            number, generation, removed, version, origin, noted, time = row
            content = None if removed else self._gallery.content(number)
        if digest(content, time) != noted:
            return None
        return Record(person, generation, version, origin, time, content)

    def note_changes(self) -> None:
        """Give what was changed at this door its rank."""
        more = True
        while more:
            with transaction(self._db, "note who was changed"):
                rows = self._db.execute(
                    "SELECT person_id FROM roster_change ORDER BY person_id LIMIT ?", (BATCH,)
                )
                numbers = [number for (number,) in rows]
                self._note(numbers)
                for number in numbers:
                    self._forget_change(number)
            more = len(numbers) == BATCH

    def note_skipped(self, people: int) -> None:
        """Write down that of so many people no record could be read, or taken over."""
        self._journal.append(RecordsSkipped(utc_now(), "roster", people))

    def take(self, records: Iterable[Record]) -> list[Record]:
        """Enrol and remove as other doors say; what is not news is left alone.

        Returns those that could not be taken over, whatever the others are.
        """
        best: dict[str, Record] = {}
        skipped: list[Record] = []
        for record in records:
            if record.person not in best or record.rank > best[record.person].rank:
                best[record.person] = record
        self.note_changes()
        for record in best.values():
            self._remove_predecessor(record)
        with transaction(self._db, "take over the roster"):
            require_intact(self._db, "site", "roster")
            self.note_changes()
            for record in best.values():
                if record.content is not None and self._is_news(record):
                    try:
                        number = self._gallery.replace(record.content)
                    except ValueError as error:  # before anything was changed
                        log.warning("person %s is not taken over: %s", record.person, error)
                        skipped.append(record)
                        continue
                    self._write(record, number)
                    self._forget_change(number)
                    log.info("person %s is enrolled, from %s", record.person, record.origin)
        for record in best.values():
            if record.content is None and self._is_news(record):
                self._remove(record)
        return skipped

    def _note(self, numbers: list[int]) -> None:
        """Removals first: who is enrolled under a name that was free again is somebody new."""
        contents = {number: self._gallery.content(number) for number in numbers}
        for number, content in contents.items():
            row = self._db.execute(_RANKS + " WHERE person_id = ?", (number,)).fetchone()
            if row and (content is None or self._site.person(content.name) != row[0]):
                self._write(removal(row[0], _rank(row[1:]), self._door, utc_now()), None)
        for number, content in contents.items():
            if content is None or self._is_noted(number, content):
                continue
            person = self._site.person(content.name)
            record = enrolment(person, self._rank_of(person), content, self._door, utc_now())
            self._write(record, number)

    def _is_noted(self, number: int, content: Content) -> bool:
        row = self._db.execute(
            "SELECT digest, time FROM roster WHERE person_id = ?", (number,)
        ).fetchone()
        return row is not None and row[0] == digest(content, row[1])

    def _remove(self, record: Record) -> None:
        """Not in one transaction, since it takes long to look through the journal.

        Whatever ends it in the middle: the door then says itself that the person is removed.
        """
        (number,) = self._db.execute(
            "SELECT (SELECT person_id FROM roster WHERE id = ?)", (record.person,)
        ).fetchone()
        content = None if number is None else self._gallery.content(number)
        if content is not None:
            with suppress(UsageError):  # renamed or removed just now, by another process
                self._gallery.remove(content.name, partial(self._require, number, content.name))
        with transaction(self._db, "take over the roster"):
            if number is not None and self._gallery.content(number) is None:
                self._forget_change(number)
            self.note_changes()
            if self._is_news(record):
                self._write(record, None)
                log.info("person %s is removed, from %s", record.person, record.origin)

    def _remove_predecessor(self, record: Record) -> None:
        """Forget the person whom another door has removed, before it enrolled one of the same name.

        What is said of the one here, such as when they may come in, is not said of the other.
        """
        known = self._rank_of(record.person)
        if record.content is None or known is None:
            return
        generation, is_removed, *_ = known
        if not is_removed and record.generation > generation:
            removed = removal(record.person, known, record.origin, record.time)
            self._remove(removed)

    def _require(self, number: int, name: str) -> None:
        """Raise :class:`OvertakenError` unless the person of this number has the name."""
        content = self._gallery.content(number)
        if content is None or content.name != name:
            raise OvertakenError("the person has another name now: the removal is of the old one")

    def _is_news(self, record: Record) -> bool:
        known = self._rank_of(record.person)
        return known is None or record.rank > known

    def _rank_of(self, person: str) -> Rank | None:
        row = self._db.execute(_RANKS + " WHERE id = ?", (person,)).fetchone()
        return _rank(row[1:]) if row else None

    def _write(self, record: Record, number: int | None) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO roster"
            " (id, person_id, time, generation, removed, version, origin, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (record.person, number, record.time, *record.rank),
        )

    def _forget_change(self, number: int) -> None:
        self._db.execute("DELETE FROM roster_change WHERE person_id = ?", (number,))


def _rank(row: tuple[int, int, int, str, str]) -> Rank:
    generation, removed, version, origin, noted = row
    return generation, bool(removed), version, origin, noted
