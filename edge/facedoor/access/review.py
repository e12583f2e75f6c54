"""What is odd about a door's rules, and why one person would or would not get in."""

from __future__ import annotations

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


def oddities(rulings: Rulings, devices: RulesConfig, time: DoorTime) -> list[str]:
    """What the owner may not have meant, a sentence each, at the ``time`` that the door knows."""
    rules = rulings.rules
    found = []
    asked = {group.second_factor for group in rules.groups.values()}
    if Factor.PIN in asked and not devices.keypad:
        found.append("a group asks for a PIN, and there is no [rules] keypad to type it on")
    if Factor.BUTTON in asked and devices.button_pin is None:
        found.append("a group asks for the button, and [rules] button_pin is not set")
    groups_in_use = {
        group.name
        for permission in rulings.permissions.values()
        for group in rules.groups_of(permission)
    }
    found += [
        f"nobody is in the group {name}" for name in rules.groups if name not in groups_in_use
    ]
    schedules_in_use = {group.schedule for group in rules.groups.values()}
    found += [
        f"no group keeps to the schedule {name}"
        for name in rules.schedules
        if name not in schedules_in_use
    ]
    for name, permission in rulings.permissions.items():
        found += [f"{name} {problem}" for problem in _problems(rules, permission, time)]
    bound = [
        name
        for name, permission in rulings.permissions.items()
        if not time.is_proven and keeps_to_times(rules, permission)
    ]
    if bound:
        found.append(
            f"{', '.join(bound)} can come in only at some times, and the door does not know what "
            f"time it is ({time.why_not}): {NEXT_STEP}"
        )
    return found


def _problems(rules: Rules, permission: Permission, time: DoorTime) -> list[str]:
    groups, day = rules.groups_of(permission), rules.calendar.wall_clock(time.earliest)[0]
    problems = []
    if rules.groups and not groups:
        problems.append("is in no group, so the door stays shut: facedoor people allow --group")
    if permission.valid_until is not None and permission.valid_until < day:
        problems.append(f"could come in until {permission.valid_until}, which is over")
    if permission.pin is None and any(group.second_factor is Factor.PIN for group in groups):
        problems.append("has to type a PIN and has none: facedoor people allow --pin")
    return problems


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
