"""Events about what the door keeps: people, rules, keys, what it knows of the time, the state
file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from facedoor.strict import more
from facedoor.wire.events import Event
from facedoor.wire.roles import Role


def _rounded(distance: float | None) -> float | None:
    return None if distance is None else round(distance, 4)


@dataclass(frozen=True, slots=True)
class RulesChanged(Event):
    """The rules document was replaced, or what ``person`` may was changed."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "rules"}

    what: Literal["document", "permission"]
    by: str
    person: str | None


@dataclass(frozen=True, slots=True)
class RecordsSkipped(Event):
    """Of so many people something cannot be read, and the door goes on without it: their
    ``templates``, their ``permissions``, or what other doors said of them in the ``roster``."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "skipped"}

    records: Literal["templates", "permissions", "roster"]
    people: int


@dataclass(frozen=True, slots=True)
class ClockTrusted(Event):
    """Root has said that the wall clock is right."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "clock", "what": "trusted"}

    by: str


@dataclass(frozen=True, slots=True)
class ClockRepaired(Event):
    """Root has said that the door's clock was wrong when it was later, up to ``was``, RFC 3339
    UTC."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "clock", "what": "repaired"}

    by: str
    was: str


@dataclass(frozen=True, slots=True)
class PersonEnrolled(Event):
    """Pictures were added to a person, new or known; ``by`` as in a release.

    ``moved_distance`` is how far the mean of the person's templates moved by it, ``None`` for
    somebody new, and ``first_distance`` how far it is from that of the first pictures since.
    """

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "enrolment"}

    by: str
    person: str | None
    added: int
    moved_distance: float | None = field(metadata=more(told=_rounded))
    first_distance: float = field(metadata=more(told=_rounded))


@dataclass(frozen=True, slots=True)
class SimilarNamed(Event):
    """An admin said that whom the next enrolment ``by`` the same adds to is not this ``person``,
    although they look alike."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "similar"}

    by: str
    person: str | None


@dataclass(frozen=True, slots=True)
class KeyChanged(Event):
    """Who may give commands has changed, by ``by``, as in a release: a device called ``name`` was
    ``invited``, or has ``joined`` with a key of its own; a key was ``added`` at the door; a key was
    ``revoked``, or an open invitation ``withdrawn``.

    ``key`` is the fingerprint, of the device's key if there is one, else of the invitation's; of
    an invitation, ``expires`` says until when it can be used.
    """

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "key"}

    change: Literal["invited", "joined", "added", "revoked", "withdrawn"]
    by: str
    name: str
    role: Role
    key: str
    expires: str | None = field(default=None, metadata=more(is_optional=True))


@dataclass(frozen=True, slots=True)
class CopyPutBack(Event):
    """A copy was found in the place of the state file, or, then by whom, what that undid has been
    looked at."""

    KIND: ClassVar[str] = "door"
    ALWAYS: ClassVar[Mapping[str, object]] = {"event": "put_back"}

    copy: Literal["backup", "older_copy"]
    reviewed_by: str | None = field(default=None, metadata=more(is_optional=True))
