"""What can be asked of the door: one value for each command, read strictly, and who may ask it.

Whatever is not exactly as described is refused: a key too many can be a mistake about what a
command does, and a door is no place for guesses.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from facedoor.errors import UsageError
from facedoor.times import parse_time
from facedoor.wire.arguments import Arguments, malformed
from facedoor.wire.mode import Mode
from facedoor.wire.refusals import Refusal, RefusedError
from facedoor.wire.roles import Role
from facedoor.wire.rule_requests import Allow, ReadRules, SetRules, read_allow, read_rules

TEMPLATES_PER_PERSON = 20
"""Most templates of one model that a person can have, and most pictures that a request can bring:
enough for glasses, beards and seasons."""

REASON_CHARACTERS = 200
JOURNAL_ENTRIES = 200
"""Most entries in one result: about 100 kB."""
LONGEST_CAPTURE_S = 120


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
    """The last ``limit`` entries of the journal, of those after ``since``.

    That is text for :func:`facedoor.times.parse_time`: what it means depends on the door's zone.
    """

    limit: int
    since: str | None
    cmd: ClassVar[str] = "journal"


@dataclass(frozen=True, slots=True)
class Enroll:
    """Add pictures, undecoded, to a person."""

    person: str
    images: tuple[bytes, ...]
    cmd: ClassVar[str] = "enroll"


@dataclass(frozen=True, slots=True)
class Capture:
    """Add ``frames`` good frames, taken at the door within ``within_s``, to a person."""

    person: str
    frames: int
    within_s: int
    cmd: ClassVar[str] = "enroll"


@dataclass(frozen=True, slots=True)
class Remove:
    """Forget a person."""

    person: str
    cmd: ClassVar[str] = "remove"


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a person another name."""

    person: str
    to: str
    cmd: ClassVar[str] = "rename"


@dataclass(frozen=True, slots=True)
class Unlock:
    """Release the door once."""

    reason: str
    cmd: ClassVar[str] = "unlock"


@dataclass(frozen=True, slots=True)
class SetMode:
    """Change whom the door is open to."""

    mode: Mode
    cmd: ClassVar[str] = "mode"


Request: TypeAlias = (
    Ping
    | ListPeople
    | ReadJournal
    | Enroll
    | Capture
    | Remove
    | Rename
    | Unlock
    | SetMode
    | ReadRules
    | SetRules
    | Allow
)

_VIEWER: frozenset[str] = frozenset({Ping.cmd, ListPeople.cmd, ReadJournal.cmd, ReadRules.cmd})
_ENROLLER = _VIEWER | {Enroll.cmd, Remove.cmd, Rename.cmd}
_OPERATOR = _VIEWER | {Unlock.cmd, SetMode.cmd}
ROLES: Mapping[Role, frozenset[str]] = {
    Role.VIEWER: _VIEWER,
    Role.ENROLLER: _ENROLLER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ENROLLER | _OPERATOR | {SetRules.cmd, Allow.cmd},
}
"""The commands that each role may give. Whoever may enrol may also list, and so be told whom a
picture resembles."""


COMMANDS = ROLES[Role.ADMIN]


def require_allowed(cmd: object, role: Role) -> None:
    """Raise :class:`RefusedError` for a command that is only for other roles."""
    if isinstance(cmd, str) and cmd in COMMANDS - ROLES[role]:
        raise RefusedError(Refusal.WRONG_ROLE)


def parse(cmd: object, args: object) -> Request:
    """The request behind ``cmd`` and ``args``, which are JSON. Raises :class:`RefusedError`."""
    read = _READERS.get(cmd) if isinstance(cmd, str) else None
    if read is None:
        raise malformed(f"cmd has to be one of {', '.join(sorted(_READERS))}")
    arguments = Arguments(args)
    request = read(arguments)
    arguments.require_nothing_else()
    return request


def _journal(args: Arguments) -> ReadJournal:
    limit = args.whole_number("limit", JOURNAL_ENTRIES) if "limit" in args else JOURNAL_ENTRIES
    since = args.text("since", 40) if "since" in args else None
    try:
        if since is not None:
            parse_time(since)
    except UsageError as error:
        raise malformed(f"since: {error}") from error
    return ReadJournal(limit, since)


def _enroll(args: Arguments) -> Enroll | Capture:
    person = args.person("person")
    if "capture" in args:
        given = Arguments(args.take("capture"))
        frames = given.whole_number("frames", TEMPLATES_PER_PERSON)
        within_s = given.whole_number("within_s", LONGEST_CAPTURE_S)
        given.require_nothing_else()
        return Capture(person, frames, within_s)
    images = args.take("images")
    if not isinstance(images, list) or not 1 <= len(images) <= TEMPLATES_PER_PERSON:
        raise malformed(f"images has to be a list of 1 to {TEMPLATES_PER_PERSON} pictures")
    return Enroll(person, tuple(_decoded(image) for image in images))


def _decoded(image: object) -> bytes:
    try:
        if isinstance(image, str):
            return base64.b64decode(image, validate=True)
    except ValueError as error:
        raise malformed("an image is not valid base64") from error
    raise malformed("each of the images has to be text, in base64")


def _rename(args: Arguments) -> Rename:
    return Rename(args.person("person"), args.person("to"))


def _mode(args: Arguments) -> SetMode:
    mode = args.take("mode")
    if not isinstance(mode, str) or mode not in set(Mode):
        raise malformed(f"mode has to be one of {', '.join(Mode)}")
    return SetMode(Mode(mode))


_READERS: Mapping[str, Callable[[Arguments], Request]] = {
    Ping.cmd: lambda _: Ping(),
    ListPeople.cmd: lambda _: ListPeople(),
    ReadJournal.cmd: _journal,
    Enroll.cmd: _enroll,
    Remove.cmd: lambda args: Remove(args.person("person")),
    Rename.cmd: _rename,
    Unlock.cmd: lambda args: Unlock(args.text("reason", REASON_CHARACTERS)),
    SetMode.cmd: _mode,
    ReadRules.cmd: lambda _: ReadRules(),
    SetRules.cmd: read_rules,
    Allow.cmd: read_allow,
}
