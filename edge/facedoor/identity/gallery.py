"""Who is enrolled, and changes to it: each one as a whole, noted for whoever has read it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from facedoor.errors import OvertakenError, UsageError
from facedoor.identity.decoding import STORED, are_unit_vectors, require_fit
from facedoor.identity.enrolled import TABLES, Content, Enrolled
from facedoor.identity.guard import Guard, Holder, unguarded
from facedoor.languages import _, ngettext
from facedoor.names import clean_name, said_name
from facedoor.storage import contexts, enrolment_pictures, mentions, traces
from facedoor.storage.enrolment_pictures import EnrolmentPicture
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import require_key, transaction

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor.wire.events import Event

NOTED_CHANGES = 100
"""So many are remembered: whoever has missed more reads everything again."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal came to: the name is erased from ``entries`` entries of the journal."""

    name: str
    was_enrolled: bool
    entries: int

    def __str__(self) -> str:
        if self.was_enrolled:
            return _("{name} is no longer enrolled").format(name=self.name)
        return ngettext(
            "{name} is not enrolled; the name was erased from {count} entry of the journal",
            "{name} is not enrolled; the name was erased from {count} entries of the journal",
            self.entries,
        ).format(name=self.name, count=self.entries)


class Gallery(Enrolled):
    """The people in the state file, to read and to change.

    Every method raises :class:`StoreError` when the state file fails, and then nothing has changed.
    """

    def holder(self, name: str) -> Holder:
        """Who has a name. Raises :class:`UsageError` for what can be nobody's name."""
        name = said_name(name)
        with self._reading():
            return Holder(self._number(name), mentions.last_holder(self._db, self._vault, name))

    def require_name_since(self, name: str, issued_s: float) -> None:
        """Raise :class:`OvertakenError` if the name has gone from one person to another after a
        command was signed, at ``issued_s`` seconds since 1970: it may mean the former."""
        with self._reading():
            passed_on_s = mentions.passed_on_s(self._db, self._vault, said_name(name))
        # What a clock that ran ahead has noted says nothing.
        if passed_on_s is not None and issued_s < passed_on_s <= time.time():
            raise OvertakenError(
                _(
                    "somebody else has had the name since this was signed: see who is enrolled, "
                    "and the clock of the sender, and ask again"
                )
            )

    def same_holder(self, name: str) -> Guard:
        """What fails, with :class:`OvertakenError`, once the name is somebody else's than now."""
        return partial(self.require_holder, name, self.holder(name))

    def require_holder(self, name: str, holder: Holder) -> None:
        """Raise :class:`OvertakenError` unless the name is still that of ``holder``.

        For whatever is done later than it was asked for; in the transaction that does it.
        """
        if self.holder(name) != holder:
            raise OvertakenError(
                _(
                    "whoever it was about was enrolled, renamed or removed meanwhile: see who is "
                    "enrolled, and ask again"
                )
            )

    def add(
        self,
        name: str,
        vectors: Vector,
        model_sha256: str,
        guard: Guard = unguarded,
        *,
        are_later: bool = False,
        entries: Iterable[Event] = (),
    ) -> None:
        """Add templates to the person ``name``, who is enrolled if need be; all of them or none.

        ``vectors`` is float32 of shape (N, D), N >= 1; raises ``ValueError`` unless they are finite
        and of unit length, and :class:`UsageError` for a bad name. ``are_later``: they do not count
        among :meth:`first_templates`. ``entries`` are written into the journal with them.
        """
        self.add_all(name, {model_sha256: vectors}, guard, are_later=are_later, entries=entries)

    def add_all(
        self,
        name: str,
        by_model: Mapping[str, Vector],
        guard: Guard = unguarded,
        *,
        are_later: bool = False,
        later: Collection[int] = (),
        entries: Iterable[Event] = (),
        pictures: Sequence[bytes] = (),
    ) -> None:
        """As :meth:`add`, templates of several embedders, by their SHA-256; ``later``: the places
        of those that are later ones, where not all are. Of an embedder that would leave without a
        first template none is a later one.

        ``pictures``, where they are to be kept, are those of the first embedder's templates.
        """
        name = said_name(name)
        for vectors in by_model.values():
            if vectors.ndim != 2 or not len(vectors) or not are_unit_vectors(vectors):
                raise ValueError(
                    "templates have to be finite unit vectors, in an array of two axes"
                )
        with self._change("enrol a person") as revision:
            guard()
            number = self._number(name)
            if number is None:
                number = self._enrol(clean_name(name), revision)
            self._note(revision, number)
            kept: list[EnrolmentPicture] = []
            for model, vectors in by_model.items():
                marks = [are_later or place in later for place in range(len(vectors))]
                if all(marks) and not self._has_first(number, model):
                    marks = [False] * len(vectors)
                stored = [vector.astype(STORED).tobytes() for vector in vectors]
                self._insert(number, model, zip(stored, marks, strict=True))
                if pictures and not kept:
                    kept = [EnrolmentPicture(*one) for one in zip(pictures, marks, strict=True)]
            enrolment_pictures.keep(self._db, self._vault, number, kept)
            journal = Journal(self._db, self._vault)
            for entry in entries:
                journal.append(entry)

    def rename(self, old: str, new: str) -> str:
        """Give a person another name, and return it as it is kept.

        Raises :class:`UsageError` if ``old`` is unknown, or ``new`` is bad or somebody else's.
        """
        old, new = said_name(old), clean_name(new)
        with self._change("rename a person") as revision:
            number, taken = self._number(old), self._number(new)
            if number is None:
                raise self._unknown(old)
            if taken not in {None, number}:
                new = self.person(new).name
                raise UsageError(
                    _("{new} is enrolled already: choose another name").format(new=new)
                )
            self._note(revision, number)
            self._name(number, new)
        return new

    def remove(self, name: str, guard: Guard = unguarded) -> Removal:
        """Forget a person, all their templates, their name in the journal, and the pictures of
        their visits.

        A name that only the journal knows, such as that of a refused enrolment, is erased there.
        Raises :class:`UsageError` if nobody and no entry has the name, and :class:`OvertakenError`
        if meanwhile somebody was enrolled, renamed or removed under it.
        """
        name = said_name(name)
        is_same_person = self.same_holder(name)
        with self._reading():
            number = self._number(name)
            # Before the lock is taken, since searching a long journal takes seconds.
            newest = mentions.newest(self._db)
            found = traces.find(self._db, self._vault, number, name)
        with self._change("remove a person") as revision:  # who, the broker may hear
            is_same_person()
            guard()
            found += traces.find(self._db, self._vault, number, name, after_id=newest)
            if number is None:
                if not found.all_entries:
                    raise self._unknown(name)
                # As after a removal: what is under way for the name ends, and no entry that is
                # late writes it down again.
                mentions.remember(self._db, self._vault, name, revision)
            traces.erase(self._db, self._vault, found)
            if number is not None:
                self._note(revision, number)
                self._db.execute("DELETE FROM person WHERE id = ?", (number,))
        return Removal(name, number is not None, len(found.all_entries))

    def replace(self, content: Content) -> int:
        """Enrol somebody with exactly this content, whatever was there; returns their number.

        Pictures of their enrolment stay only where all of their templates do: else they may be of
        somebody else, who had the name before.

        Raises ``ValueError`` for templates that are not unit vectors and :class:`UsageError` for a
        bad name.
        """
        name = said_name(content.name)
        for vectors in content.templates.values():
            require_fit(vectors)
        with self._change("take over a person") as revision:
            number = self._number(name)
            if number is None:
                number = self._enrol(name, revision)
            self._note(revision, number)
            self._name(number, name)
            if not self._keeps_all(number, content):
                enrolment_pictures.drop(self._db, number)
            self._db.execute("DELETE FROM template WHERE person_id = ?", (number,))
            for model, vectors in content.templates.items():
                later = content.later.get(model, ())
                marked = [(vector, place in later) for place, vector in enumerate(vectors)]
                self._insert(number, model, marked)
            return number

    @contextmanager
    def _change(self, doing: str) -> Iterator[int]:
        """A transaction; yields the revision that it results in."""
        with transaction(self._db, doing):
            require_key(self._db, self._vault)
            require_intact(self._db, *TABLES)
            self._db.execute("UPDATE gallery SET revision = revision + 1")
            yield self.revision()

    def _note(self, revision: int, number: int) -> None:
        """Whom a change is about, for :meth:`changed_since`."""
        self._db.execute("INSERT INTO gallery_change VALUES (?, ?)", (revision, number))
        self._db.execute(
            "DELETE FROM gallery_change WHERE revision <= ?", (revision - NOTED_CHANGES,)
        )

    def _enrol(self, name: str, number: int) -> int:
        """Make a person; ``number`` is the new revision.

        No other person had it, nor ever will: revisions only grow.
        """
        sealed = self._vault.seal_text(name, contexts.of_name(number))
        self._db.execute(
            "INSERT INTO person (id, name, name_index) VALUES (?, ?, ?)",
            (number, sealed, self._index(name)),
        )
        mentions.remember(self._db, self._vault, name, number)
        return number

    def _name(self, number: int, name: str) -> None:
        self._db.execute(
            "UPDATE person SET name = ?, name_index = ? WHERE id = ?",
            (self._vault.seal_text(name, contexts.of_name(number)), self._index(name), number),
        )
        mentions.remember(self._db, self._vault, name, number)

    def _insert(
        self, number: int, model_sha256: str, vectors: Iterable[tuple[bytes, bool]]
    ) -> None:
        """Each with whether it is a later one."""
        place = contexts.of_template(number, model_sha256)
        self._db.executemany(
            "INSERT INTO template (person_id, model_sha256, vector, is_later) VALUES (?, ?, ?, ?)",
            [
                (number, model_sha256, self._vault.seal(vector, place), is_later)
                for vector, is_later in vectors
            ],
        )

    def _keeps_all(self, number: int, content: Content) -> bool:
        """Whether ``content`` has every template that the person has now."""
        rows = self._db.execute(
            "SELECT model_sha256, vector FROM template WHERE person_id = ?", (number,)
        )
        return all(
            self._template(sealed, contexts.of_template(number, model))
            in content.templates.get(model, ())
            for model, sealed in rows
        )

    def _has_first(self, number: int, model_sha256: str) -> bool:
        found = self._db.execute(
            "SELECT 1 FROM template WHERE person_id = ? AND model_sha256 = ? AND NOT is_later",
            (number, model_sha256),
        )
        return found.fetchone() is not None
