"""An order: a request from somebody who may make it, and what it is carried out on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from facedoor.access.rule_book import RuleBook
from facedoor.commands.authority import Authority
from facedoor.identity.gallery import Gallery
from facedoor.site.site import Site
from facedoor.storage.journal import Journal
from facedoor.storage.pictures import Pictures
from facedoor.storage.store import transaction
from facedoor.wire.access_requests import Allow
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Outcome
from facedoor.wire.people_requests import PeopleChange
from facedoor.wire.picture_requests import EnrollVisit, Label
from facedoor.wire.requests import Request
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
    def is_admins(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def person(self) -> str | None:
        """The person that it is about, if there is one."""
        if isinstance(self.request, PeopleChange | EnrollVisit | Label | Allow):
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
    pictures: Pictures
    site: Site | None = None

    @contextmanager
    def authorised(self, order: Order) -> Iterator[None]:
        """A transaction for what an order changes; its key is still good in it.

        Raises :class:`RefusedError` if it is not.
        """
        with transaction(self.db, "carry out a command"):
            order.authority.require(self.db, self.gallery)
            yield
