"""What can be asked of the door about who may come in when."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, TypeAlias

from facedoor import strict
from facedoor.strict import StrictError, more, printable_text
from facedoor.times import parse_day
from facedoor.wire.people_requests import PERSON

STRICTEST_RATE, LOOSEST_RATE = 1e-9, 0.1
"""As ``[recognition] false_match_rate``."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_GROUPS = 32
GROUP_CHARACTERS = 32

_NAMES = {"from": "valid_from", "until": "valid_until"}


def _digest(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise StrictError("has to be the hash that the answer to rules has, 64 digits")
    return text


def _groups(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if len(name) > GROUP_CHARACTERS:
            raise StrictError(f"has {strict.shown(name)}: each has to be the name of a group")
    return tuple(dict.fromkeys(map(printable_text, names)))


_DOCUMENT = more(
    key="rules",
    said=(dict[str, Any], lambda said: json.dumps(said, indent=2)),
    told=json.loads,
)
_IN_PLACE_OF = more(key="if", said=(str, _digest), is_optional=True)


@dataclass(frozen=True, slots=True)
class SetRules:
    """Put another document, which is looked at where it is set, in the place of the rules, if that
    is still the one of this digest, :func:`facedoor.access.changes.digest`."""

    cmd: ClassVar[str] = "set_rules"
    text: str = field(metadata=_DOCUMENT)
    in_place_of: str | None = field(default=None, metadata=_IN_PLACE_OF)
    dry_run: bool = field(default=False, metadata=more(is_optional=True))


@dataclass(frozen=True, slots=True)
class TryRules:
    """What :class:`SetRules` would change, and what is odd about it; nothing is changed."""

    cmd: ClassVar[str] = "set_rules"
    text: str = field(metadata=_DOCUMENT)
    in_place_of: str | None = field(default=None, metadata=_IN_PLACE_OF)
    dry_run: bool = True


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

    person: str = field(metadata=PERSON)
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


def read_allow(args: object) -> Allow:
    """The request behind ``args``, which are JSON. Raises :class:`StrictError`."""
    read = strict.read(_Allowed, args)
    said: dict[str, Any] = args if isinstance(args, dict) else {}
    names = [_NAMES.get(key, key) for key in said if key != "person"]
    if not names:
        raise StrictError("has to say what: groups, from, until, duress or false_match_rate")
    return Allow(read.person, {name: getattr(read, name) for name in names})


def allow_arguments(request: Allow) -> dict[str, Any]:
    """``args`` for ``request``, as :func:`read_allow` takes them."""
    said = strict.as_json(_Allowed(request.person, **request.changes))
    return {
        key: value
        for key, value in said.items()
        if key == "person" or _NAMES.get(key, key) in request.changes
    }


AccessChange: TypeAlias = SetRules | Allow
