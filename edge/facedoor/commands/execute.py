"""What the door does for each request that it may carry out."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias, assert_never

from facedoor import __version__
from facedoor.access.document import to_read, to_show
from facedoor.access.rule_book import RuleBook
from facedoor.commands.authority import Authority
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.mode_switch import ModeSwitch
from facedoor.identity.batch import Mandate
from facedoor.identity.gallery import Gallery
from facedoor.names import clean_name
from facedoor.printable import counted
from facedoor.site.site import Site
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.times import parse_time, utc_now, utc_text
from facedoor.wire import bands
from facedoor.wire.decisions import ReleaseDecision
from facedoor.wire.events import ModeChanged
from facedoor.wire.messages import Received
from facedoor.wire.mode import Mode
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.requests import (
    Allow,
    Capture,
    Enroll,
    ListPeople,
    Ping,
    ReadJournal,
    ReadRules,
    Remove,
    Rename,
    Request,
    SetMode,
    SetRules,
    Unlock,
)
from facedoor.wire.roles import Role


@dataclass(frozen=True, slots=True)
class Order:
    """A request from somebody who may make it.

    ``by`` is the name of the key, or says where a plain request came from. ``received`` is the
    message, for whoever answers it, ``role`` that of the key, ``key`` its fingerprint,
    ``issued_s`` when it was signed, in seconds since 1970.
    """

    id: str
    by: str
    request: Request
    received: Received | None = None
    role: Role | None = None
    key: str | None = None
    issued_s: float | None = None

    @property
    def person(self) -> str | None:
        """The person that it is about, if there is one."""
        if isinstance(self.request, Enroll | Capture | Remove | Rename | Allow):
            return self.request.person
        return None

    @property
    def authority(self) -> Authority:
        """What it rests on. Carried out at once, it is about whoever has the name then."""
        return Authority(self.request.cmd, self.key, self.issued_s, self.person)


TellOutcome: TypeAlias = Callable[[Outcome], None]
"""Takes the outcome of an order, or a sign of progress; from any thread, and without waiting."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """The state file as the server uses it, opened in the server's thread."""

    db: sqlite3.Connection
    gallery: Gallery
    journal: Journal
    rules: RuleBook
    site: Site | None = None


class Enrolments(Protocol):
    """Who takes pictures and makes templates of them, in a thread of their own."""

    def begin(
        self,
        request: Enroll | Capture,
        authority: Authority,
        mandate: Mandate,
        tell: TellOutcome,
    ) -> None:
        """Start one, and tell of its progress and its end.

        It goes on for as long as its ``authority`` stands, and no longer. Raises
        :class:`RefusedError` while another one is under way.
        """


class Executor:
    """Carries out orders. Belongs to the server's thread."""

    def __init__(
        self, state: StateFile, door: Doorkeeper, switch: ModeSwitch, enrolments: Enrolments
    ) -> None:
        self.state = state
        self._door = door
        self._switch = switch
        self._enrolments = enrolments

    @contextmanager
    def authorised(self, order: Order) -> Iterator[None]:
        """A transaction for what an order changes; its key is still good in it.

        Raises :class:`RefusedError` if it is not.
        """
        with transaction(self.state.db, "carry out a command"):
            order.authority.require(self.state.db, self.state.gallery)
            yield

    def run(self, order: Order, tell: TellOutcome) -> None:
        """Carry out an order and ``tell`` the outcome, now or later.

        Raises :class:`RefusedError` or :class:`UsageError` for what cannot be; anything may break.
        """
        request = order.request
        # Asked here, since a lockdown may have been on its way before it.
        if order.key is None and self._switch.mode is Mode.LOCKDOWN:
            raise RefusedError(Refusal.NOT_ALLOWED_NOW)
        match request:
            case Ping():
                mode = self._switch.mode.value
                tell(Outcome.done("the door hears", version=__version__, mode=mode))
            case ListPeople():
                people = [dataclasses.asdict(person) for person in self.state.gallery.people()]
                tell(Outcome.done(f"{len(people)} enrolled", people=people))
            case ReadJournal():
                tell(self._journal(request, is_admin=order.role is Role.ADMIN))
            case Enroll() | Capture():
                self._begin_enrolment(order, request, tell)
            case Remove():
                removal = self.state.gallery.remove(
                    request.person,
                    lambda: order.authority.require(self.state.db, self.state.gallery),
                )
                tell(Outcome.done(str(removal), person=request.person))
            case Rename():
                with self.authorised(order):
                    name = self.state.gallery.rename(request.person, request.to)
                told = Outcome.done(f"{request.person} is now {name}", person=name)
                tell(dataclasses.replace(told, about=name))
            case Unlock():
                release = ReleaseDecision.grant(order.by, request.reason, order.id)
                self._door.release(
                    release, lambda decision: tell(_released(decision)), order.authority.objection
                )
            case SetMode():
                self._set_mode(order, request.mode)
                tell(Outcome.done(f"the mode is {request.mode}", mode=request.mode.value))
            case ReadRules():
                tell(_rules(self.state.rules, order.role is Role.ADMIN))
            case SetRules():
                with self.authorised(order):
                    self.state.rules.set_rules(request.text, order.by)
                tell(Outcome.done("the rules are changed"))
            case Allow():
                tell(self._allow(order, request))
            case _:
                assert_never(request)

    def _begin_enrolment(self, order: Order, request: Enroll | Capture, tell: TellOutcome) -> None:
        if request.although_similar_to and order.role is not Role.ADMIN:
            raise RefusedError(
                Refusal.WRONG_ROLE, "only an admin's key may say that people are alike and two"
            )
        for name in request.although_similar_to:
            self.state.gallery.person(name)
        if self.state.gallery.find(request.person) is None:
            clean_name(request.person)  # now, and not after the pictures are taken
        authority = order.authority.for_later(self.state.db, self.state.gallery, self.state.site)
        authority.require_to_add(self.state.db, self.state.gallery, self.state.rules)
        mandate = Mandate(order.by, order.role is Role.ADMIN, request.although_similar_to)
        self._enrolments.begin(request, authority, mandate, tell)

    def _journal(self, request: ReadJournal, is_admin: bool) -> Outcome:
        """The last entries; only an admin gets the distances in them."""
        since = ""
        if request.since is not None:
            since = utc_text(parse_time(request.since, self.state.rules.zone(), past=True))
        entries = [
            dataclasses.asdict(entry)
            for entry in self.state.journal.tail(request.limit)
            if entry.time >= since
        ]
        if not is_admin:
            entries = [{**entry, "payload": bands.told(entry["payload"])} for entry in entries]
        return Outcome.done(counted(len(entries), "entry", "entries"), entries=entries)

    def _allow(self, order: Order, request: Allow) -> Outcome:
        with self.authorised(order):
            name, permission = self.state.rules.allow(
                request.person,
                lambda known: dataclasses.replace(known, **request.changes),
                order.by,
            )
        shown = to_show(permission, with_duress=True)
        return Outcome.done(f"what {name} may is changed", person=name, **shown)

    def _set_mode(self, order: Order, mode: Mode) -> None:
        is_signed = order.key is not None
        if not self._switch.may_be_turned(mode, is_signed):
            raise RefusedError(
                Refusal.NOT_ALLOWED_NOW,
                "a signed command has switched faces off, and only a signed one ends that",
            )
        with self._switch.turning(self.state.db, mode, is_signed), self.authorised(order):
            self.state.journal.append(ModeChanged(utc_now(), mode, order.by, order.id))
        self._door.look()


def _rules(book: RuleBook, with_duress: bool) -> Outcome:
    said = to_read(book.document())
    people = [
        {"person": name, **to_show(permission, with_duress)}
        for name, permission in book.permissions().items()
    ]
    return Outcome.done("the rules of this door", **said, people=people)


def _released(decision: ReleaseDecision) -> Outcome:
    if decision.granted:
        return Outcome.done("the door is released")
    return Outcome("refused", decision.reason.guidance, decision.reason.value)
