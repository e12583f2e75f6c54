"""The rules of a door: who of those it recognises may come in when, and what else they need.

Pure: values, and one question that is asked of them (:func:`admit`). What a person may is what any
of their groups lets them; what makes a face count as theirs is the strictest that is said.

Without groups in the rules everybody may come in at any time. With groups, whoever is in none
belongs to the default group, and may not come in if there is none: somebody who has just been
enrolled gets no more than the owner has said.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date

from facedoor.access.lockout import LockoutPolicy
from facedoor.access.pin import PinHash
from facedoor.access.schedule import Calendar, Schedule, is_always_open, is_open
from facedoor.clock import DoorTime
from facedoor.languages import N_
from facedoor.reasons import Reason
from facedoor.strict import more
from facedoor.wire.access_requests import LOOSEST_RATE, STRICTEST_RATE

_RATE = more(allowed=(STRICTEST_RATE, LOOSEST_RATE))
_DAY = more(said=(str, date.fromisoformat), told=date.isoformat)


class Factor(enum.StrEnum):
    """What has to be shown beside a face."""

    PIN = "pin"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Group:
    """What is said of everybody in it. ``schedule`` is the name of one; ``None``: at any time."""

    name: str
    schedule: str | None = None
    two_persons_within_s: float | None = field(default=None, metadata=more(allowed=(1.0, 3600.0)))
    second_factor: Factor | None = None
    false_match_rate: float | None = field(default=None, metadata=_RATE)


@dataclass(frozen=True, slots=True)
class Rules:
    """A rules document."""

    calendar: Calendar
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    default_group: str | None = None
    lockout: LockoutPolicy = field(default_factory=LockoutPolicy)

    def groups_of(self, permission: Permission) -> tuple[Group, ...]:
        """The groups of a person, those that exist."""
        names = permission.groups or ((self.default_group,) if self.default_group else ())
        return tuple(self.groups[name] for name in names if name in self.groups)


@dataclass(frozen=True, slots=True)
class Permission:
    """What is said of one person. Both dates are days at the door on which it still holds."""

    groups: tuple[str, ...] = ()
    valid_from: date | None = field(default=None, metadata=_DAY | more(key="from"))
    valid_until: date | None = field(default=None, metadata=_DAY | more(key="until"))
    duress: bool = False
    pin: PinHash | None = field(
        default=None, metadata=more(said=(tuple[str, str], PinHash.of_hex), told=PinHash.as_hex)
    )
    false_match_rate: float | None = field(default=None, metadata=_RATE)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in, which a group lets a person go now, and what it takes."""

    group: str
    rule: str
    second_factor: Factor | None = None
    two_persons_within_s: float | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """The ways in that a person has now; where there is none, ``reason`` and ``rule`` say why."""

    ways: tuple[Way, ...]
    reason: Reason = Reason.RECOGNISED
    rule: str = ""


def no_rules() -> Rules:
    """What holds at a door whose owner has said nothing."""
    return Rules(Calendar(UTC), lockout=LockoutPolicy(after=0))


def admit(rules: Rules, permission: Permission, time: DoorTime) -> Admission:
    """If and how somebody may come in at a time.

    While that is not proven, nothing that depends on it lets anybody in.
    """
    day, _ = rules.calendar.wall_clock(time.now)
    first, last = permission.valid_from, permission.valid_until
    if (first or last) and not time.is_proven:
        dates = " ".join(_dates(permission))
        return Admission((), Reason.CLOCK_NOT_SET, f"{dates}, and {time.why_not}")
    if (first is not None and day < first) or (last is not None and day > last):
        return Admission((), Reason.NOT_VALID, " ".join(_dates(permission)))
    if not rules.groups and not permission.groups:
        return Admission((Way("", N_("at any time")),))
    groups = rules.groups_of(permission)
    if not groups:
        return Admission((), Reason.NOT_VALID, N_("in no group"))
    ways = [_way(group) for group in groups if _lets_in(group, rules, time)]
    if not ways:
        closed = ", ".join(_way(group).rule for group in groups)
        if time.is_proven:
            return Admission((), Reason.NOT_ALLOWED_NOW, closed)
        return Admission((), Reason.CLOCK_NOT_SET, f"{closed}, and {time.why_not}")
    return Admission(tuple(ways))


def keeps_to_times(rules: Rules, permission: Permission) -> bool:
    """True if whether somebody may come in depends on what time it is."""
    unknown = DoorTime(0.0, None)
    return admit(rules, permission, unknown).reason is Reason.CLOCK_NOT_SET


def strictest_rate(rules: Rules, permission: Permission) -> float | None:
    """The smallest false match rate that is said of a person or one of their groups, if any is."""
    rates = [group.false_match_rate for group in rules.groups_of(permission)]
    said = [rate for rate in (*rates, permission.false_match_rate) if rate is not None]
    return min(said, default=None)


def _lets_in(group: Group, rules: Rules, time: DoorTime) -> bool:
    if group.schedule is None:
        return True
    schedule = rules.schedules[group.schedule]
    if not time.is_proven:
        return is_always_open(schedule, rules.calendar)
    return is_open(schedule, rules.calendar, time.now)


def _dates(permission: Permission) -> list[str]:
    first, last = permission.valid_from, permission.valid_until
    return [f"{name} {day}" for name, day in (("from", first), ("until", last)) if day]


def _way(group: Group) -> Way:
    rule = f"group {group.name}" + (f", schedule {group.schedule}" if group.schedule else "")
    return Way(group.name, rule, group.second_factor, group.two_persons_within_s)
