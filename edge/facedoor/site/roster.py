"""The roster of a site: who may come in at all its doors, and which of two sayings about somebody
is the newer one.

Every door may change it at any time, also while it hears nothing of the others. What makes them
agree in the end is a law alone: of all that was ever said about a person each door keeps what ranks
highest, in whatever order, and however often, it hears it.

A removal ends a *generation*: it ranks above everything of its generation, however often the person
was changed meanwhile at a door that had not heard of it. Only a door that knows of the removal can
enrol the person again, in the next generation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Rank: TypeAlias = tuple[int, bool, int, str, str]
"""Generation, removal or not, version, origin, digest: compared from left to right.

Two doors that change a person at the same time give the same version: the origin decides. The
digest decides where a door has said two things under one version, since its state file was put back
from a backup in between.
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What is known about an enrolled person.

    ``templates`` are by the SHA-256 of their embedder: little-endian float32, in the order in which
    they were added.
    """

    name: str
    templates: Mapping[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Record:
    """One saying about a person; without ``content`` it is a removal.

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
