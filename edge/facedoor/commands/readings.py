"""What the door answers to requests that change nothing."""

from __future__ import annotations

import dataclasses
from typing import assert_never

from facedoor import __version__
from facedoor.access.document import to_read, to_show
from facedoor.commands.order import Order, StateFile
from facedoor.door.mode_switch import ModeSwitch
from facedoor.printable import counted
from facedoor.times import parse_time, utc_text
from facedoor.wire import bands
from facedoor.wire.outcomes import Outcome
from facedoor.wire.reading_requests import ListPeople, Ping, Reading, ReadJournal, ReadRules


class Readings:
    """Answers at once. Belongs to the server's thread."""

    def __init__(self, state: StateFile, switch: ModeSwitch) -> None:
        self._state = state
        self._switch = switch

    def answer(self, order: Order, request: Reading) -> Outcome:
        """Raises :class:`RefusedError` or :class:`UsageError` for what cannot be."""
        match request:
            case Ping():
                mode = self._switch.mode.value
                return Outcome.done("the door hears", version=__version__, mode=mode)
            case ListPeople():
                people = [dataclasses.asdict(person) for person in self._state.gallery.people()]
                return Outcome.done(f"{len(people)} enrolled", people=people)
            case ReadJournal():
                return self._journal(request, order.is_admins)
            case ReadRules():
                return self._rules(order.is_admins)
            case _:
                assert_never(request)

    def _journal(self, request: ReadJournal, is_admin: bool) -> Outcome:
        """The last entries; only an admin gets the distances in them."""
        since = ""
        if request.since is not None:
            since = utc_text(parse_time(request.since, self._state.rules.zone(), past=True))
        entries = [
            dataclasses.asdict(entry)
            for entry in self._state.journal.tail(request.limit)
            if entry.time >= since
        ]
        if not is_admin:
            entries = [{**entry, "payload": bands.told(entry["payload"])} for entry in entries]
        return Outcome.done(counted(len(entries), "entry", "entries"), entries=entries)

    def _rules(self, with_duress: bool) -> Outcome:
        said = to_read(self._state.rules.document())
        people = [
            {"person": name, **to_show(permission, with_duress)}
            for name, permission in self._state.rules.permissions().items()
        ]
        return Outcome.done("the rules of this door", **said, people=people)
