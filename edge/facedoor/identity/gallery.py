"""Who is enrolled: people and their templates, kept in the state file.

A person has several templates: embeddings of different pictures, each marked with the SHA-256 of
the embedder that made it. Embeddings of two embedders have nothing to do with each other, so they
are only ever read by model.
"""

from __future__ import annotations

import difflib
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedoor.errors import UsageError
from facedoor.store import reading, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from facedoor.frames import Vector

NAME_CHARACTERS = 64
"""Longest name: it has to fit a line of a log and a field of a form."""

_PEOPLE = (
    "SELECT name, (SELECT count(*) FROM template WHERE person_id = person.id), enrolled_at"
    " FROM person"
)
_STORED = np.dtype("<f4")
_UNIT_TOLERANCE = 1e-3
"""Largest difference of a squared length from 1: float32 rounding gives about 1e-6."""


@dataclass(frozen=True, slots=True)
class Person:
    """One enrolled person. ``templates`` counts those of every model; ``enrolled_at`` is RFC 3339
    UTC."""

    name: str
    templates: int
    enrolled_at: str


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """All templates of one model.

    ``vectors`` is float32 of shape (N, D), unit vectors; ``owners`` is an integer array of shape
    (N,): ``names[owners[i]]`` is whose ``vectors[i]`` is. Templates of one person stand together,
    in the order of ``names``; raises ``ValueError`` for any other layout.
    """

    names: tuple[str, ...]
    vectors: Vector
    owners: NDArray[np.intp]

    def __post_init__(self) -> None:
        in_order = bool(np.all(np.diff(self.owners) >= 0))
        everybody = np.array_equal(np.unique(self.owners), np.arange(len(self.names)))
        if len(self.owners) != len(self.vectors) or not (in_order and everybody):
            raise ValueError("each person's templates have to stand together, in order of names")

    def of(self, name: str) -> Vector:
        """Those of one person: float32 of shape (n, D), n = 0 for a stranger."""
        if name not in self.names:
            return self.vectors[:0]
        own: Vector = self.vectors[self.owners == self.names.index(name)]
        return own


class Gallery:
    """The people in the state file ``db`` (see :func:`facedoor.store.open_store`).

    Names are kept as given but compared without regard to case: Anna and anna are one person.
    Every method raises :class:`StoreError` when the state file fails, and then nothing has changed.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def people(self) -> list[Person]:
        """Everybody, in alphabetical order."""
        with reading(self._db, "read the gallery"):
            rows = self._db.execute(_PEOPLE + " ORDER BY name_key")
            return [Person(*row) for row in rows]

    def find(self, name: str) -> Person | None:
        """The person of that name. Raises :class:`UsageError` for what can be nobody's name."""
        key = _key(clean_name(name))
        with reading(self._db, "read the gallery"):
            row = self._db.execute(_PEOPLE + " WHERE name_key = ?", (key,)).fetchone()
        return Person(*row) if row else None

    def person(self, name: str) -> Person:
        """The person of that name. Raises :class:`UsageError` if there is none."""
        person = self.find(name)
        if person is None:
            raise self._unknown(name)
        return person

    def add(self, name: str, vectors: Vector, model_sha256: str) -> None:
        """Add templates to the person ``name``, who is enrolled if need be; all of them or none.

        ``vectors`` is float32 of shape (N, D), N >= 1; raises ``ValueError`` unless they are finite
        and of unit length, and :class:`UsageError` for a bad name.
        """
        name = clean_name(name)
        if vectors.ndim != 2 or not len(vectors) or not are_unit_vectors(vectors):
            raise ValueError("templates have to be finite unit vectors, in an array of two axes")
        with self._change(f"enrol {name}"):
            self._db.execute(
                "INSERT INTO person (name, name_key) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (name, _key(name)),
            )
            self._db.executemany(
                "INSERT INTO template (person_id, model_sha256, vector)"
                " SELECT id, ?, ? FROM person WHERE name_key = ?",
                [(model_sha256, v.astype(_STORED).tobytes(), _key(name)) for v in vectors],
            )

    def rename(self, old: str, new: str) -> None:
        """Give a person another name.

        Raises :class:`UsageError` if ``old`` is unknown, or ``new`` is bad or somebody else's.
        """
        person, new = self.person(old), clean_name(new)
        with self._change(f"rename {person.name}"):
            taken = self.find(new)
            if taken and _key(new) != _key(person.name):
                raise UsageError(f"{taken.name} is enrolled already: choose another name")
            changed = self._db.execute(
                "UPDATE person SET name = ?, name_key = ? WHERE name_key = ?",
                (new, _key(new), _key(person.name)),
            )
            if not changed.rowcount:
                raise self._unknown(old)

    def remove(self, name: str) -> None:
        """Forget a person and all their templates. Raises :class:`UsageError` if unknown."""
        name = clean_name(name)
        with self._change(f"remove {name}"):
            changed = self._db.execute("DELETE FROM person WHERE name_key = ?", (_key(name),))
            if not changed.rowcount:
                raise self._unknown(name)

    def templates(self, model_sha256: str) -> Templates:
        """Every template that the embedder with this hash made."""
        with reading(self._db, "read the gallery"):
            rows = self._db.execute(
                "SELECT person.id, name, vector"
                " FROM person JOIN template ON person_id = person.id AND model_sha256 = ?"
                " ORDER BY person.id, template.id",
                (model_sha256,),
            ).fetchall()
            if not rows:
                return Templates((), np.empty((0, 0), np.float32), np.empty(0, np.intp))
            names = {number: name for number, name, _ in rows}
            position = {number: i for i, number in enumerate(names)}
            owners = np.array([position[number] for number, _, _ in rows], np.intp)
            return Templates(tuple(names.values()), _decoded([row[2] for row in rows]), owners)

    def revision(self) -> int:
        """A number that grows with each change, whichever process made it.

        Cheap: a running door asks often, and reads the templates again when it has grown. Ask
        before reading them, so that a change in between is noticed the next time.
        """
        with reading(self._db, "read the gallery"):
            return int(self._db.execute("SELECT revision FROM gallery").fetchone()[0])

    @contextmanager
    def _change(self, doing: str) -> Iterator[None]:
        with transaction(self._db, doing):
            yield
            self._db.execute("UPDATE gallery SET revision = revision + 1")

    def _unknown(self, name: str) -> UsageError:
        names = {_key(person.name): person.name for person in self.people()}
        close = difflib.get_close_matches(_key(name), names, n=1, cutoff=0.5)
        if close:
            return UsageError(f"nobody called {name} is enrolled; did you mean {names[close[0]]}?")
        return UsageError(
            f"nobody called {name} is enrolled: see who is, with facedoor people list"
        )


def clean_name(text: str) -> str:
    """``text`` as a name is kept: NFC, without blanks around it. Raises :class:`UsageError`."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise UsageError(
            f"a name has 1 to {NAME_CHARACTERS} characters, this one has {len(name)}: "
            "choose another"
        )
    # Control characters, halves of surrogate pairs, and what else would break a line.
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        raise UsageError(f"the name {name!r} has a control character in it: leave that out")
    return name


def are_unit_vectors(vectors: Vector) -> bool:
    """Whether all ``vectors``, of shape (..., D), are finite and of length 1."""
    squared = np.einsum("...i,...i->...", vectors, vectors)
    return bool(np.all(np.abs(squared - 1) <= _UNIT_TOLERANCE))


def _decoded(blobs: list[bytes]) -> Vector:
    """The vectors in ``blobs`` as one array. Raises ``ValueError`` if they cannot be templates."""
    if len({len(blob) for blob in blobs}) != 1:
        raise ValueError("templates of one model have to be of one size")
    stored = np.frombuffer(b"".join(blobs), _STORED).reshape(len(blobs), -1)
    vectors = stored.astype(np.float32, copy=False)
    if not are_unit_vectors(vectors):
        raise ValueError("a template has to be a unit vector")
    return vectors


def _key(name: str) -> str:
    """What decides whether two names are the same."""
    return unicodedata.normalize("NFC", name.casefold())
