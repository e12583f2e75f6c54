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
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from facedoor import strict
from facedoor.identity.decoding import require_fit
from facedoor.identity.enrolled import Content
from facedoor.names import said_name
from facedoor.site.site import Site
from facedoor.strict import StrictError, more

SCHEMA = 1

MAX_RECORD_BYTES = 256 * 1024
"""Twenty templates of each of several models are far less."""


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


def _unit_vectors(said: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[bytes, ...]]:
    """Templates by model, from base64."""
    found = {}
    for model, texts in said.items():
        _require(r"[0-9a-f]{64}", model)
        vectors = tuple(base64.b64decode(text, validate=True) for text in texts)
        require_fit(vectors)
        found[model] = vectors
    return found


def _base64(templates: Mapping[str, tuple[bytes, ...]]) -> dict[str, list[str]]:
    return {
        model: [base64.b64encode(vector).decode() for vector in vectors]
        for model, vectors in templates.items()
    }


def _kept_name(name: str) -> str:
    if said_name(name) != name:
        raise ValueError("its name is not as names are kept")
    return name


def _require(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{strict.shown(text)} cannot be there")
    return text


_COUNT = more(allowed=(1, 2**53 - 1))


@dataclass(frozen=True, slots=True)
class _Said:
    """A record as it travels. Without ``name`` and ``templates`` it is a removal."""

    generation: int = field(metadata=_COUNT)
    version: int = field(metadata=_COUNT)
    origin: str = field(metadata=more(said=(str, partial(_require, r"[a-zA-Z0-9_-]{1,64}"))))
    time: str = field(metadata=more(said=(str, partial(_require, r"[0-9TZ:.-]{1,32}"))))
    name: str | None = field(default=None, metadata=more(said=(str, _kept_name), is_optional=True))
    templates: Mapping[str, tuple[bytes, ...]] | None = field(
        default=None,
        metadata=more(
            said=(Mapping[str, tuple[str, ...]], _unit_vectors), told=_base64, is_optional=True
        ),
    )
    later: Mapping[str, tuple[int, ...]] = field(
        default_factory=dict, metadata=more(is_optional=True)
    )
    """Which templates came after the first enrolment: a door that has not heard of it says
    nothing, and its people's all count as the first."""
    v: int = SCHEMA


def seal(site: Site, record: Record) -> bytes:
    """The message for :func:`facedoor.wire.topics.roster`, retained."""
    said = _Said(record.generation, record.version, record.origin, record.time)
    if record.content is not None:
        content = record.content
        said = replace(said, name=content.name, templates=content.templates, later=content.later)
    text = json.dumps(strict.as_json(said), ensure_ascii=False, separators=(",", ":"))
    return site.vault.seal(text.encode(), _context(site, record.person))


class BadRecordError(ValueError):
    """It was sealed with the site's key, for this person, and cannot be what a door says."""


def open_record(site: Site, person: str, payload: bytes) -> Record:
    """What a message says about ``person``.

    Raises :class:`BadRecordError` for one that cannot be what a door says, and any other
    ``ValueError`` for one that was not sealed with the site's key, or for somebody else.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", person):
        raise ValueError("its topic is that of nobody")
    if len(payload) > MAX_RECORD_BYTES:
        raise ValueError(f"a record has at most {MAX_RECORD_BYTES} bytes, this one {len(payload)}")
    opened = site.vault.open(payload, _context(site, person))
    try:
        return _record(site, person, json.loads(opened))
    except StrictError as error:
        # Without the value: this ends in the log, where a name could not be erased.
        key = next((key for key in error.keys[:1] if key in _Said.__slots__), None)
        what = f"its {key} is" if key else "it is"
        raise BadRecordError(f"{what} not as doors of this version say it") from None
    except ValueError as error:
        raise BadRecordError(str(error)) from error
    except RecursionError as error:
        raise BadRecordError("it is nested too deeply") from error


def _record(site: Site, person: str, table: object) -> Record:
    if isinstance(table, dict) and table.get("v") != SCHEMA:
        version = strict.shown(table.get("v"))
        raise ValueError(f"it is of version {version}, this facedoor knows {SCHEMA}")
    said = strict.read(_Said, table, ignore_unknown=True)
    if (said.name is None) != (said.templates is None):
        raise ValueError("a name and templates belong together")
    content = None
    if said.name is not None and said.templates is not None:
        content = Content(said.name, said.templates, said.later)
        if site.person(said.name) != person:
            raise ValueError("it names another person than its topic")
    return Record(person, said.generation, said.version, said.origin, said.time, content)


def _context(site: Site, person: str) -> str:
    return f"person {person} of site {site.name}"
