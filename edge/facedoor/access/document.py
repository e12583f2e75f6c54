"""The rules document: from TOML or JSON to :class:`Rules`, or to an error that helps.

docs/access.md describes it. Whatever is not exactly as described is an error that names the key
and the nearest right one: a rule that was misspelt and passed over would open a door.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from facedoor.access.lockout import LockoutPolicy
from facedoor.access.pin import PinHash
from facedoor.access.rules import Factor, Group, Permission, Rules
from facedoor.access.schedule import DAY_MINUTES, WEEKDAYS, Calendar, Interval, Schedule
from facedoor.errors import ConfigError
from facedoor.strict import nearest, short, shown

MOST_BYTES = 64 * 1024
"""Of a document: hundreds of schedules, and still a small message."""

STRICTEST_RATE, LOOSEST_RATE = 1e-9, 0.1
"""As ``[recognition] false_match_rate``."""

HOLIDAYS = "holidays"

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_INTERVAL = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)
_LEAP_YEAR = 2000
_KEYS = ("time_zone", HOLIDAYS, "schedules", "groups", "default_group", "lockout")
_GROUP_KEYS = ("schedule", "two_persons_within_s", "second_factor", "false_match_rate")

_Table: TypeAlias = Mapping[str, Any]


class _WrongError(ValueError):
    """What is wrong with the document, from the key on."""


def parse(text: str, name: str = "the rules") -> Rules:
    """The rules in ``text``; ``name`` names it in errors. Raises :class:`ConfigError`."""
    try:
        return _rules(_loaded(text))
    except _WrongError as error:
        raise ConfigError(f"{name}: {error}") from error


def as_object(text: str) -> dict[str, Any]:
    """What stands in a document that was parsed before, as JSON can say it."""
    said: dict[str, Any] = json.loads(json.dumps(_loaded(text), default=date.isoformat))
    return said


def _loaded(text: str) -> _Table:
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise _WrongError(f"a document has at most {MOST_BYTES} bytes: leave out what is over")
    try:
        # No TOML begins so.
        said = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _WrongError(f"is neither valid TOML nor JSON: {short(str(error))}") from error
    return _table(said, "the document")


def _rules(document: _Table) -> Rules:
    _require_known(document, "", _KEYS)
    if "time_zone" not in document:
        raise _WrongError('time_zone is missing: write the door\'s own, as time_zone = "UTC"')
    holidays = [_holiday(day) for day in _list(document.get(HOLIDAYS, []), HOLIDAYS)]
    calendar = Calendar(
        _zone(document["time_zone"]),
        frozenset(day for day in holidays if isinstance(day, date)),
        frozenset(day for day in holidays if isinstance(day, tuple)),
    )
    schedules = {
        name: _schedule(days, f"schedules.{name}")
        for name, days in _named(document, "schedules").items()
    }
    groups = {
        name: _group(name, said, schedules) for name, said in _named(document, "groups").items()
    }
    default = document.get("default_group")
    if default is not None:
        _require_one_of(default, "default_group", groups)
    return Rules(calendar, schedules, groups, default, _lockout(document.get("lockout", {})))


def _zone(name: object) -> ZoneInfo:
    if isinstance(name, str):
        # Not found, no name of a zone at all, a folder of zones.
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(name)
    zones = available_timezones()
    if not zones:
        raise _WrongError("this machine knows no time zones: install the package tzdata")
    hint = nearest(str(name), zones)
    hint = hint if "did you mean" in hint else ": write one such as Europe/Berlin"
    raise _WrongError(f"time_zone is {shown(name)}, which is no time zone{hint}")


def _holiday(said: object) -> date | tuple[int, int]:
    """A day, or the month and day of every year."""
    if isinstance(said, date) and not isinstance(said, datetime):
        return said
    try:
        if isinstance(said, str) and _YEARLY.fullmatch(said):
            day = date.fromisoformat(f"{_LEAP_YEAR}-{said}")
            return day.month, day.day
        return parse_day(str(said))
    except ValueError as error:
        raise _WrongError(
            f"{HOLIDAYS} has {shown(said)}: write 2026-12-25, or 12-25 for that day of every year"
        ) from error


def parse_day(text: str) -> date:
    """``2026-12-25``. Raises ``ValueError`` for every other form."""
    if not _DAY.fullmatch(text):  # which Python takes more loosely
        raise ValueError(f"{text!r} is no day")
    return date.fromisoformat(text)


def _schedule(said: object, key: str) -> Schedule:
    days: dict[str, tuple[Interval, ...]] = {}
    for name, intervals in _table(said, key).items():
        read = tuple(_interval(each, f"{key}.{name}") for each in _list(intervals, f"{key}.{name}"))
        for day in _days(name, key):
            if day in days:
                raise _WrongError(f"{key} says {day} twice, the second time in {name}: once is due")
            days[day] = read
    return Schedule(tuple(days.get(day, ()) for day in WEEKDAYS), days.get(HOLIDAYS, ()))


def _days(name: str, key: str) -> tuple[str, ...]:
    """``mon``, ``mon-fri``, ``fri-mon`` or ``holidays``."""
    if name == HOLIDAYS:
        return (HOLIDAYS,)
    first, dash, last = name.partition("-")
    for day in (first, last) if dash else (first,):
        if day not in WEEKDAYS:
            known = (*WEEKDAYS, HOLIDAYS)
            raise _WrongError(
                f"{key}.{short(name)} names no day{nearest(day, known)} (or two, as mon-fri)"
            )
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    count = (end - begin) % len(WEEKDAYS) + 1
    return tuple(WEEKDAYS[(begin + step) % len(WEEKDAYS)] for step in range(count))


def _interval(said: object, key: str) -> Interval:
    found = _INTERVAL.fullmatch(said) if isinstance(said, str) else None
    if found:
        hours_1, minutes_1, hours_2, minutes_2 = map(int, found.groups())
        start, end = hours_1 * 60 + minutes_1, hours_2 * 60 + minutes_2
        fits = max(minutes_1, minutes_2) < 60 and start < DAY_MINUTES and end <= DAY_MINUTES
        if fits and start != end:
            return Interval(start, end)
    raise _WrongError(
        f"{key} has {shown(said)}: write HH:MM-HH:MM, as 08:00-18:00, 22:00-06:00 or 00:00-24:00"
    )


def _group(name: str, said: object, schedules: Iterable[str]) -> Group:
    key = f"groups.{name}"
    table = _table(said, key)
    _require_known(table, key, _GROUP_KEYS)
    if "schedule" in table:
        _require_one_of(table["schedule"], f"{key}.schedule", schedules)
    if "second_factor" in table:
        _require_one_of(table["second_factor"], f"{key}.second_factor", list(Factor))
    factor = table.get("second_factor")
    return Group(
        name,
        table.get("schedule"),
        _optional(table, key, "two_persons_within_s", 1.0, 3600.0),
        None if factor is None else Factor(factor),
        _optional(table, key, "false_match_rate", STRICTEST_RATE, LOOSEST_RATE),
    )


def _lockout(said: object) -> LockoutPolicy:
    table = _table(said, "lockout")
    known = LockoutPolicy()
    _require_known(table, "lockout", ("after", "first_s", "longest_s"))
    after = table.get("after", known.after)
    if type(after) is not int or not 0 <= after <= 1000:
        raise _WrongError(
            f"lockout.after is {shown(after)}; it has to be a whole number from 0 (never) to 1000"
        )
    first_s = _optional(table, "lockout", "first_s", 1.0, 86_400.0) or known.first_s
    longest_s = _optional(table, "lockout", "longest_s", 1.0, 86_400.0) or known.longest_s
    if longest_s < first_s:
        raise _WrongError("lockout.longest_s is less than lockout.first_s: make it as long")
    return LockoutPolicy(after, first_s, longest_s)


def _optional(table: _Table, key: str, name: str, low: float, high: float) -> float | None:
    return _number(table[name], f"{key}.{name}", low, high) if name in table else None


def _number(value: object, key: str, low: float, high: float) -> float:
    # Written so that nan, which TOML and Python's JSON allow, is outside.
    if isinstance(value, int | float) and type(value) is not bool and low <= value <= high:
        return float(value)
    raise _WrongError(f"{key} is {shown(value)}; it has to be between {low:g} and {high:g}")


def _table(said: object, key: str) -> _Table:
    if not isinstance(said, dict):
        raise _WrongError(f"{key} is {shown(said)}; it has to be a table of keys and values")
    return said


def _list(said: object, key: str) -> list[object]:
    if not isinstance(said, list):
        raise _WrongError(f"{key} is {shown(said)}; it has to be a list, in [ ]")
    return said


def _named(document: _Table, key: str) -> _Table:
    """A table of things to which the owner gives names."""
    table = _table(document.get(key, {}), key)
    for name in table:
        if not _WORD.fullmatch(name):
            raise _WrongError(
                f"{key} has the name {shown(name)}: write 1 to 32 letters a to z, digits, - or _"
            )
    return table


def _require_known(table: _Table, key: str, known: Iterable[str]) -> None:
    for name in table:
        if name not in known:
            full = f"{key}.{short(name)}" if key else short(name)
            raise _WrongError(f"{full} does not exist{nearest(name, known)}")


def _require_one_of(value: object, key: str, known: Iterable[str]) -> None:
    known = list(known)
    if not isinstance(value, str) or value not in known:
        hint = nearest(str(value), known) if known else ", and there is none: add it"
        raise _WrongError(f"{key} is {shown(value)}{hint}")


def to_text(permission: Permission) -> str:
    """For the state file, where it is sealed."""
    return json.dumps(
        {
            "groups": permission.groups,
            "from": _day_text(permission.valid_from),
            "until": _day_text(permission.valid_until),
            "duress": permission.duress,
            "pin": _pin_text(permission.pin),
            "false_match_rate": permission.false_match_rate,
        }
    )


def from_text(text: str) -> Permission:
    """The reverse. Raises ``ValueError`` or ``TypeError`` for what :func:`to_text` never wrote."""
    said = json.loads(text)
    try:
        return Permission(
            tuple(map(str, said["groups"])),
            _day(said["from"]),
            _day(said["until"]),
            bool(said["duress"]),
            _pin(said["pin"]),
            None if said["false_match_rate"] is None else float(said["false_match_rate"]),
        )
    except LookupError as error:
        raise ValueError(f"a permission has no {error}") from error


def to_show(permission: Permission, with_duress: bool) -> dict[str, Any]:
    """As JSON: of the PIN only whether there is one, duress only for those who may know."""
    shown: dict[str, Any] = json.loads(to_text(permission))
    shown["pin"] = permission.pin is not None
    if not with_duress:
        del shown["duress"]
    return shown


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _pin_text(pin: PinHash | None) -> list[str] | None:
    return None if pin is None else [pin.salt.hex(), pin.digest.hex()]


def _pin(said: list[str] | None) -> PinHash | None:
    if said is None:
        return None
    salt, digest = map(bytes.fromhex, said)
    return PinHash(salt, digest)
