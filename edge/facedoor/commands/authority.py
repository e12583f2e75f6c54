"""What an order rests on, so that it can be asked again when the order is carried out.

Between the asking and the writing lie seconds, or the two minutes of a capture; meanwhile the key
may be revoked, and the person be enrolled, renamed or removed, by whichever process.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from dataclasses import dataclass

from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.commands.signers import Signers
from facedoor.errors import OvertakenError
from facedoor.identity.gallery import Gallery
from facedoor.identity.guard import Holder
from facedoor.reasons import Reason
from facedoor.site.roster_book import site_standing
from facedoor.site.site import Site
from facedoor.storage.ledger import TamperedError
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import Role


@dataclass(frozen=True, slots=True)
class Authority:
    """The key that signed ``cmd``, by fingerprint, when, and the name that it is about.

    ``key`` is ``None`` for what needs no signature, ``issued_s`` too; ``person`` for what is about
    nobody. What is carried out later has to find the name's ``holder`` as they were, and the
    ``standing`` at the site of whoever has the id ``at_site`` there.
    """

    cmd: str
    key: str | None
    issued_s: float | None = None
    person: str | None = None
    holder: Holder | None = None
    at_site: str | None = None
    standing: tuple[int, bool] | None = None

    def for_later(self, db: sqlite3.Connection, gallery: Gallery, site: Site | None) -> Authority:
        """The same, of an order that is carried out later: its person as they are now."""
        if self.person is None:
            return self
        at_site = site.person(self.person) if site else None
        return dataclasses.replace(
            self,
            holder=gallery.holder(self.person),
            at_site=at_site,
            standing=site_standing(db, at_site) if at_site else None,
        )

    def require(self, db: sqlite3.Connection, gallery: Gallery) -> None:
        """Raise :class:`RefusedError` or :class:`OvertakenError` if it is gone.

        In the transaction that writes, on the connection ``db`` that the ``gallery`` is read by.
        """
        if self.key is not None:
            Signers(db).require(self.key, self.cmd)
        if self.person is None:
            return
        if self.issued_s is not None:
            gallery.require_name_since(self.person, self.issued_s)
        if self.holder is not None:
            gallery.require_holder(self.person, self.holder)
        if self.at_site is not None and site_standing(db, self.at_site) != self.standing:
            raise OvertakenError(
                "whoever it was about was removed at another door of the site meanwhile: "
                "see who is enrolled, and ask again"
            )

    def objection(self, db: sqlite3.Connection) -> Reason | None:
        """Why a door that is asked for may not be released by now: the key is good no more.

        In the transaction that writes the release, on its connection ``db``.
        """
        try:
            if self.key is not None:
                Signers(db).require(self.key, self.cmd)
        except RefusedError:
            return Reason.REVOKED_KEY
        except TamperedError:
            return Reason.DEGRADED
        return None

    def require_to_add(self, db: sqlite3.Connection, gallery: Gallery, rules: RuleBook) -> None:
        """The same for pictures: what only an admin may give somebody, only an admin may give to
        another face."""
        self.require(db, gallery)
        if self.key is None or Signers(db).require(self.key, self.cmd).role is Role.ADMIN:
            return
        if self.person is None or self.holder is None or self.holder.now is None:
            return
        if rules.permission(self.person) != Permission():
            raise RefusedError(
                Refusal.WRONG_ROLE,
                f"{self.person} has permissions of their own, which only an admin may give to a "
                "face: add pictures with an admin's key, or at the door",
            )
