"""The index of everybody who is enrolled, brought up to date by what has changed.

To open and average every template takes seconds where many are enrolled, and their templates many
times the memory of their means. So they are read person after person, and after a change only
whoever it was about is read again; of everybody else the means stay as they are, to the last bit.

What is read has to be what was written with the key. The first time each row is marked and added
up, as the ledger does it (:mod:`facedoor.storage.ledger`), and the sum for each person is kept.
Afterwards the ledger's new sum has to be the old one, less the old rows of whoever has changed,
plus their new ones. So nobody else can have changed: what is known of them is still what was
written. If that does not hold, whatever the reason, everything is read again.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import TypeAlias

import numpy as np

from facedoor.frames import Vector
from facedoor.identity.decoding import fit
from facedoor.identity.joint import Second
from facedoor.identity.search import Correction, GalleryIndex, mean_directions
from facedoor.identity.templates import Templates
from facedoor.storage import contexts, ledger
from facedoor.storage.store import require_key, trusting
from facedoor.storage.vault import Vault

_AT_ONCE = 256
"""People whose templates are in memory together."""

_OF_ALL = (
    "SELECT person_id, name, vector FROM person"
    " JOIN template ON person_id = person.id AND model_sha256 = ? ORDER BY person_id, template.id"
)
_OF_ONE = (
    "SELECT person_id, name, vector FROM person"
    " JOIN template ON person_id = person.id AND model_sha256 = ? WHERE person_id = ?"
    " ORDER BY template.id"
)
_Row: TypeAlias = tuple[int, bytes, bytes]
_WHOSE = {"person": "id", "template": "person_id"}
"""The tables that are read, and which of their columns says whose a row is."""


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """People with templates, in the order of their ``numbers``."""

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    photos: tuple[int, ...]
    means: Vector
    penalties: Vector
    skipped: frozenset[int]
    """Of whom a template cannot be read or compared; who has no other is not among the others."""


class LiveIndex:
    """Belongs to the thread of ``db``; the indexes that it makes never change."""

    def __init__(
        self,
        db: sqlite3.Connection,
        vault: Vault,
        model_sha256: str,
        size: int,
        correction: Correction | None = None,
    ) -> None:
        """Of the templates that the embedder with this hash made, of ``size`` numbers."""
        self._db = db
        self._vault = vault
        self._model = model_sha256
        self._size = size
        self._correction = correction
        self._revision: int | None = None
        self._marks: dict[int, int] = {}
        """The sum of the marks of each person's rows."""
        self._all = self._batch([])

    @property
    def skipped(self) -> int:
        """Of how many people one or more templates are left out."""
        return len(self._all.skipped)

    @property
    def without(self) -> int:
        """How many people are enrolled and have no template that this embedder made."""
        return len(self._marks.keys() - set(self._all.numbers) - self._all.skipped)

    @property
    def photos(self) -> dict[str, int]:
        """How many templates there are of each person."""
        return dict(zip(self._all.names, self._all.photos, strict=True))

    def read(self, second: Second | None = None) -> GalleryIndex:
        """With everybody as they are now, and what a ``second`` embedder knows of them.

        Raises :class:`StoreError`, and :class:`TamperedError` for what was changed without the key.
        """
        before, self._revision = self._revision, None
        with trusting(self._db, "read the gallery", "gallery", "epoch"):
            require_key(self._db, self._vault)
            ((revision,),) = self._db.execute("SELECT revision FROM gallery").fetchall()
            changed = self._changed(before, revision)
            if changed is None or not self._update(changed):
                self._read_all()
        self._revision = revision
        known = self._all
        penalties = known.penalties if self._correction and known.names else None
        return GalleryIndex.of_means(known.names, known.means, penalties, self._correction, second)

    def _changed(self, before: int | None, revision: int) -> set[int] | None:
        """Whom the changes since were about, ``None`` if that is not known."""
        if before is None or before > revision:
            return None
        rows = self._db.execute(
            "SELECT person_id FROM gallery_change WHERE revision > ?", (before,)
        ).fetchall()
        return {number for (number,) in rows} if len(rows) == revision - before else None

    def _read_all(self) -> None:
        self._marks = ledger.sums_by(self._db, _WHOSE)
        rows = self._db.execute(_OF_ALL, (self._model,))
        most = len(self._marks)
        means = np.empty((most, self._size), np.float32)
        penalties = np.empty(most, np.float32)
        numbers: list[int] = []
        names: list[str] = []
        photos: list[int] = []
        skipped: set[int] = set()
        for some in _in_groups(rows):
            batch = self._batch(some)
            place = slice(len(numbers), len(numbers) + len(batch.numbers))
            means[place], penalties[place] = batch.means, batch.penalties
            numbers += batch.numbers
            names += batch.names
            photos += batch.photos
            skipped |= batch.skipped
        count = len(numbers)
        self._all = _Batch(
            tuple(numbers),
            tuple(names),
            tuple(photos),
            means[:count],
            penalties[:count],
            frozenset(skipped),
        )

    def _update(self, changed: set[int]) -> bool:
        """Read these people again; false if others have changed, too."""
        now = {number: ledger.sum_of(self._db, _WHOSE, number) for number in changed}
        marks = {number: mark for number, mark in self._marks.items() if number not in changed}
        marks |= {number: mark for number, mark in now.items() if mark}
        if not ledger.is_sum(self._db, _WHOSE, marks.values()):
            return False
        rows: list[_Row] = []
        for number in sorted(changed):
            rows += self._db.execute(_OF_ONE, (self._model, number))
        batch = self._batch(rows)
        self._marks, self._all = marks, _merged(self._all, batch, changed)
        return True

    def _batch(self, rows: Sequence[_Row]) -> _Batch:
        """The people of these rows, each with all of theirs."""
        blobs = [self._opened(number, sealed) for number, _, sealed in rows]
        kept, vectors = fit(blobs, self._size)
        owners = [rows[i][0] for i in kept]
        names = {number: sealed for number, sealed, _ in rows}
        numbers = tuple(dict.fromkeys(owners))
        position = {number: i for i, number in enumerate(numbers)}
        places = np.array([position[number] for number in owners], np.intp)
        told = tuple(
            self._vault.open_text(names[number], contexts.of_name(number)) for number in numbers
        )
        means = mean_directions(Templates(told, vectors, places))  # (0, size) of nobody
        penalties = np.zeros(len(told), np.float32)
        if self._correction is not None and told:
            penalties = self._correction.penalties(means)
        skipped = frozenset(rows[i][0] for i in set(range(len(rows))).difference(kept))
        photos = tuple(np.bincount(places, minlength=len(told)).tolist())
        return _Batch(numbers, told, photos, means, penalties, skipped)

    def _opened(self, number: int, sealed: bytes) -> bytes | None:
        with suppress(ValueError):
            return self._vault.open(sealed, contexts.of_template(number, self._model))
        return None


def _in_groups(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """The rows of some people after the other."""
    people = (list(theirs) for _, theirs in groupby(rows, lambda row: row[0]))
    while some := list(islice(people, _AT_ONCE)):
        yield [row for theirs in some for row in theirs]


def _merged(known: _Batch, new: _Batch, changed: set[int]) -> _Batch:
    """``known`` with ``new`` in the place of whoever has ``changed``."""
    pieces: list[tuple[_Batch, slice]] = []
    at = new_at = 0
    for number in sorted(changed):
        place = bisect_left(known.numbers, number)
        pieces.append((known, slice(at, place)))
        at = place + (known.numbers[place : place + 1] == (number,))
        if new.numbers[new_at : new_at + 1] == (number,):
            pieces.append((new, slice(new_at, new_at + 1)))
            new_at += 1
    pieces.append((known, slice(at, None)))
    return _Batch(
        tuple(chain.from_iterable(batch.numbers[part] for batch, part in pieces)),
        tuple(chain.from_iterable(batch.names[part] for batch, part in pieces)),
        tuple(chain.from_iterable(batch.photos[part] for batch, part in pieces)),
        np.concatenate([batch.means[part] for batch, part in pieces]),
        np.concatenate([batch.penalties[part] for batch, part in pieces]),
        (known.skipped - changed) | new.skipped,
    )
