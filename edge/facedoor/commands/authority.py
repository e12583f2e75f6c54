"""What an order rests on, so that it can be asked again when the order is carried out.

Between the asking and the writing lie seconds, or the two minutes of a capture; meanwhile the key
may be revoked, and the person be enrolled, renamed or removed, by whichever process.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.commands.keys import CommandKeys
from facedoor.identity.gallery import Gallery, Holder
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import Role


@dataclass(frozen=True, slots=True)
class Authority:
    """The key that signed ``cmd``, by fingerprint, and who had the name that it is about.

    ``key`` is ``None`` for what needs no signature, ``person`` for what is about nobody.
    """

    cmd: str
    key: str | None
    person: str | None = None
    holder: Holder | None = None

    def require(self, db: sqlite3.Connection, gallery: Gallery) -> None:
        """Raise :class:`RefusedError` or :class:`OvertakenError` if it is gone.

        In the transaction that writes, on the connection ``db`` that the ``gallery`` is read by.
        """
        if self.key is not None:
            CommandKeys(db).require(self.key, self.cmd)
        if self.person is not None and self.holder is not None:
            gallery.require_holder(self.person, self.holder)

    def require_to_add(self, db: sqlite3.Connection, gallery: Gallery, rules: RuleBook) -> None:
        """The same for pictures: what only an admin may give somebody, only an admin may give to
        another face."""
        self.require(db, gallery)
        if self.key is None or CommandKeys(db).require(self.key, self.cmd).role is Role.ADMIN:
            return
        if self.person is None or self.holder is None or self.holder.now is None:
            return
        if rules.permission(self.person) != Permission():
            raise RefusedError(
                Refusal.WRONG_ROLE,
                f"{self.person} has permissions of their own, which only an admin may give to a "
                "face: add pictures with an admin's key, or at the door",
            )
