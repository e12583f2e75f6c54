"""The audit of the state file: is the journal all there, in order, and as it was written; and is
everything else what was written with the key?"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from facedoor.languages import _
from facedoor.storage import enrolment_pictures, ledger, mentions, pictures
from facedoor.storage.chain import ChainedEntry, Gap
from facedoor.storage.ledger import EMPTY, Head
from facedoor.storage.store import reading, require_key
from facedoor.storage.vault import Vault

# Everything is read as bytes: in a damaged file a text need be no text any more, a blob no blob and
# neither of them there, and none of that may end the audit.
_ROWS = (
    "SELECT id, CAST(time AS BLOB), CAST(kind AS BLOB), CAST(payload AS BLOB),"
    " CAST(person AS BLOB), mac, CAST(mention.sealed AS BLOB),"
    " CAST(nearest_mention.sealed AS BLOB) FROM journal"
    " LEFT JOIN mention ON mention.entry_id = id"
    " LEFT JOIN nearest_mention ON nearest_mention.entry_id = id ORDER BY id"
)
_GAPS = "SELECT first_id, last_id, coalesce(CAST(mac AS BLOB), x''), proof FROM gap"


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the audit found. ``removed`` counts the entries that were removed on purpose, by age or
    for want of space. ``problem`` tells the first thing that is not as it should be, ``wrong_id``
    which entry, ``None`` where the journal is whole and something else is not."""

    entries: int
    removed: int
    wrong_id: int | None = None
    problem: str | None = None

    @property
    def intact(self) -> bool:
        return self.problem is None


class _WrongError(Exception):
    def __init__(self, entry_id: int, problem: str) -> None:
        super().__init__(problem)
        self.entry_id = entry_id


def verify(db: sqlite3.Connection, vault: Vault) -> AuditResult:
    """Check every entry, gap and name, the end, and all other tables.

    Raises :class:`StoreError` for a file that cannot be read or is sealed with another key.
    """
    with reading(db, "verify the journal"):
        db.execute("BEGIN")  # for one view of it all, while the door goes on writing
        try:
            require_key(db, vault)
            return examine(db, vault)
        finally:
            db.rollback()


def examine(db: sqlite3.Connection, vault: Vault) -> AuditResult:
    """As :func:`verify`, in a transaction that the caller holds."""
    audit = _Audit(db, vault)
    try:
        audit.run()
    except _WrongError as wrong:
        return AuditResult(audit.entries, audit.removed, wrong.entry_id, str(wrong))
    if changed := ledger.changed(db):
        problem = _("something without the key has changed {changed}").format(
            changed=", ".join(changed)
        )
        return AuditResult(audit.entries, audit.removed, problem=problem)
    if (visit := pictures.changed(db)) is not None:
        problem = _("the picture of visit {visit} is not what was kept").format(visit=visit)
        return AuditResult(audit.entries, audit.removed, problem=problem)
    if (person := enrolment_pictures.changed(db)) is not None:
        problem = _("a picture of the enrolment of person {person} is not what was kept").format(
            person=person
        )
        return AuditResult(audit.entries, audit.removed, problem=problem)
    return AuditResult(audit.entries, audit.removed)


class _Audit:
    """One walk along the chain."""

    def __init__(self, db: sqlite3.Connection, vault: Vault) -> None:
        self.entries = 0
        self.removed = 0
        self._db = db
        self._vault = vault
        self._at = EMPTY

    def run(self) -> None:
        gaps = {row[0]: (Gap(*row[:3]), row[3]) for row in self._db.execute(_GAPS)}
        for record, mac, person, nearest in self._rows():
            self._pass(gaps)
            due = self._at.id + 1
            if record.id > due:
                raise _WrongError(due, _("entry {due} is missing").format(due=due))
            if record.id < due or mac != record.mac(self._vault, self._at.mac):
                raise _WrongError(
                    record.id, _("entry {id} is not what was written there").format(id=record.id)
                )
            self._check_names(record, person, nearest)
            self._at = Head(record.id, mac)
            self.entries += 1
        self._pass(gaps)
        self._check_end()
        for first_id in sorted(gaps):
            raise _not_clear(first_id)
        if stray := self._db.execute(
            "SELECT min(entry_id) FROM (SELECT entry_id FROM mention UNION ALL"
            " SELECT entry_id FROM nearest_mention) WHERE entry_id NOT IN (SELECT id FROM journal)"
        ).fetchone()[0]:
            raise _WrongError(
                stray, _("entry {stray} has a name but is missing").format(stray=stray)
            )

    def _pass(self, gaps: dict[int, tuple[Gap, bytes]]) -> None:
        """Go over the gaps that stand here; they are taken out of ``gaps``."""
        while found := gaps.pop(self._at.id + 1, None):
            gap, proof = found
            if proof != gap.proof(self._vault):
                raise _not_clear(gap.first_id)
            self.removed += gap.last_id - gap.first_id + 1
            self._at = Head(gap.last_id, gap.mac)

    def _check_names(
        self, record: ChainedEntry, person: bytes | None, nearest: bytes | None
    ) -> None:
        """The entry itself is what was written."""
        if not mentions.is_true(self._vault, record.id, person, record.person):
            raise _WrongError(
                record.id, _("the person in entry {id} is not who was written").format(id=record.id)
            )
        said = json.loads(record.payload).get("nearest") if '"nearest"' in record.payload else None
        commitment = bytes.fromhex(said) if isinstance(said, str) else None
        if not mentions.is_true(self._vault, record.id, nearest, commitment, mentions.NEAREST):
            raise _WrongError(
                record.id,
                _("the nearest person in entry {id} is not who was written").format(id=record.id),
            )

    def _check_end(self) -> None:
        try:
            head = ledger.read(self._db, self._vault).head
        except ValueError as error:
            problem = _("the ledger, which says how far the journal goes, is not what was written")
            raise _WrongError(self._at.id, problem) from error
        if self._at.id < head.id:
            missing = self._at.id + 1
            raise _WrongError(
                missing,
                _("entry {missing} and what came after it are missing").format(missing=missing),
            )
        if self._at != head:
            raise _WrongError(
                self._at.id, _("entry {id} was not written by this door").format(id=self._at.id)
            )

    def _rows(self) -> Iterator[tuple[ChainedEntry, bytes, bytes | None, bytes | None]]:
        """Each entry, its mark, and what is sealed of the person and the nearest in it."""
        for number, time, kind, payload, person, mac, *sealed in self._db.execute(_ROWS):
            record = ChainedEntry(number, _text(time), _text(kind), _text(payload), person)
            yield record, mac, *sealed


def _text(data: bytes | None) -> str:
    return (data or b"").decode(errors="surrogateescape")


def _not_clear(first_id: int) -> _WrongError:
    return _WrongError(
        first_id,
        _("what was removed from entry {first_id} on is not clear").format(first_id=first_id),
    )
