"""What can be asked of the door: one value for each command, read strictly, and who may ask it.

Whatever is not exactly as described is refused: a key too many can be a mistake about what a
command does, and a door is no place for guesses.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, TypeAlias

from facedoor import strict
from facedoor.names import clean_name, said_name
from facedoor.strict import StrictError, more
from facedoor.times import parse_day, parse_time
from facedoor.wire.mode import Mode
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import Role

REASON_CHARACTERS = 200
SINCE_CHARACTERS = 40
JOURNAL_ENTRIES = 200
"""Most entries in one result: about 100 kB."""

TEMPLATES_PER_PERSON = 20
"""Most templates of one model that a person can have: enough for glasses, beards and seasons."""

LONGEST_CAPTURE_S = 120
STRICTEST_RATE, LOOSEST_RATE = 1e-9, 0.1
"""As ``[recognition] false_match_rate``."""

MOST_SIMILAR = 8
"""Most people whom an admin can say that somebody is not, although they look alike."""

MOST_GROUPS = 32
GROUP_CHARACTERS = 32


def _printable(text: str) -> str:
    if not text.isprintable():
        raise StrictError("has to be printable text")
    return text


def _groups(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if len(name) > GROUP_CHARACTERS:
            raise StrictError(f"has {strict.shown(name)}: each has to be the name of a group")
    return tuple(dict.fromkeys(map(_printable, names)))


def _pictures(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(text, validate=True) for text in texts)


def _people(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(said_name, names)))


def _said_time(text: str) -> str:
    """What it means depends on the door's zone, so it stays as it was said."""
    parse_time(text)
    return text


_PERSON = more(said=(str, said_name))
_NEW_NAME = more(said=(str, clean_name))
_SIMILAR = more(allowed=(0, MOST_SIMILAR), said=(tuple[str, ...], _people), is_optional=True)


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
class Enroll:
    """Add pictures, undecoded, to a person, who may be ``although_similar_to`` others: for admins
    to say."""

    cmd: ClassVar[str] = "enroll"
    person: str = field(metadata=_PERSON)
    images: tuple[bytes, ...] = field(
        metadata=more(
            allowed=(1, TEMPLATES_PER_PERSON),
            said=(tuple[str, ...], _pictures),
            told=lambda images: [base64.b64encode(image).decode() for image in images],
        )
    )
    although_similar_to: tuple[str, ...] = field(default=(), metadata=_SIMILAR)


@dataclass(frozen=True, slots=True)
class Shots:
    """So many good frames, to be taken within that time."""

    frames: int = field(metadata=more(allowed=(1, TEMPLATES_PER_PERSON)))
    within_s: int = field(metadata=more(allowed=(1, LONGEST_CAPTURE_S)))


@dataclass(frozen=True, slots=True)
class Capture:
    """Add frames that are taken at the door to a person; the rest as in :class:`Enroll`."""

    cmd: ClassVar[str] = "enroll"
    person: str = field(metadata=_PERSON)
    shots: Shots = field(metadata=more(key="capture"))
    although_similar_to: tuple[str, ...] = field(default=(), metadata=_SIMILAR)


@dataclass(frozen=True, slots=True)
class Remove:
    """Forget a person."""

    cmd: ClassVar[str] = "remove"
    person: str = field(metadata=_PERSON)


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a person another name."""

    cmd: ClassVar[str] = "rename"
    person: str = field(metadata=_PERSON)
    to: str = field(metadata=_NEW_NAME)


@dataclass(frozen=True, slots=True)
class Unlock:
    """Release the door once."""

    cmd: ClassVar[str] = "unlock"
    reason: str = field(metadata=more(allowed=(0, REASON_CHARACTERS), said=(str, _printable)))


@dataclass(frozen=True, slots=True)
class SetMode:
    """Change whom the door is open to."""

    cmd: ClassVar[str] = "mode"
    mode: Mode


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The rules, and what is said of whom."""

    cmd: ClassVar[str] = "rules"


@dataclass(frozen=True, slots=True)
class SetRules:
    """Put another document, which is looked at where it is set, in the place of the rules."""

    cmd: ClassVar[str] = "set_rules"
    text: str = field(
        metadata=more(
            key="rules",
            said=(dict[str, Any], lambda said: json.dumps(said, indent=2)),
            told=json.loads,
        )
    )


@dataclass(frozen=True, slots=True)
class Allow:
    """Change fields of a person's :class:`facedoor.access.rules.Permission`, those that are said.

    A PIN cannot be set from afar: a command is signed, but whoever may listen at the broker reads
    it.
    """

    cmd: ClassVar[str] = "allow"
    person: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Allowed:
    """The arguments of :class:`Allow`, as the fields that they change."""

    person: str = field(metadata=_PERSON)
    groups: tuple[str, ...] = field(
        default=(), metadata=more(allowed=(0, MOST_GROUPS), said=(tuple[str, ...], _groups))
    )
    valid_from: date | None = field(
        default=None, metadata=more("from", said=(str, parse_day), told=date.isoformat)
    )
    valid_until: date | None = field(
        default=None, metadata=more("until", said=(str, parse_day), told=date.isoformat)
    )
    duress: bool = False
    false_match_rate: float | None = field(
        default=None, metadata=more(allowed=(STRICTEST_RATE, LOOSEST_RATE))
    )


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
_KINDS: Mapping[str, type[Request]] = {
    kind.cmd: kind for kind in (*Request.__args__,) if kind is not Capture
}
_NAMES = {"from": "valid_from", "until": "valid_until"}

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
    kind = _KINDS.get(cmd) if isinstance(cmd, str) else None
    if kind is None:
        known = ", ".join(sorted(_KINDS))
        raise RefusedError(Refusal.MALFORMED, f"cmd has to be one of {known}")
    try:
        if kind is Allow:
            return _allow(args)
        if kind is Enroll and isinstance(args, dict) and "capture" in args:
            kind = Capture
        return strict.read(kind, args)
    except StrictError as error:
        raise RefusedError(Refusal.MALFORMED, str(error.below("args"))) from error
    except RecursionError as error:  # JSON just as deep as could still be read
        raise RefusedError(Refusal.MALFORMED, "args are nested too deeply") from error


def _allow(args: object) -> Allow:
    read = strict.read(_Allowed, args)
    said: dict[str, Any] = args if isinstance(args, dict) else {}
    names = [_NAMES.get(key, key) for key in said if key != "person"]
    if not names:
        raise StrictError("has to say what: groups, from, until, duress or false_match_rate")
    return Allow(read.person, {name: getattr(read, name) for name in names})


def arguments(request: Request) -> dict[str, Any]:
    """``args`` for ``request``, as :func:`parse` takes them."""
    if not isinstance(request, Allow):
        return dict(strict.as_json(request))
    said = strict.as_json(_Allowed(request.person, **request.changes))
    return {
        key: value
        for key, value in said.items()
        if key == "person" or _NAMES.get(key, key) in request.changes
    }


# Home Assistant's lock, button and switch cannot sign. What they send in plain words is listened to
# only with ``[mqtt] home_assistant_control``, where the broker's own rules say who may send it, and
# it can do little: a momentary release under the door's rules, and faces on or off. What somebody
# has signed, a lockdown or that faces are off, it can neither overrule nor end.

UNLOCK = "UNLOCK"
PRESS = "PRESS"
FACE_ON = "ON"
FACE_OFF = "OFF"
"""What Home Assistant is told to send, and all that is understood."""

_PLAIN: dict[tuple[str, bytes], Unlock | SetMode] = {
    ("lock", UNLOCK.encode()): Unlock("lock"),
    ("release", PRESS.encode()): Unlock("release"),
    ("face", FACE_ON.encode()): SetMode(Mode.NORMAL),
    ("face", FACE_OFF.encode()): SetMode(Mode.FACE_OFF),
}


def plain_request(entity: str, payload: bytes) -> Unlock | SetMode | None:
    """What ``payload`` asks of the door's ``entity``: a release, a mode, or nothing we know.

    A lock's ``LOCK`` is none of them: the door locks by itself when its pulse is over.
    """
    return _PLAIN.get((entity, payload))
