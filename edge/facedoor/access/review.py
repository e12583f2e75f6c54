"""What is odd about a door's rules, and why one person would or would not get in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
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
from facedoor.languages import _
from facedoor.reasons import Reason
from facedoor.wire.mode import Mode


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
        said = _("a group asks for a PIN, and there is no [rules] keypad to type it on")
        found.append(Oddity(said))
    if Factor.BUTTON in asked and devices.button_pin is None:
        found.append(Oddity(_("a group asks for the button, and [rules] button_pin is not set")))
    found += [empty_group(name) for name, people in people_of(rulings).items() if not people]
    schedules_in_use = {group.schedule for group in rules.groups.values()}
    found += [
        Oddity(_("no group keeps to the schedule {schedule}").format(schedule=name))
        for name in rules.schedules
        if name not in schedules_in_use
    ]
    for name, permission in rulings.permissions.items():
        found += _problems(name, rules, permission, time)
    bound = [
        name
        for name, permission in rulings.permissions.items()
        if not time.is_proven and keeps_to_times(rules, permission)
    ]
    if bound:
        said = _(
            "{people} can come in only at some times, and the door does not know what time it is "
            "({why_not})"
        )
        found.append(
            Oddity(said.format(people=", ".join(bound), why_not=time.why_not), _(NEXT_STEP))
        )
    return found


def people_of(rulings: Rulings) -> Mapping[str, list[str]]:
    """Who is in each group of the rules, also those who are given none where one is the default."""
    found: dict[str, list[str]] = {name: [] for name in rulings.rules.groups}
    for name, permission in rulings.permissions.items():
        for group in rulings.rules.groups_of(permission):
            found[group.name].append(name)
    return found


def empty_group(name: str) -> Oddity:
    """A group that lets nobody in, and what puts somebody into it."""
    said = _("people in the group {group}: nobody").format(group=name)
    return Oddity(said, f"facedoor people allow NAME --group {name}")


def _problems(name: str, rules: Rules, permission: Permission, time: DoorTime) -> Iterator[Oddity]:
    """What is odd about one person's permission, and what mends it."""
    groups, day = rules.groups_of(permission), rules.calendar.wall_clock(time.earliest)[0]
    allow = f"facedoor people allow {shlex.quote(name)}"
    if rules.groups and not groups:
        said = _("{person} is in no group, so the door stays shut").format(person=name)
        yield Oddity(said, f"{allow} --group {next(iter(rules.groups))}")
    if permission.valid_until is not None and permission.valid_until < day:
        said = _("{person} could come in until {day}, which is over")
        yield Oddity(said.format(person=name, day=permission.valid_until))
    if permission.pin is None and any(group.second_factor is Factor.PIN for group in groups):
        said = _("{person} has to type a PIN and has none").format(person=name)
        yield Oddity(said, f"{allow} --pin")


def not_by_face(mode: Mode) -> str | None:
    """Why no face opens the door in this mode, whatever the rules say; ``None``: they decide."""
    if mode is Mode.LOCKDOWN:
        return f"{Reason.LOCKDOWN.guidance} ({mode})"
    return _("no face opens the door ({mode})").format(mode=mode) if mode is Mode.FACE_OFF else None


def explanation(
    rulings: Rulings, name: str, admission: Admission, mode: Mode = Mode.NORMAL
) -> list[str]:
    """Why somebody would get in by ``admission``, or not: sentences, the verdict first."""
    rules, permission = rulings.rules, rulings.permissions[name]
    if not admission.ways:
        why = f"{admission.reason.guidance} ({admission.reason}, {_(admission.rule)})"
        said = [_("stays outside: {why}").format(why=why)]
    else:
        said = [_("may come in")]
    if why_not := not_by_face(mode):
        by_rules = _("by the rules: {verdict}").format(verdict=said[0])
        said = [_("stays outside: {why}").format(why=why_not), by_rules]
    if rules.groups and not rules.groups_of(permission):
        put = _("put them into {groups}: {command}")
        command = f"facedoor people allow {shlex.quote(name)} --group {next(iter(rules.groups))}"
        said.append(put.format(groups=_(" or ").join(rules.groups), command=command))
    people, both, alone = people_of(rulings), _(" and "), _("with the face alone")
    for way in admission.ways:
        needs = []
        if way.second_factor is Factor.PIN:
            needs.append(_("with a PIN") if permission.pin else _("with a PIN, which is not set"))
        if way.second_factor is Factor.BUTTON:
            needs.append(_("with the button"))
        if way.two_persons_within_s is not None:
            within = _("with another of the group within {seconds:g} s")
            needs.append(within.format(seconds=way.two_persons_within_s))
        said.append(f"{_(way.rule)}: {both.join(needs) or alone}")
        if way.two_persons_within_s is not None and people[way.group] == [name]:
            beside = _("people in the group {group} beside them: nobody: {command}")
            command = f"facedoor people allow NAME --group {way.group}"
            said.append(beside.format(group=way.group, command=command))
    rate = strictest_rate(rules, permission)
    if rate is not None:
        told = _("recognised at a false match rate of {rate:g}, if that is below the door's")
        said.append(told.format(rate=rate))
    return said
