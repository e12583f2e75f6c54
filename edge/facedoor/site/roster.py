"""The roster of a site: who may come in at all its doors, and which record of a person is newest.

Every door may change it at any time, also while it hears nothing of the others. They agree
in the end by one law alone: of all records of a person each door keeps the one that ranks highest,
in whatever order, and however often, it hears them.

A removal ends a *generation*: it ranks above everything of its generation, however often the person
was changed meanwhile at a door that had not heard of it. Only a door that knows of the removal can
enrol the person again, in the next generation.

Records travel as JSON, sealed with the site's key for one person's topic.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from facedoor.identity.gallery import Content, are_unit_vectors
from facedoor.names import clean_name

if TYPE_CHECKING:
    from facedoor.site.site import Site

SCHEMA = 1

MAX_RECORD_BYTES = 256 * 1024
"""Twenty templates of each of several models are far less."""

_LARGEST = 2**53
_TEMPLATE = np.dtype("<f4")

Rank: TypeAlias = tuple[int, bool, int, str, str]
"""Generation, removal or not, version, origin, digest: compared from left to right.

Two doors that change a person at the same time give the same version: the origin decides. The
digest decides where a door has said two things under one version, since its state file was put back
from a backup in between.
"""


@dataclass(frozen=True, slots=True)
class Record:
    """What a door says of a person; without ``content`` it is a removal.

    ``person`` stands for the name and does not tell it. ``origin`` is the door where the change was
    made, ``time`` when, in RFC 3339 UTC, for people to read: clocks decide nothing.
    """

    person: str
    generation: int
    version: int
    origin: str
    time: str
    content: Content | None

    @property
    def rank(self) -> Rank:
        removed = self.content is None
        return (
            self.generation,
            removed,
            self.version,
            self.origin,
            digest(self.content, self.time),
        )


def digest(content: Content | None, time: str) -> str:
    """SHA-256, in hexadecimal, of what a record says."""
    templates = {} if content is None else content.templates
    said = {
        "name": None if content is None else content.name,
        "templates": {model: [v.hex() for v in templates[model]] for model in templates},
        "time": time,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def enrolment(person: str, known: Rank | None, content: Content, door: str, time: str) -> Record:
    """What ``door`` says when it has enrolled or changed somebody of whom it knew ``known``."""
    if known is None:
        return Record(person, 1, 1, door, time, content)
    generation, removed, version, _, _ = known
    if removed:
        return Record(person, generation + 1, 1, door, time, content)
    return Record(person, generation, version + 1, door, time, content)


def removal(person: str, known: Rank, door: str, time: str) -> Record:
    """What ``door`` says when it has removed somebody of whom it knew ``known``."""
    generation, _, version, _, _ = known
    return Record(person, generation, version + 1, door, time, None)


def seal(site: Site, record: Record) -> bytes:
    """The message for :func:`facedoor.wire.topics.roster`, retained."""
    said: dict[str, object] = {
        "v": SCHEMA,
        "generation": record.generation,
        "version": record.version,
        "origin": record.origin,
        "time": record.time,
    }
    if record.content is not None:
        said["name"] = record.content.name
        said["templates"] = {
            model: [base64.b64encode(vector).decode() for vector in vectors]
            for model, vectors in record.content.templates.items()
        }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return site.vault.seal(text.encode(), _context(site, record.person))


def open_record(site: Site, person: str, payload: bytes) -> Record:
    """What a message says about ``person``.

    Raises ``ValueError`` for one that was not sealed with the site's key, or for somebody else, or
    that cannot be what a door says.
    """
    if len(payload) > MAX_RECORD_BYTES:
        raise ValueError(f"a record has at most {MAX_RECORD_BYTES} bytes, this one {len(payload)}")
    said = json.loads(site.vault.open(payload, _context(site, person)))
    try:
        if said["v"] != SCHEMA:
            raise ValueError(f"it is of version {said['v']!r}, this facedoor knows {SCHEMA}")
        record = Record(
            person,
            _count(said["generation"]),
            _count(said["version"]),
            _matching(r"[a-zA-Z0-9_-]{1,64}", said["origin"]),
            _matching(r"[0-9TZ:.-]{1,32}", said["time"]),
            _content(said) if "name" in said else None,
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is not a record ({error!r})") from error
    if record.content is not None and site.person(record.content.name) != person:
        raise ValueError("it names another person than its topic")
    return record


def _content(said: dict[str, Any]) -> Content:
    name = said["name"]
    if clean_name(name) != name:
        raise ValueError("its name is not as names are kept")
    templates = {
        _matching(r"[0-9a-f]{64}", model): _vectors(texts)
        for model, texts in said["templates"].items()
    }
    return Content(name, templates)


def _vectors(texts: list[str]) -> tuple[bytes, ...]:
    vectors = tuple(base64.b64decode(text, validate=True) for text in texts)
    if len({len(vector) for vector in vectors}) != 1:
        raise ValueError("templates of one model have to be of one size")
    if not are_unit_vectors(np.frombuffer(b"".join(vectors), _TEMPLATE).reshape(len(vectors), -1)):
        raise ValueError("a template has to be a unit vector")
    return vectors


def _count(value: object) -> int:
    if type(value) is not int or not 0 < value < _LARGEST:
        raise ValueError(f"{value!r} is not a count")
    return value


def _matching(pattern: str, value: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{value!r} cannot be there")
    return value


def _context(site: Site, person: str) -> str:
    return f"person {person} of site {site.name}"
