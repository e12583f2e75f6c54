"""Who is enrolled: people and their templates, kept in the state file.

A person has several templates: embeddings of different pictures, each marked with the SHA-256 of
the embedder that made it. Embeddings of two embedders have nothing to do with each other, so they
are only ever read by model. Names and templates are sealed (:mod:`facedoor.storage.vault`).
"""

from __future__ import annotations

import difflib
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import OvertakenError, UsageError
from facedoor.identity.decoding import STORED, are_unit_vectors, fit, require_fit
from facedoor.identity.guard import Guard, Holder, unguarded
from facedoor.identity.templates import Templates
from facedoor.names import clean_name, name_key, said_name
from facedoor.printable import counted
from facedoor.storage import contexts, enrolment_pictures, mentions, traces
from facedoor.storage.enrolment_pictures import EnrolmentPicture
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import require_key, transaction, trusting
from facedoor.storage.vault import Vault

if TYPE_CHECKING:
    from facedoor.frames import Vector
    from facedoor.wire.events import Event

_PEOPLE = (
    "SELECT id, name, ifnull((SELECT count(*) AS n FROM template WHERE person_id = person.id"
    " GROUP BY model_sha256 ORDER BY n DESC LIMIT 1), 0), enrolled_at FROM person"
)
NOTED_CHANGES = 100
"""So many are remembered: whoever has missed more reads everything again."""

_TABLES = ("person", "template", "gallery", "epoch")
"""What says who is enrolled: in a file of another epoch that would be others."""


@dataclass(frozen=True, slots=True)
class Person:
    """One enrolled person. ``templates`` counts those of the model of which there are most;
    ``enrolled_at`` is RFC 3339 UTC."""

    name: str
    templates: int
    enrolled_at: str


@dataclass(frozen=True, slots=True)
class Content:
    """What is known about an enrolled person.

    ``templates`` are by the SHA-256 of their embedder: little-endian float32, in the order in which
    they were added. ``later`` has the places among them, from 0, of those that came after the first
    enrolment and not from an admin; raises ``ValueError`` where that leaves none.
    """

    name: str
    templates: Mapping[str, tuple[bytes, ...]]
    later: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for model, places in self.later.items():
            if not set(range(len(self.templates.get(model, ())))) - set(places):
                raise ValueError("one of the templates has to be the first")


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal came to: the name is erased from ``entries`` entries of the journal."""

    name: str
    was_enrolled: bool
    entries: int

    def __str__(self) -> str:
        if self.was_enrolled:
            return f"{self.name} is no longer enrolled"
        entries = counted(self.entries, "entry", "entries")
        return f"{self.name} is not enrolled; the name was erased from {entries} of the journal"


class Gallery:
    """The people in the state file ``db`` (see :func:`facedoor.storage.store.open_store`).

    Names are kept as given but compared by :func:`facedoor.names.name_key`: Anna and anna are one
    person.
    Every method raises :class:`StoreError` when the state file fails, and then nothing has changed.
    """

    def __init__(self, db: sqlite3.Connection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def people(self) -> list[Person]:
        """Everybody, in alphabetical order."""
        with self._reading():
            people = [self._person(*row) for row in self._db.execute(_PEOPLE)]
        return sorted(people, key=lambda person: name_key(person.name))

    def find(self, name: str) -> Person | None:
        """The person of that name. Raises :class:`UsageError` for what can be nobody's name."""
        index = self._index(said_name(name))
        with self._reading():
            row = self._db.execute(_PEOPLE + " WHERE name_index = ?", (index,)).fetchone()
            return self._person(*row) if row else None

    def person(self, name: str) -> Person:
        """The person of that name. Raises :class:`UsageError` if there is none."""
        person = self.find(name)
        if person is None:
            raise self._unknown(name)
        return person

    def is_enrolled(self, name: str) -> bool:
        """Whether somebody has that name now. Raises :class:`UsageError` as :meth:`find`."""
        index = self._index(said_name(name))
        with trusting(self._db, "see who is enrolled", "person"):
            found = self._db.execute("SELECT 1 FROM person WHERE name_index = ?", (index,))
            return found.fetchone() is not None

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
                "somebody else has had the name since this was signed: see who is enrolled, and "
                "the clock of the sender, and ask again"
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
                "whoever it was about was enrolled, renamed or removed meanwhile: "
                "see who is enrolled, and ask again"
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
                raise UsageError(f"{new} is enrolled already: choose another name")
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

    def templates(self, model_sha256: str, size: int | None = None) -> Templates:
        """Every template that the embedder with this hash made, and that can be one.

        ``size`` is how many numbers its embeddings have; without it, as most of them have.
        """
        with self._reading():
            rows = self._db.execute(
                "SELECT person_id, name, vector"
                " FROM person JOIN template ON person_id = person.id AND model_sha256 = ?"
                " ORDER BY person_id, template.id",
                (model_sha256,),
            ).fetchall()
            names = {number: sealed for number, sealed, _ in rows}
            place = {number: contexts.of_template(number, model_sha256) for number in names}
            kept, vectors = fit([self._template(sealed, place[n]) for n, _, sealed in rows], size)
            owners = [rows[i][0] for i in kept]
            position = {number: i for i, number in enumerate(dict.fromkeys(owners))}
            return Templates(
                tuple(self._vault.open_text(names[n], contexts.of_name(n)) for n in position),
                vectors,
                np.array([position[number] for number in owners], np.intp),
                len({rows[i][0] for i in set(range(len(rows))).difference(kept)}),
            )

    def first_templates(self, name: str, model_sha256: str, size: int | None = None) -> Vector:
        """Those of a person's first enrolment, and of admins, as :meth:`templates` reads them:
        float32 of shape (n, D)."""
        with self._reading():
            number = self._number(name)
            rows = self._db.execute(
                "SELECT vector FROM template WHERE person_id = ? AND model_sha256 = ?"
                " AND NOT is_later ORDER BY id",
                (number, model_sha256),
            )
            place = contexts.of_template(number or 0, model_sha256)
            _, vectors = fit([self._template(sealed, place) for (sealed,) in rows], size)
            return vectors

    def without(self, model_sha256: str) -> list[str]:
        """Who has no template that the embedder with this hash made, in alphabetical order."""
        with self._reading():
            rows = self._db.execute(
                "SELECT id, name FROM person WHERE NOT EXISTS"
                " (SELECT 1 FROM template WHERE person_id = person.id AND model_sha256 = ?)",
                (model_sha256,),
            )
            names = [self._vault.open_text(name, contexts.of_name(n)) for n, name in rows]
        return sorted(names, key=name_key)

    def pictures(self, name: str) -> list[EnrolmentPicture]:
        """Those that were kept when a person was enrolled. Raises :class:`UsageError` as
        :meth:`find`, and :class:`StoreError` for one that was changed."""
        name = said_name(name)
        with trusting(
            self._db, "read pictures of an enrolment", *_TABLES, enrolment_pictures.TABLE
        ):
            require_key(self._db, self._vault)
            number = self._number(name)
            return enrolment_pictures.read(self._db, self._vault, number) if number else []

    def pictured(self) -> set[str]:
        """Of whom pictures are kept."""
        with self._reading():
            rows = self._db.execute(
                "SELECT id, name FROM person WHERE id IN (SELECT person_id FROM enrolment_picture)"
            )
            return {self._vault.open_text(name, contexts.of_name(n)) for n, name in rows}

    def content(self, number: int) -> Content | None:
        """All that is known about the person with this number, if there is one."""
        with self._reading():
            row = self._db.execute("SELECT name FROM person WHERE id = ?", (number,)).fetchone()
            if row is None:
                return None
            name = self._vault.open_text(row[0], contexts.of_name(number))
            templates: dict[str, tuple[bytes, ...]] = {}
            later: dict[str, tuple[int, ...]] = {}
            for model, sealed, is_later in self._db.execute(
                "SELECT model_sha256, vector, is_later FROM template WHERE person_id = ?"
                " ORDER BY id",
                (number,),
            ):
                vector = self._vault.open(sealed, contexts.of_template(number, model))
                if is_later:
                    later[model] = (*later.get(model, ()), len(templates.get(model, ())))
                templates[model] = (*templates.get(model, ()), vector)
            return Content(name, templates, later)

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

    def revision(self) -> int:
        """A number that grows with each change, whichever process made it.

        Cheap: a running door asks often, and reads the templates again when it has grown. Ask
        before reading them, so that a change in between is noticed the next time.
        """
        with trusting(self._db, "read the gallery", "gallery"):
            ((revision,),) = self._db.execute("SELECT revision FROM gallery").fetchall()
            return int(revision)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with trusting(self._db, "read the gallery", *_TABLES):
            require_key(self._db, self._vault)
            yield

    @contextmanager
    def _change(self, doing: str) -> Iterator[int]:
        """A transaction; yields the revision that it results in."""
        with transaction(self._db, doing):
            require_key(self._db, self._vault)
            require_intact(self._db, *_TABLES)
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

    def _template(self, sealed: bytes, place: str) -> bytes | None:
        with suppress(ValueError):
            return self._vault.open(sealed, place)
        return None

    def _number(self, name: str) -> int | None:
        row = self._db.execute(
            "SELECT id FROM person WHERE name_index = ?", (self._index(name),)
        ).fetchone()
        return int(row[0]) if row else None

    def _index(self, name: str) -> bytes:
        return self._vault.index(name_key(name))

    def _person(self, number: int, name: bytes, templates: int, enrolled_at: str) -> Person:
        return Person(self._vault.open_text(name, contexts.of_name(number)), templates, enrolled_at)

    def _unknown(self, name: str) -> UsageError:
        names = {name_key(person.name): person.name for person in self.people()}
        close = difflib.get_close_matches(name_key(name), names, n=1, cutoff=0.5)
        if close:
            return UsageError(f"nobody called {name} is enrolled; did you mean {names[close[0]]}?")
        return UsageError(
            f"nobody called {name} is enrolled: see who is, with facedoor people list"
        )
