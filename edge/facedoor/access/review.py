"""What is odd about a door's rules, and why one person would or would not get in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from facedoor.access.rule_book import Rulings
from facedoor.access.rules import (
    Admission,
    Factor,
    Permission,
    Rules,
    keeps_to_times,
    strictest_rate,
)
from facedoor.clock import NEXT_STEP, DoorTime
from facedoor.config.options import RulesConfig


@dataclass(frozen=True, slots=True)
class Oddity:
    """What the owner may not have meant; ``remedy`` is empty where the rules have to be read."""

    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.sentence}: {self.remedy}" if self.remedy else self.sentence


def oddities(rulings: Rulings, devices: RulesConfig, time: DoorTime) -> list[Oddity]:
    """What the owner may not have meant, at the ``time`` that the door knows."""
    rules = rulings.rules
    found: list[Oddity] = []
    asked = {group.second_factor for group in rules.groups.values()}
    if Factor.PIN in asked and not devices.keypad:
        found.append(Oddity("a group asks for a PIN, and there is no [rules] keypad to type it on"))
    if Factor.BUTTON in asked and devices.button_pin is None:
        found.append(Oddity("a group asks for the button, and [rules] button_pin is not set"))
    groups_in_use = {
        group.name
        for permission in rulings.permissions.values()
        for group in rules.groups_of(permission)
    }
    found += [
        Oddity(f"nobody is in the group {name}")
        for name in rules.groups
        if name not in groups_in_use
    ]
    schedules_in_use = {group.schedule for group in rules.groups.values()}
    found += [
        Oddity(f"no group keeps to the schedule {name}")
        for name in rules.schedules
        if name not in schedules_in_use
    ]
    for name, permission in rulings.permissions.items():
        for problem, remedy in _problems(rules, permission, time):
            found.append(Oddity(f"{name} {problem}", remedy))
    bound = [
        name
        for name, permission in rulings.permissions.items()
        if not time.is_proven and keeps_to_times(rules, permission)
    ]
    if bound:
        said = (
            f"{', '.join(bound)} can come in only at some times, and the door does not know what "
            f"time it is ({time.why_not})"
        )
        found.append(Oddity(said, NEXT_STEP))
    return found


def _problems(rules: Rules, permission: Permission, time: DoorTime) -> Iterator[tuple[str, str]]:
    """What is odd about one person's permission, and what mends it."""
    groups, day = rules.groups_of(permission), rules.calendar.wall_clock(time.earliest)[0]
    if rules.groups and not groups:
        yield "is in no group, so the door stays shut", "facedoor people allow --group"
    if permission.valid_until is not None and permission.valid_until < day:
        yield f"could come in until {permission.valid_until}, which is over", ""
    if permission.pin is None and any(group.second_factor is Factor.PIN for group in groups):
        yield "has to type a PIN and has none", "facedoor people allow --pin"


def explanation(rules: Rules, permission: Permission, admission: Admission) -> list[str]:
    """Why somebody would get in by ``admission``, or not: sentences, the verdict first."""
    if not admission.ways:
        said = [
            f"stays outside: {admission.reason.guidance} ({admission.reason}, {admission.rule})"
        ]
    else:
        said = ["may come in"]
    for way in admission.ways:
        needs = []
        if way.second_factor is Factor.PIN:
            needs.append("with a PIN" if permission.pin else "with a PIN, which is not set")
        if way.second_factor is Factor.BUTTON:
            needs.append("with the button")
        if way.two_persons_within_s is not None:
            needs.append(f"with another of the group within {way.two_persons_within_s:g} s")
        said.append(f"{way.rule}: {' and '.join(needs) or 'with the face alone'}")
    rate = strictest_rate(rules, permission)
    if rate is not None:
        said.append(f"recognised at a false match rate of {rate:g}, if that is below the door's")
    return said
