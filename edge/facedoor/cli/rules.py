"""``facedoor rules`` and ``facedoor people allow``: who may come in when.

PINs are asked for on the terminal or read from standard input, so that none stands in the list of
processes or in the shell's history.
"""

from __future__ import annotations

import argparse
import getpass
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from facedoor.cli import BY, answer, tables, yes_or_no
from facedoor.errors import ConfigError, ExitCode, UsageError
from facedoor.files import read_text
from facedoor.languages import _
from facedoor.reasons import Reason
from facedoor.wire.mode import Mode

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from facedoor.access.pin import PinHash
    from facedoor.access.rule_book import RuleBook
    from facedoor.config.options import Config
    from facedoor.storage.vault import Vault

NONE = "none"
"""Takes back what was said about a date or a rate."""

_NAMES = 20
"""So many are shown of a group."""


def show(options: argparse.Namespace, settings: Config) -> ExitCode:
    """The rules, and what is said of whom."""
    from facedoor.access.document import to_read, to_show
    from facedoor.access.review import not_by_face
    from facedoor.access.rules import Permission

    with _book(settings, read_only=True) as (state, book):
        text, permissions = book.document(), book.permissions()
        closed = not_by_face(_mode(state[0]))
        people_of_groups = _in_groups(book)
    people = [
        {"person": name, **to_show(permission, with_duress=True)}
        for name, permission in permissions.items()
        if permission != Permission()
    ]
    lines = [f"# {closed}"] if closed else []
    lines.append(text or _("# no rules: whoever is recognised may come in at any time"))
    lines += [f"# {person['person']}: {in_words(person)}" for person in people]
    lines += [f"# {line}" for line in people_of_groups]
    said = to_read(text)
    code = ExitCode.DONE
    if "problem" in said:
        # What stands there is needed to mend it, and nobody comes in until then.
        why = _("# nobody comes in by these rules, they cannot be read: {problem}")
        lines.append(why.format(problem=said["problem"]))
        code = ConfigError.exit_code
    return answer(options, {**said, "people": people}, "\n".join(lines), code)


def _in_groups(book: RuleBook) -> list[str]:
    """Who is in which group, a line for each that there is."""
    from facedoor.access.review import empty_group, people_of

    try:
        rulings = book.rulings()
    except ConfigError:  # which show says, with the document
        return []
    lines = []
    for group, people in people_of(rulings).items():
        if people:
            names = ", ".join(people[:_NAMES])
            if (more := len(people) - _NAMES) > 0:
                names = _("{names} and {count} more").format(names=names, count=more)
            said = _("people in the group {group}: {people}").format(group=group, people=names)
            lines.append(said)
        else:
            lines.append(str(empty_group(group)))
    return lines


def _mode(db: sqlite3.Connection) -> Mode:
    """The mode that the door is in. Raises :class:`StoreError`."""
    from facedoor.door.mode_switch import ModeSwitch

    switch = ModeSwitch()
    switch.restore(db)
    return switch.mode


def clear(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Take the rules away: whoever is recognised may come in at any time."""
    with _book(settings) as (_state, book):
        freed = book.clear_rules(BY)
        bound = {
            name: said
            for name, said in book.permissions().items()
            if said.valid_from is not None or said.valid_until is not None
        }
    cleared = {"cleared": freed is not None, "of_no_group": freed or (), "bound": list(bound)}
    if freed is None:
        lines = [_("there are no rules to clear")]
    else:
        lines = [_("the rules are gone: whoever is recognised may come in at any time")]
    if freed:
        lines.append(_("of no group any more: {people}").format(people=", ".join(freed)))
    for name, said in bound.items():
        dates = [(_("from {day}"), said.valid_from), (_("until {day}"), said.valid_until)]
        when = " ".join(text.format(day=day) for text, day in dates if day is not None)
        mind = _("mind: {person} may come in {when} only: {command}")
        command = f"facedoor people allow {shlex.quote(name)} --from none --until none"
        lines.append(mind.format(person=name, when=when, command=command))
    return answer(options, cleared, "\n".join(lines))


def set_rules(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Put a document in the place of the rules; it holds at once."""
    from facedoor.access.review import oddities
    from facedoor.storage.clock_record import clock_of

    text = read_document(options.file)
    with _book(settings) as (state, book):
        book.set_rules(text, BY, str(options.file))
        rulings = book.rulings()
        odd = [*map(str, oddities(rulings, settings.rules, clock_of(*state).reading()))]
    if rulings.text != text:
        zone = _("the time zone is called {zone} today, and kept so")
        odd.append(zone.format(zone=rulings.rules.calendar.zone))
    lines = [_("the rules are those of {file}").format(file=options.file)]
    lines += [_("mind: {oddity}").format(oddity=oddity) for oddity in odd]
    return answer(options, {"file": str(options.file), "odd": odd}, "\n".join(lines))


def check(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Look for mistakes in the rules, or in a file before it is set."""
    from facedoor.access.document import parse
    from facedoor.access.review import oddities
    from facedoor.access.rule_book import Rulings
    from facedoor.access.rules import no_rules
    from facedoor.clock import DoorClock
    from facedoor.storage.clock_record import clock_of
    from facedoor.storage.place import is_there

    if options.file and not is_there(settings.database):  # before there is a door, as on a desk
        rulings, time = Rulings(None, no_rules(), {}, {}), DoorClock().reading()
    else:
        with _book(settings, read_only=True) as (state, book):
            rulings, time = book.rulings(), clock_of(*state).reading()
    if options.file:
        text = read_document(options.file)
        rulings = replace(rulings, text=text, rules=parse(text, str(options.file)))
    odd = [*map(str, oddities(rulings, settings.rules, time))]
    text = "\n".join(map(tables.fitted, odd)) or _("nothing is odd about the rules")
    return answer(options, {"odd": odd}, text, yes_or_no(not odd))


def explain(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Whether and why somebody would get in, now or at a time."""
    from facedoor.access.lockout import Lockout, recall_lockout, recall_pin_lockouts
    from facedoor.access.review import explanation
    from facedoor.access.rules import Factor, admit
    from facedoor.clock import DoorTime
    from facedoor.names import name_key
    from facedoor.storage import mentions
    from facedoor.storage.clock_record import clock_of
    from facedoor.times import parse_time, weekday

    with _book(settings, read_only=True) as (state, book):
        permission, rulings = book.permission(options.name), book.rulings()
        rules, mode = rulings.rules, Mode.NORMAL
        clock, zone = clock_of(*state), book.zone()
        time, locked_s, pin_locked_s = clock.reading(), 0.0, 0.0
        if options.at:
            time = DoorTime.supposed(parse_time(options.at, zone))
        else:
            now_s, mode = clock.boot_s(), _mode(state[0])
            locked_s = recall_lockout(state[0], clock.boot, now_s).left_s(now_s)
            number = mentions.number_of(*state, options.name) or 0
            pins = recall_pin_lockouts(state[0], clock.boot, now_s)
            pin_locked_s = pins.get(number, Lockout()).left_s(now_s)
    now = time.now.astimezone(zone)
    admission = admit(rules, permission, time)
    name = next(one for one in rulings.permissions if name_key(one) == name_key(options.name))
    said = explanation(rulings, name, admission, mode)
    if locked_s:
        locked = _("but after several refusals no face opens the door for {seconds:.0f} s more")
        said.append(locked.format(seconds=locked_s))
    ways = [way for way in admission.ways if way.second_factor is not Factor.PIN]
    if pin_locked_s and len(ways) < len(admission.ways):
        locked = _("but after several wrong ones no PIN of theirs counts for {seconds:.0f} s")
        said.append(locked.format(seconds=pin_locked_s))
    admitted = bool(ways if pin_locked_s else admission.ways) and not locked_s
    reason = admission.reason
    if mode is not Mode.NORMAL:
        admitted = False
        reason = Reason.LOCKDOWN if mode is Mode.LOCKDOWN else Reason.NOT_ALLOWED_NOW
    values = {
        "person": options.name,
        "at": now.isoformat(timespec="seconds"),
        "admitted": admitted,
        "reason": reason.value,
        "why": said,
    }
    text = f"{options.name}, {weekday(now)} {now:%Y-%m-%d %H:%M %Z}: " + "\n  ".join(said)
    text = "\n".join(map(tables.fitted, text.split("\n")))
    return answer(options, values, text, yes_or_no(admitted))


def allow(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Say, or show, what a person may."""
    from facedoor.access.document import to_show

    changed = changes(options)
    if options.no_pin:
        changed["pin"] = None
    elif options.pin or options.pin_stdin:
        changed["pin"] = _pin(options.pin_stdin)
    with _book(settings, read_only=not changed) as (_state, book):
        if changed:
            name, said = book.allow(options.name, lambda known: replace(known, **changed), BY)
        else:
            name, said = options.name, book.permission(options.name)
    shown = {"person": name, **to_show(said, with_duress=True)}
    return answer(options, shown, f"{name}: {in_words(shown)}")


def changes(options: argparse.Namespace) -> dict[str, Any]:
    """What is to be changed of a :class:`facedoor.access.rules.Permission`, save for the PIN."""
    found: dict[str, Any] = {}
    if options.group is not None:
        found["groups"] = tuple(dict.fromkeys(options.group))
    if options.valid_from is not None:
        found["valid_from"] = _day(options.valid_from)
    if options.valid_until is not None:
        found["valid_until"] = _day(options.valid_until)
    if options.duress is not None:
        found["duress"] = options.duress
    if options.rate is not None:
        found["false_match_rate"] = _rate(options.rate)
    return found


def _pin(from_stdin: bool) -> PinHash:
    from facedoor.access.pin import hash_pin

    if from_stdin:
        return hash_pin(sys.stdin.readline().rstrip("\n"))
    if not sys.stdin.isatty():
        raise UsageError(_("--pin asks on a terminal, and there is none: use --pin-stdin"))
    first = getpass.getpass("PIN: ")
    if getpass.getpass(_("once more: ")) != first:
        raise UsageError(_("that was another PIN the second time: try again"))
    return hash_pin(first)


def _day(text: str) -> date | None:
    from facedoor.times import parse_day

    if text == NONE:
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        raise UsageError(
            _("{text!r} is not a day: write 2026-12-31, or {none}").format(text=text, none=NONE)
        ) from error


def _rate(text: str) -> float | None:
    from facedoor.wire.access_requests import LOOSEST_RATE, STRICTEST_RATE

    if text == NONE:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not STRICTEST_RATE <= rate <= LOOSEST_RATE:
        raise UsageError(
            _("--false-match-rate is {text!r}; it can be {least:g} to {most:g}, or {none}").format(
                text=text, least=STRICTEST_RATE, most=LOOSEST_RATE, none=NONE
            )
        )
    return rate


def read_document(path: Path) -> str:
    """The text of a rules document. Raises :class:`ConfigError`."""
    try:
        return read_text(path)
    except OSError as error:
        raise ConfigError(
            _("cannot read the rules {path} ({strerror})").format(
                path=path, strerror=error.strerror
            )
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("the rules {path} are not text: save them as UTF-8").format(path=path)
        ) from error


def in_words(person: dict[str, Any]) -> str:
    """What is said of somebody, on one line."""
    said = []
    if person["groups"]:
        said.append(_("in {groups}").format(groups=", ".join(person["groups"])))
    said += [
        text.format(day=person[key])
        for key, text in (("from", _("from {day}")), ("until", _("until {day}")))
        if person[key]
    ]
    said += [
        word
        for word, is_so in ((_("PIN"), person["pin"]), (_("duress"), person.get("duress")))
        if is_so
    ]
    if person["false_match_rate"] is not None:
        rate = _("false match rate {rate:g}")
        said.append(rate.format(rate=person["false_match_rate"]))
    return "; ".join(said) or _("nothing of their own is said")


@contextmanager
def _book(
    settings: Config, *, read_only: bool = False
) -> Iterator[tuple[tuple[sqlite3.Connection, Vault], RuleBook]]:
    from facedoor.access.rule_book import RuleBook
    from facedoor.storage.key_file import open_state

    with open_state(settings, read_only=read_only) as (db, vault):
        yield (db, vault), RuleBook(db, vault)
