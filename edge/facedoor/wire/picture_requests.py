"""What can be asked of the door about visits: their pictures, and whose they were."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from facedoor.strict import StrictError, more
from facedoor.wire import base64url
from facedoor.wire.people_requests import PERSON, SIMILAR

PICTURES = 10
"""Most pictures in one result: about half a megabyte."""

VISIT_CHARACTERS = 64
RECEIVER_BYTES = 32
"""Length of an X25519 public key, RFC 7748."""

_VISIT = re.compile(r"[A-Za-z0-9-]+")


def _visit(text: str) -> str:
    if len(text) > VISIT_CHARACTERS or not _VISIT.fullmatch(text):
        raise StrictError("has to be the id of a visit, as 3f9a1c07-42")
    return text


def _visits(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_visit, texts)))


def _receiver(text: str) -> bytes:
    key = base64url.decode(text)
    if len(key) != RECEIVER_BYTES or base64url.encode(key) != text:
        raise StrictError("has to be an X25519 public key: 32 bytes in base64url, 43 characters")
    return key


VISIT = more(said=(str, _visit))


@dataclass(frozen=True, slots=True)
class ShowPictures:
    """Give out the pictures of ``visits``, sealed for whoever has the private half of ``to``, an
    X25519 public key: the broker, and whoever else carries them, sees nothing."""

    cmd: ClassVar[str] = "picture"
    visits: tuple[str, ...] = field(
        metadata=more(allowed=(1, PICTURES), said=(tuple[str, ...], _visits))
    )
    to: bytes = field(metadata=more(said=(str, _receiver), told=base64url.encode))


@dataclass(frozen=True, slots=True)
class EnrollVisit:
    """Add the picture that is kept of a ``visit`` to a person: it travels nowhere. The rest as in
    :class:`facedoor.wire.people_requests.Enroll`."""

    cmd: ClassVar[str] = "enroll"
    person: str = field(metadata=PERSON)
    visit: str = field(metadata=VISIT)
    although_similar_to: tuple[str, ...] = field(default=(), metadata=SIMILAR)


@dataclass(frozen=True, slots=True)
class Label:
    """Say that it was this person who came on a ``visit``. Nobody is recognised by it."""

    cmd: ClassVar[str] = "label"
    visit: str = field(metadata=VISIT)
    person: str = field(metadata=PERSON)


PictureRequest: TypeAlias = ShowPictures | EnrollVisit | Label
