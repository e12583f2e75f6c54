"""The rule book: the rules document and what each person may, kept in the state file.

It stands beside the gallery and shares its revision, which grows with each change here too: whoever
reads people and rules when it has grown has both as they belong together. Everything is sealed. A
person's permission is bound to the person and not to the name: it outlives a renaming and goes with
the person.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Literal

from facedoor.access.document import from_text, parse, to_text, with_names_of_today
from facedoor.access.rules import Permission, Rules, no_rules, strictest_rate
from facedoor.errors import ConfigError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.languages import N_, _
from facedoor.names import name_key
from facedoor.storage import contexts
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import require_key, transaction, trusting
from facedoor.storage.vault import Vault
from facedoor.strict import nearest
from facedoor.times import utc_now
from facedoor.wire.state_events import RulesChanged

_TABLES = ("rules", "permission", "person")


@dataclass(frozen=True, slots=True)
class Rulings:
    """All that the rule book says. ``permissions`` has everybody who is enrolled, by name, and so
    has ``numbers``, under which the state file keeps them for good.

    ``text`` is the rules document, ``None`` where there is none. So many people as are ``skipped``
    are in neither, since what they may cannot be read: they may nothing.
    """

    text: str | None
    rules: Rules
    permissions: Mapping[str, Permission]
    numbers: Mapping[str, int]
    skipped: int = 0

    @property
    def say_nothing(self) -> bool:
        """True if everybody may come in at any time, with nothing that would count or be told."""
        return (
            self.text is None
            and not self.skipped
            and all(permission == Permission() for permission in self.permissions.values())
        )

    @property
    def false_match_rates(self) -> Mapping[str, float]:
        """By name of the person, for everybody who has a rate of their own."""
        return {
            name: rate
            for name, permission in self.permissions.items()
            if (rate := strictest_rate(self.rules, permission)) is not None
        }


def zone_of(db: sqlite3.Connection, vault: Vault) -> tzinfo | None:
    """As :meth:`RuleBook.zone`, but ``None``, so the system's, where the rules cannot be read: what
    time it was can be told all the same."""
    try:
        return RuleBook(db, vault).zone()
    except ConfigError:
        return None


class RuleBook:
    """In the state file ``db`` (see :func:`facedoor.storage.store.open_store`).

    Every method raises :class:`StoreError` when the state file fails, and then nothing has changed.
    """

    def __init__(self, db: sqlite3.Connection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def document(self) -> str | None:
        """The rules document, if there is one, also one that cannot be read: as it was given, with
        the name that its time zone had then."""
        with self._reading():
            row = self._db.execute("SELECT sealed FROM rules").fetchone()
            return None if row is None else self._vault.open_text(row[0], contexts.RULES)

    def zone(self) -> tzinfo | None:
        """The door's time zone; ``None`` where there are no rules, so that the system's holds.

        Raises :class:`ConfigError` as :meth:`rulings` does.
        """
        text = self.document()
        return None if text is None else _rules(text).calendar.zone

    def rulings(self) -> Rulings:
        """Everything. Raises :class:`ConfigError` for rules that this facedoor does not know."""
        text = self.document()
        return _rulings(text, _rules(text), self._everybody())

    def rulings_by(self, text: str, source: str = N_("the rules")) -> Rulings:
        """What it would say with another document. Raises as :meth:`set_rules`."""
        rules = parse(text, source)
        everybody = self._everybody()
        missing = {
            group
            for _, permission, _ in everybody
            for group in (permission.groups if permission else ())
            if group not in rules.groups
        }
        if missing:
            raise ConfigError(
                _(
                    "{source}: there are people in the group {group}, which is missing: add it, or "
                    "take them out of it first, with facedoor people allow"
                ).format(source=_(source), group=min(missing))
            )
        return _rulings(text, rules, everybody)

    def permissions(self) -> Mapping[str, Permission]:
        """What is said of everybody of whom it can be read, by name."""
        return _permissions(self._everybody())

    def permission(self, name: str) -> Permission:
        """What is said of a person. Raises :class:`UsageError` if there is no such person."""
        with self._reading():
            number, _ = self._person(name)
            row = self._db.execute(
                "SELECT sealed FROM permission WHERE person_id = ?", (number,)
            ).fetchone()
            return self._said(number, row[0] if row else None)

    def set_rules(self, text: str, by: str, source: str = N_("the rules")) -> None:
        """Put a document in the place of the one that is there; it holds at once.

        ``by`` says in the journal who did it, ``source`` names the document in an error. Raises
        :class:`ConfigError` for one that is wrong, or lacks a group that somebody is in.
        """
        with self._change("change the rules"):
            self.rulings_by(text, source)
            self._db.execute(
                "INSERT OR REPLACE INTO rules VALUES (1, ?)",
                (self._vault.seal_text(with_names_of_today(text), contexts.RULES),),
            )
            self._note(by, "document", None)

    def clear_rules(self, by: str) -> tuple[str, ...] | None:
        """Take the document away, also one that cannot be read; that holds at once, for everybody.

        Groups go with it, so nobody is in one any more; dates, PIN and what else is said of a
        person stay. Returns the names of whoever was in a group; ``None`` where there was nothing
        to take away. ``by`` says in the journal who did it.
        """
        with self._change("take the rules away"):
            grouped = [
                (name, said, number)
                for name, said, number in self._everybody()
                if said and said.groups
            ]
            if self._db.execute("DELETE FROM rules").rowcount == 0 and not grouped:
                return None
            for name, said, number in grouped:
                self._keep(number, replace(said, groups=()))
                self._note(by, "permission", name)
            self._note(by, "document", None)
        return tuple(name for name, _, _ in grouped)

    def allow(
        self, name: str, change: Callable[[Permission], Permission], by: str
    ) -> tuple[str, Permission]:
        """Change what is said of a person; it holds at once. Returns their name and what it is now.

        Raises :class:`UsageError` if there is no such person, and for a group that does not exist.
        """
        with self._change("change what a person may"):
            number, name = self._person(name)
            permission = change(self.permission(name))
            groups = _rules(self.document()).groups
            for group in permission.groups:
                if group not in groups:
                    hint = nearest(group, groups) if groups else _(": set rules with groups first")
                    raise UsageError(
                        _("there is no group {group}{hint}").format(group=group, hint=hint)
                    )
            first, last = permission.valid_from, permission.valid_until
            if first and last and last < first:
                raise UsageError(
                    _("{last} is before {first}: --until has to be the later one").format(
                        last=last, first=first
                    )
                )
            self._keep(number, permission)
            self._note(by, "permission", name)
        return name, permission

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with trusting(self._db, "read the rules", *_TABLES):
            require_key(self._db, self._vault)
            yield

    @contextmanager
    def _change(self, doing: str) -> Iterator[None]:
        with transaction(self._db, doing):
            require_key(self._db, self._vault)
            require_intact(self._db, *_TABLES)
            yield
            self._db.execute("UPDATE gallery SET revision = revision + 1")

    def _everybody(self) -> list[tuple[str, Permission | None, int]]:
        """In alphabetical order; ``None`` for what cannot be read of one of them."""
        with self._reading():
            rows = self._db.execute(
                "SELECT id, name, sealed FROM person LEFT JOIN permission ON person_id = id"
            ).fetchall()
            people = [
                (
                    self._vault.open_text(name, contexts.of_name(number)),
                    self._legible(number, sealed),
                    number,
                )
                for number, name, sealed in rows
            ]
        return sorted(people, key=lambda person: name_key(person[0]))

    def _person(self, name: str) -> tuple[int, str]:
        """The number and the name as it is kept. Raises :class:`UsageError`."""
        person = Gallery(self._db, self._vault).person(name)
        index = self._vault.index(name_key(person.name))
        ((number,),) = self._db.execute("SELECT id FROM person WHERE name_index = ?", (index,))
        return number, person.name

    def _legible(self, number: int, sealed: bytes | None) -> Permission | None:
        with suppress(ValueError, TypeError, RecursionError):
            return self._said(number, sealed)
        return None

    def _said(self, number: int, sealed: bytes | None) -> Permission:
        if sealed is None:
            return Permission()
        return from_text(self._vault.open_text(sealed, contexts.of_permission(number)))

    def _keep(self, number: int, permission: Permission) -> None:
        sealed = self._vault.seal_text(to_text(permission), contexts.of_permission(number))
        self._db.execute("INSERT OR REPLACE INTO permission VALUES (?, ?)", (number, sealed))

    def _note(self, by: str, what: Literal["document", "permission"], person: str | None) -> None:
        Journal(self._db, self._vault).append(RulesChanged(utc_now(), what, by, person))


def _rulings(
    text: str | None, rules: Rules, everybody: list[tuple[str, Permission | None, int]]
) -> Rulings:
    numbers = {name: number for name, said, number in everybody if said is not None}
    skipped = len(everybody) - len(numbers)
    return Rulings(text, rules, _permissions(everybody), numbers, skipped)


def _permissions(everybody: list[tuple[str, Permission | None, int]]) -> dict[str, Permission]:
    """Of those of whom it can be read."""
    return {name: permission for name, permission, _ in everybody if permission is not None}


def _rules(text: str | None) -> Rules:
    return no_rules() if text is None else parse(text, _("the rules of this door"))
