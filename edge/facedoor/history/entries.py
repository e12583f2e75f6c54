"""Entries of the journal in words: what happened, and who did it."""

from __future__ import annotations

import json
from datetime import tzinfo

from facedoor.history import sentences
from facedoor.history.visits import Visits
from facedoor.languages import N_, _, ngettext
from facedoor.times import local_text
from facedoor.wire.decisions import Decision, ToldDecision
from facedoor.wire.entries import Entry
from facedoor.wire.events import (
    CommandAccepted,
    CommandConcluded,
    CommandsRefused,
    Duress,
    Event,
    LockoutBegan,
    ModeChanged,
    OtherEvent,
    RelayTested,
)
from facedoor.wire.sentences import sentence
from facedoor.wire.state_events import (
    ClockRepaired,
    ClockTrusted,
    CopyPutBack,
    KeyChanged,
    PersonEnrolled,
    RecordsSkipped,
    RulesChanged,
    SimilarNamed,
)
from facedoor.wire.visit_events import Forgotten, Labelled, PicturesSeen

_KEYS = {
    "invited": N_("{by} invited {name} as {role}"),
    "joined": N_("{name} joined as {role}"),
    "added": N_("{by} added the key {name} as {role}"),
    "revoked": N_("{by} revoked the key {name}"),
    "withdrawn": N_("{by} took back the invitation of {name}"),
}

_COPIES = {
    "backup": N_("a backup was put in the place of the state file"),
    "older_copy": N_("an older copy was put in the place of the state file"),
}

_SKIPPED = {
    "templates": N_("people whose templates cannot be read: {people}"),
    "permissions": N_("people whose permissions cannot be read: {people}"),
    "roster": N_("people of whom what other doors said cannot be read: {people}"),
}

_AT_THE_DOOR = (N_("command line"), N_("setup"))


def in_words(entry: Entry, zone: tzinfo | None) -> str:
    """What an entry says, without its time; other times are on the wall clock of ``zone``.

    With distances, where the entry has them: for root and admins alone.
    """
    event = entry.event
    is_visit = isinstance(event, Decision | ToldDecision)
    if is_visit and (visit := Visits("").add(event, entry.id)):
        return sentences.sentence(visit, with_distances=True)
    return _of_people(event) or _of_commands(event) or _of_the_door(event, zone) or sentence(event)


def _of_people(event: Event) -> str:
    match event:
        case PersonEnrolled():
            said = ngettext(
                "{by} added {count} picture of {person}",
                "{by} added {count} pictures of {person}",
                event.added,
            )
            return said.format(by=_who(event.by), count=event.added, person=_name(event.person))
        case SimilarNamed():
            return _("{by} said that whom they enrol next is not {person}, though alike").format(
                by=_who(event.by), person=_name(event.person)
            )
        case RulesChanged(what="document"):
            return _("{by} changed the rules").format(by=_who(event.by))
        case RulesChanged():
            return _("{by} changed what {person} may").format(
                by=_who(event.by), person=_name(event.person)
            )
        case Labelled():
            return _("{by} said that visit {visit} was {person}").format(
                by=_who(event.by), visit=event.visit, person=_name(event.person)
            )
        case PicturesSeen():
            return _("{by} looked at pictures of {visits}").format(
                by=_who(event.by), visits=", ".join(event.visits)
            )
        case Forgotten():
            said = ngettext(
                "somebody was forgotten, in {count} entry",
                "somebody was forgotten, in {count} entries",
                len(event.entries),
            )
            return said.format(count=len(event.entries))
        case Duress():
            return _("DURESS: {person} is forced to come").format(person=_name(event.person))
    return ""


def _of_commands(event: Event) -> str:
    match event:
        case CommandAccepted(person=None):
            return _("{key} commands {cmd}").format(key=event.key, cmd=event.cmd)
        case CommandAccepted():
            return _("{key} commands {cmd}, about {person}").format(
                key=event.key, cmd=event.cmd, person=event.person
            )
        case CommandConcluded(reason=None):
            return _("{cmd} of {key}: {outcome}").format(
                cmd=event.cmd, key=event.key, outcome=event.outcome
            )
        case CommandConcluded():
            return _("{cmd} of {key}: {outcome}, {reason}").format(
                cmd=event.cmd,
                key=event.key,
                outcome=event.outcome,
                reason=sentences.in_words(event.reason or ""),
            )
        case CommandsRefused():
            said = ngettext(
                "{count} message of {key} was refused: {reason}",
                "{count} messages of {key} were refused: {reason}",
                event.count,
            )
            key = event.key or _("nobody who is known")
            return said.format(count=event.count, key=key, reason=sentences.in_words(event.reason))
        case KeyChanged():
            return _(_KEYS[event.change]).format(
                by=_who(event.by), name=event.name, role=event.role
            )
    return ""


def _of_the_door(event: Event, zone: tzinfo | None) -> str:
    match event:
        case ModeChanged():
            return _("{by} set the mode to {mode}").format(by=_who(event.by), mode=event.mode)
        case LockoutBegan(person=None):
            return _("no face opens the door for {seconds} s, after {refusals} refusals").format(
                seconds=round(event.lasts_s), refusals=event.refusals
            )
        case LockoutBegan():
            said = _("no code of {person} counts for {seconds} s, after {refusals} wrong ones")
            return said.format(
                person=event.person, seconds=round(event.lasts_s), refusals=event.refusals
            )
        case RelayTested():
            return _("{by} tested the relay").format(by=_who(event.by))
        case RecordsSkipped():
            return _(_SKIPPED[event.records]).format(people=event.people)
        case ClockTrusted():
            return _("{by} said that the clock is right").format(by=_who(event.by))
        case ClockRepaired():
            return _("{by} said that it never was {was}").format(
                by=_who(event.by), was=local_text(event.was, zone)
            )
        case CopyPutBack(reviewed_by=None):
            return _(_COPIES[event.copy])
        case CopyPutBack():
            return _("{by} looked at what was undone by a copy that was put back").format(
                by=_who(event.reviewed_by)
            )
        case OtherEvent():
            other = {key: value for key, value in event.more.items() if key != "time"}
            return f"{event.kind} {json.dumps(other, ensure_ascii=False)}"
    return ""


def _who(by: str | None) -> str:
    """Who did something: at the door itself, or the name of a key."""
    return _(by) if by in _AT_THE_DOOR else str(by)


def _name(person: str | None) -> str:
    return person or _("somebody who was removed since")
