"""What can be asked of the door that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from facedoor.strict import more
from facedoor.times import parse_time

SINCE_CHARACTERS = 40
JOURNAL_ENTRIES = 200
"""Most entries in one result: about 100 kB."""


def _said_time(text: str) -> str:
    """What it means depends on the door's zone, so it stays as it was said."""
    parse_time(text)
    return text


@dataclass(frozen=True, slots=True)
class Ping:
    """Whether the door hears."""

    cmd: ClassVar[str] = "ping"


@dataclass(frozen=True, slots=True)
class ListPeople:
    """Who is enrolled."""

    cmd: ClassVar[str] = "list"


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """The last ``limit`` entries of the journal, of those after ``since``, which is text for
    :func:`facedoor.times.parse_time`."""

    cmd: ClassVar[str] = "journal"
    limit: int = field(default=JOURNAL_ENTRIES, metadata=more(allowed=(1, JOURNAL_ENTRIES)))
    since: str | None = field(
        default=None,
        metadata=more(allowed=(0, SINCE_CHARACTERS), said=(str, _said_time), is_optional=True),
    )


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The rules, and what is said of whom."""

    cmd: ClassVar[str] = "rules"


@dataclass(frozen=True, slots=True)
class ListKeys:
    """Whose commands the door obeys, and who is invited."""

    cmd: ClassVar[str] = "keys"


Reading: TypeAlias = Ping | ListPeople | ReadJournal | ReadRules | ListKeys
"""Not in the journal before it is carried out, as what changes something is."""
