"""What can be asked about the door's access rules.

A PIN cannot be set from afar: a command is signed, but whoever may listen at the broker reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from facedoor.times import parse_day
from facedoor.wire.arguments import Arguments, malformed

STRICTEST_RATE, LOOSEST_RATE = 1e-9, 0.1
"""As ``[recognition] false_match_rate``."""

MOST_GROUPS = 32
NAME_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The rules, and what is said of whom."""

    cmd: ClassVar[str] = "rules"


@dataclass(frozen=True, slots=True)
class SetRules:
    """Put another document in the place of the rules."""

    text: str
    cmd: ClassVar[str] = "set_rules"


@dataclass(frozen=True, slots=True)
class Allow:
    """Change fields of a person's :class:`facedoor.access.rules.Permission`."""

    person: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    cmd: ClassVar[str] = "allow"


def read_rules(args: Arguments) -> SetRules:
    """What the document says is looked at where it is set."""
    rules = args.take("rules")
    if not isinstance(rules, dict):
        raise malformed("rules has to be an object")
    return SetRules(json.dumps(rules, indent=2))


def read_allow(args: Arguments) -> Allow:
    person = args.person("person")
    changes: dict[str, Any] = {}
    if "groups" in args:
        changes["groups"] = _groups(args.take("groups"))
    for name in ("from", "until"):
        if name in args:
            changes[f"valid_{name}"] = _day(args.take(name), name)
    if "duress" in args:
        changes["duress"] = args.take("duress")
        if not isinstance(changes["duress"], bool):
            raise malformed("duress has to be true or false")
    if "false_match_rate" in args:
        changes["false_match_rate"] = _rate(args.take("false_match_rate"))
    if not changes:
        raise malformed("allow has to say what: groups, from, until, duress or false_match_rate")
    return Allow(person, changes)


def _groups(said: object) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) > MOST_GROUPS:
        raise malformed(f"groups has to be a list of at most {MOST_GROUPS} names")
    for name in said:
        if not isinstance(name, str) or len(name) > NAME_CHARACTERS or not name.isprintable():
            raise malformed("each of the groups has to be the name of one")
    return tuple(dict.fromkeys(said))


def _day(said: object, name: str) -> date | None:
    if said is None:
        return None
    try:
        return parse_day(str(said))
    except ValueError as error:
        raise malformed(f"{name} has to be a day such as 2026-12-31, or null") from error


def _rate(said: Any) -> float | None:
    if said is None:
        return None
    # Written so that nan, which Python's JSON allows, is outside.
    is_number = isinstance(said, int | float) and type(said) is not bool
    if is_number and STRICTEST_RATE <= said <= LOOSEST_RATE:
        return float(said)
    raise malformed(f"false_match_rate has to be {STRICTEST_RATE:g} to {LOOSEST_RATE:g}, or null")
