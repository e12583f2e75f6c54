"""The rules document and the permissions: from TOML or JSON to values, or to an error that helps.

docs/access.md describes the document. Whatever is not exactly as described is an error that names
the key and the nearest right one: a rule that was misspelt and passed over would open a door.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from facedoor import strict
from facedoor.access.lockout import LockoutPolicy
from facedoor.access.public_holidays import PublicHolidays
from facedoor.access.rules import Group, Permission, Rules
from facedoor.access.schedule import DAY_MINUTES, WEEKDAYS, Calendar, Interval, Schedule
from facedoor.access.zones import name_of_today, zone
from facedoor.errors import ConfigError
from facedoor.languages import N_, _
from facedoor.strict import StrictError, below, closest, more, nearest, short, shown
from facedoor.times import parse_day

MOST_BYTES = 64 * 1024
"""Of a document: hundreds of schedules, and still a small message."""

HOLIDAYS = "holidays"

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_INTERVAL = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)
_LEAP_YEAR = 2000


def parse(text: str, name: str = N_("the rules")) -> Rules:
    """The rules in ``text``; ``name`` names it in errors. Raises :class:`ConfigError`."""
    try:
        return _rules(strict.read(_Document, _loaded(text)))
    except StrictError as error:
        raise ConfigError(f"{_(name)}: {error}") from error


def as_object(text: str) -> dict[str, Any]:
    """What stands in a document that was parsed before, as JSON can say it."""
    said: dict[str, Any] = json.loads(json.dumps(_loaded(text), default=date.isoformat))
    return said


def to_read(text: str | None) -> dict[str, Any]:
    """A kept document as JSON: ``rules``; and ``text`` and ``problem``, if it cannot be read."""
    if text is None:
        return {"rules": None}
    try:
        parse(text, _("the rules of this door"))
        return {"rules": as_object(text)}
    except ConfigError as error:
        return {"rules": None, "text": text, "problem": str(error)}


def with_names_of_today(text: str) -> str:
    """A document that was parsed before, in which an old name of the time zone is replaced by that
    of today (:mod:`facedoor.access.zones`), and nothing else."""
    said = _loaded(text)
    old = str(said["time_zone"])
    new = name_of_today(old)
    if new == old:
        return text
    for found in re.finditer(re.escape(old), text):
        changed = text[: found.start()] + new + text[found.end() :]
        with suppress(StrictError):  # it stands in a comment too, or as a part of something else
            if _loaded(changed) == {**said, "time_zone": new}:
                return changed
    return text


def to_text(permission: Permission) -> str:
    """What is said of a person, for the state file, where it is sealed."""
    return json.dumps(strict.as_json(permission))


def from_text(text: str) -> Permission:
    """The reverse. Raises ``ValueError`` or ``TypeError`` for what is no permission."""
    return strict.read(Permission, json.loads(text))


def to_show(permission: Permission, with_duress: bool) -> dict[str, Any]:
    """As JSON: of the PIN only whether there is one, duress only for those who may know."""
    said: dict[str, Any] = strict.as_json(permission)
    said["pin"] = permission.pin is not None
    if not with_duress:
        del said["duress"]
    return said


def _loaded(text: str) -> dict[str, Any]:
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise StrictError(
            _("may have at most {most} bytes: leave out what is over").format(most=MOST_BYTES)
        )
    try:
        # No TOML begins so.
        said = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise StrictError(
            _("is neither valid TOML nor JSON: {error}").format(error=short(str(error)))
        ) from error
    return dict(said)


def _zone(name: object) -> ZoneInfo:
    if isinstance(name, str):
        # Not found, no name of a zone at all, a folder of zones.
        with suppress(KeyError, ValueError, OSError):
            return zone(name)
    hint = _(": write one such as Europe/Berlin")
    if closest(str(name), zones := available_timezones()) is not None:
        hint = nearest(str(name), zones)
    raise StrictError(
        _("is {shown}, which is no time zone{hint}").format(shown=shown(name), hint=hint)
    )


_Holiday: TypeAlias = date | tuple[int, int] | PublicHolidays


def _holiday(said: object) -> _Holiday:
    """A day, the month and day of every year, or the public holidays of a country."""
    if isinstance(said, dict):
        public = strict.read(PublicHolidays, said)
        public.require()
        return public
    if isinstance(said, date) and not isinstance(said, datetime):
        return said
    try:
        if isinstance(said, str) and _YEARLY.fullmatch(said):
            day = date.fromisoformat(f"{_LEAP_YEAR}-{said}")
            return day.month, day.day
        return parse_day(str(said))
    except ValueError as error:
        raise StrictError(
            _(
                "has {shown}: write 2026-12-25, 12-25 for that day of every year, or {{country "
                '= "DE", region = "BY"}} for the public holidays'
            ).format(shown=shown(said))
        ) from error


def _schedule(days: Mapping[str, tuple[str, ...]]) -> Schedule:
    read: dict[str, tuple[Interval, ...]] = {}
    for name, intervals in days.items():
        for day in _days(name):
            if day in read:
                raise StrictError(
                    _("says {day} twice, the second time in {name}: once is due").format(
                        day=day, name=name
                    )
                )
            read[day] = tuple(_interval(each, name) for each in intervals)
    return Schedule(tuple(read.get(day, ()) for day in WEEKDAYS), read.get(HOLIDAYS, ()))


def _days(name: str) -> tuple[str, ...]:
    """``mon``, ``mon-fri``, ``fri-mon`` or ``holidays``."""
    if name == HOLIDAYS:
        return (HOLIDAYS,)
    first, dash, last = name.partition("-")
    for day in (first, last) if dash else (first,):
        if day not in WEEKDAYS:
            hint = nearest(day, (*WEEKDAYS, HOLIDAYS))
            raise StrictError(
                _("names no day{hint} (or two, as mon-fri)").format(hint=hint), (name,)
            )
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    count = (end - begin) % len(WEEKDAYS) + 1
    return tuple(WEEKDAYS[(begin + step) % len(WEEKDAYS)] for step in range(count))


def _interval(said: str, key: str) -> Interval:
    if found := _INTERVAL.fullmatch(said):
        hours_1, minutes_1, hours_2, minutes_2 = map(int, found.groups())
        start, end = hours_1 * 60 + minutes_1, hours_2 * 60 + minutes_2
        fits = max(minutes_1, minutes_2) < 60 and start < DAY_MINUTES and end <= DAY_MINUTES
        if fits and start != end:
            return Interval(start, end)
    raise StrictError(
        _("has {shown}: write HH:MM-HH:MM, as 08:00-18:00, 22:00-06:00 or 00:00-24:00").format(
            shown=shown(said)
        ),
        (key,),
    )


def _named(things: dict[str, Any]) -> dict[str, Any]:
    """Things to which the owner gives names."""
    for name in things:
        if not _WORD.fullmatch(name):
            raise StrictError(
                _("has the name {shown}: write 1 to 32 letters a to z, digits, - or _").format(
                    shown=shown(name)
                )
            )
    return things


def _groups(tables: dict[str, Any]) -> dict[str, Any]:
    """Groups, in which null, as JSON has it, would take back a schedule that was meant."""
    for name, table in _named(tables).items():
        for key, value in table.items() if isinstance(table, dict) else ():
            if value is None:
                raise StrictError(_("is null: write a value, or leave it out"), (name, key))
    return tables


@dataclass(frozen=True, slots=True)
class _Document:
    """What may stand in a document."""

    time_zone: ZoneInfo | None = field(default=None, metadata=more(said=(Any, _zone)))
    holidays: tuple[_Holiday, ...] = field(
        default=(), metadata=more(said=(tuple[Any, ...], lambda days: tuple(map(_holiday, days))))
    )
    schedules: dict[str, dict[str, tuple[str, ...]]] = field(
        default_factory=dict, metadata=more(said=(dict[str, dict[str, tuple[str, ...]]], _named))
    )
    groups: dict[str, Any] = field(
        default_factory=dict, metadata=more(said=(dict[str, Any], _groups))
    )
    default_group: str | None = None
    lockout: LockoutPolicy = field(default_factory=LockoutPolicy)


def _rules(said: _Document) -> Rules:
    if said.time_zone is None:
        raise StrictError(_('is missing: write the door\'s own, as "UTC"'), ("time_zone",))
    calendar = Calendar(
        said.time_zone,
        frozenset(day for day in said.holidays if isinstance(day, date)),
        frozenset(day for day in said.holidays if isinstance(day, tuple)),
        tuple(days for days in said.holidays if isinstance(days, PublicHolidays)),
    )
    schedules, groups = {}, {}
    for name, days in said.schedules.items():
        with below("schedules", name):
            schedules[name] = _schedule(days)
    for name, table in said.groups.items():
        with below("groups", name):
            groups[name] = strict.read(Group, table, name=name)
        _require_one_of(groups[name].schedule, schedules, "groups", name, "schedule")
    _require_one_of(said.default_group, groups, "default_group")
    if said.lockout.longest_s < said.lockout.first_s:
        raise StrictError(
            _("is less than lockout.first_s: make it as long"), ("lockout", "longest_s")
        )
    return Rules(calendar, schedules, groups, said.default_group, said.lockout)


def _require_one_of(value: str | None, known: Collection[str], *keys: str) -> None:
    if value is not None and value not in known:
        hint = nearest(value, known) if known else _(", and there is none: add it")
        raise StrictError(f"is {shown(value)}{hint}", keys)
