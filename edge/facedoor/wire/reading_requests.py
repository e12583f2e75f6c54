"""What can be asked of the door that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from facedoor.names import said_name
from facedoor.strict import more
from facedoor.times import parse_time
from facedoor.wire.access_requests import TryRules

SINCE_CHARACTERS = 40
REASON_CHARACTERS = 40
LAST_ENTRY = 2**53
"""The largest whole number that every JSON reader can tell from its neighbours."""
JOURNAL_ENTRIES = 200
"""Most entries in one result: about 100 kB."""


def _said_time(text: str) -> str:
    """What it means depends on the door's zone, so it stays as it was said."""
    parse_time(text)
    return text


_TIME = more(allowed=(0, SINCE_CHARACTERS), said=(str, _said_time), is_optional=True)


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
    """The last ``limit`` entries of the journal, of those that are asked for: written from
    ``since`` to ``until``, which are text for :func:`facedoor.times.parse_time`, with a number
    below ``before``, about that ``person``, with this ``decision`` and ``reason``, of these
    ``kinds``."""

    cmd: ClassVar[str] = "journal"
    limit: int = field(default=JOURNAL_ENTRIES, metadata=more(allowed=(1, JOURNAL_ENTRIES)))
    since: str | None = field(default=None, metadata=_TIME)
    until: str | None = field(default=None, metadata=_TIME)
    before: int | None = field(
        default=None, metadata=more(allowed=(1, LAST_ENTRY), is_optional=True)
    )
    person: str | None = field(default=None, metadata=more(said=(str, said_name), is_optional=True))
    decision: Literal["granted", "refused"] | None = field(
        default=None, metadata=more(is_optional=True)
    )
    reason: str | None = field(
        default=None, metadata=more(allowed=(1, REASON_CHARACTERS), is_optional=True)
    )
    kinds: tuple[Literal["decision", "door", "command"], ...] = field(
        default=(), metadata=more(allowed=(1, 3), is_optional=True)
    )


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The rules, and what is said of whom."""

    cmd: ClassVar[str] = "rules"


@dataclass(frozen=True, slots=True)
class ListKeys:
    """Whose commands the door obeys, and who is invited."""

    cmd: ClassVar[str] = "keys"


@dataclass(frozen=True, slots=True)
class Summarise:
    """How many visits from ``since`` to ``until`` ended in which way, ``by`` what."""

    cmd: ClassVar[str] = "summary"
    since: str | None = field(default=None, metadata=_TIME)
    until: str | None = field(default=None, metadata=_TIME)
    by: Literal["person", "reason", "hour", "day"] = "person"


@dataclass(frozen=True, slots=True)
class Explain:
    """Why a ``person`` was not let in, of late or around the time ``at``."""

    cmd: ClassVar[str] = "explain"
    person: str = field(metadata=more(said=(str, said_name)))
    at: str | None = field(default=None, metadata=_TIME)


Reading: TypeAlias = (
    Ping | ListPeople | ReadJournal | ReadRules | TryRules | ListKeys | Summarise | Explain
)
"""Not in the journal before it is carried out, as what changes something is."""
