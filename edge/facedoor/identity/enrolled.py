"""Who is enrolled, as the state file tells it: people, their templates and kept pictures.

A person has several templates: embeddings of different pictures, each marked with the SHA-256 of
the embedder that made it. Embeddings of two embedders have nothing to do with each other, so they
are only ever read by model. Names and templates are sealed (:mod:`facedoor.storage.vault`).
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import UsageError
from facedoor.identity.decoding import fit
from facedoor.identity.templates import Templates
from facedoor.languages import _
from facedoor.names import name_key, said_name
from facedoor.storage import contexts, enrolment_pictures
from facedoor.storage.enrolment_pictures import EnrolmentPicture
from facedoor.storage.store import require_key, trusting
from facedoor.storage.vault import Vault

if TYPE_CHECKING:
    from facedoor.frames import Vector

_PEOPLE = (
    "SELECT id, name, ifnull((SELECT count(*) AS n FROM template WHERE person_id = person.id"
    " GROUP BY model_sha256 ORDER BY n DESC LIMIT 1), 0), enrolled_at FROM person"
)

TABLES = ("person", "template", "gallery", "epoch")
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


class Enrolled:
    """The people in the state file ``db`` (see :func:`facedoor.storage.store.open_store`), to read.

    Names are kept as given but compared by :func:`facedoor.names.name_key`: Anna and anna are one
    person.
    Every method raises :class:`StoreError` when the state file fails.
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
        with trusting(self._db, "read pictures of an enrolment", *TABLES, enrolment_pictures.TABLE):
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
        with trusting(self._db, "read the gallery", *TABLES):
            require_key(self._db, self._vault)
            yield

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
            return UsageError(
                _("nobody called {name} is enrolled; did you mean {other}?").format(
                    name=name, other=names[close[0]]
                )
            )
        return UsageError(
            _("nobody called {name} is enrolled: see who is, with facedoor people list").format(
                name=name
            )
        )
