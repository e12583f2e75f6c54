"""What can be asked of the door about whom it knows, and by which pictures."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from facedoor.names import clean_name, said_name
from facedoor.strict import more

TEMPLATES_PER_PERSON = 20
"""Most templates of one model that a person can have: enough for glasses, beards and seasons."""

LONGEST_CAPTURE_S = 120

MOSTSIMILAR = 8
"""Most people whom an admin can say that somebody is not, although they look alike."""


def _pictures(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(text, validate=True) for text in texts)


def _people(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(said_name, names)))


PERSON = more(said=(str, said_name))
_NEW_NAME = more(said=(str, clean_name))
SIMILAR = more(allowed=(0, MOSTSIMILAR), said=(tuple[str, ...], _people), is_optional=True)


@dataclass(frozen=True, slots=True)
class Enroll:
    """Add pictures, undecoded, to a person, who may be ``although_similar_to`` others: for admins
    to say."""

    cmd: ClassVar[str] = "enroll"
    person: str = field(metadata=PERSON)
    images: tuple[bytes, ...] = field(
        metadata=more(
            allowed=(1, TEMPLATES_PER_PERSON),
            said=(tuple[str, ...], _pictures),
            told=lambda images: [base64.b64encode(image).decode() for image in images],
        )
    )
    although_similar_to: tuple[str, ...] = field(default=(), metadata=SIMILAR)


@dataclass(frozen=True, slots=True)
class Shots:
    """So many good frames, to be taken within that time."""

    frames: int = field(metadata=more(allowed=(1, TEMPLATES_PER_PERSON)))
    within_s: int = field(metadata=more(allowed=(1, LONGEST_CAPTURE_S)))


@dataclass(frozen=True, slots=True)
class Capture:
    """Add frames that are taken at the door to a person; the rest as in :class:`Enroll`."""

    cmd: ClassVar[str] = "enroll"
    person: str = field(metadata=PERSON)
    shots: Shots = field(metadata=more(key="capture"))
    although_similar_to: tuple[str, ...] = field(default=(), metadata=SIMILAR)


@dataclass(frozen=True, slots=True)
class Remove:
    """Forget a person."""

    cmd: ClassVar[str] = "remove"
    person: str = field(metadata=PERSON)


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a person another name."""

    cmd: ClassVar[str] = "rename"
    person: str = field(metadata=PERSON)
    to: str = field(metadata=_NEW_NAME)


PeopleChange: TypeAlias = Enroll | Capture | Remove | Rename
