"""What the door answers to requests that change nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from facedoor import __version__
from facedoor.access.changes import changes, digest
from facedoor.access.document import to_read, to_show
from facedoor.access.review import oddities
from facedoor.clock import DoorClock
from facedoor.commands.access_changes import require_unchanged
from facedoor.commands.invitations import Invitations
from facedoor.commands.keys import CommandKeys
from facedoor.commands.order import Order, StateFile
from facedoor.commands.past_readings import PastReadings
from facedoor.config.options import RulesConfig
from facedoor.door.mode_switch import ModeSwitch
from facedoor.printable import counted
from facedoor.wire.access_requests import TryRules
from facedoor.wire.outcomes import Outcome
from facedoor.wire.reading_requests import (
    Explain,
    ListKeys,
    ListPeople,
    Ping,
    Reading,
    ReadJournal,
    ReadRules,
    Summarise,
)


@dataclass(frozen=True, slots=True)
class About:
    """What a door tells of itself: its name, ``door``; ``pack``, its models, by name and the
    beginning of their hash, ``None`` while there are none; and of which visits it
    ``keeps_pictures``. ``devices`` are those for second factors."""

    door: str
    pack: Callable[[], str | None]
    keeps_pictures: str
    devices: RulesConfig


class Readings:
    """Answers at once. Belongs to the server's thread."""

    def __init__(
        self,
        state: StateFile,
        switch: ModeSwitch,
        about: About,
        clock: DoorClock,
    ) -> None:
        self._state = state
        self._switch = switch
        self._about = about
        self._clock = clock
        self._past = PastReadings(state, about.door)

    def answer(self, order: Order, request: Reading) -> Outcome:
        """Raises :class:`RefusedError` or :class:`UsageError` for what cannot be."""
        match request:
            case Ping():
                return self._ping(order)
            case ListPeople():
                people = [dataclasses.asdict(person) for person in self._state.gallery.people()]
                return Outcome.done(f"{len(people)} enrolled", people=people)
            case ReadJournal():
                return self._past.entries(request, order.is_admins)
            case Summarise():
                return self._past.summary(request)
            case Explain():
                return self._past.explanation(request)
            case ReadRules():
                return self._rules(order.is_admins)
            case TryRules():
                return self._try_rules(request)
            case ListKeys():
                return self._keys()
            case _:
                assert_never(request)

    def _ping(self, order: Order) -> Outcome:
        return Outcome.done(
            "the door hears",
            version=__version__,
            mode=self._switch.mode.value,
            role=order.role and order.role.value,
            key=order.key,
            key_name=order.by,
            pack=self._about.pack(),
            keeps_pictures=self._about.keeps_pictures,
        )

    def _rules(self, with_duress: bool) -> Outcome:
        text = self._state.rules.document()
        said = {**to_read(text), "hash": digest(text)}
        people = [
            {"person": name, **to_show(permission, with_duress)}
            for name, permission in self._state.rules.permissions().items()
        ]
        return Outcome.done("the rules of this door", **said, people=people)

    def _try_rules(self, request: TryRules) -> Outcome:
        book = self._state.rules
        require_unchanged(book, request.in_place_of)
        rulings = book.rulings_by(request.text)
        found = changes(book.document(), request.text)
        odd = oddities(rulings, self._about.devices, self._clock.reading())
        return Outcome.done(
            counted(len(found), "change"), changes=found, warnings=[str(one) for one in odd]
        )

    def _keys(self) -> Outcome:
        keys = [key.as_json() for key in CommandKeys(self._state.db).all()]
        now_s = self._clock.reading().now_s
        invitations = [one.as_json() for one in Invitations(self._state.db).open(now_s)]
        return Outcome.done(
            f"{counted(len(keys), 'key')}, {counted(len(invitations), 'open invitation')}",
            keys=keys,
            invitations=invitations,
        )
