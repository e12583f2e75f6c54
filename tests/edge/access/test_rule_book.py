"""The rule book: what is kept, what goes with a person, and what is refused."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from circle import at
from facedoor.access.pin import hash_pin, is_pin
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.errors import ConfigError, StoreError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from vaults import VAULT, move_in

DOCUMENT = '# for the staff\ntime_zone = "UTC"\n[groups.staff]\n[groups.family]\n'


@pytest.fixture
def db(db: sqlite3.Connection) -> sqlite3.Connection:
    move_in(db)
    return db


@pytest.fixture
def book(db: sqlite3.Connection) -> RuleBook:
    return RuleBook(db, VAULT)


def allow(book: RuleBook, name: str, **said: object) -> Permission:
    return book.allow(name, lambda known: replace(known, **said), "command line")[1]  # type: ignore[arg-type]


def test_new_door_has_no_rules(book: RuleBook) -> None:
    rulings = book.rulings()
    assert rulings.say_nothing
    assert rulings.permissions == {"Ada": Permission(), "Bob": Permission()}


def test_document_is_kept_as_it_was_given(book: RuleBook) -> None:
    book.set_rules(DOCUMENT, "command line")
    assert book.document() == DOCUMENT
    assert set(book.rulings().rules.groups) == {"staff", "family"}
    assert not book.rulings().say_nothing


def test_everything_about_a_person_is_kept(book: RuleBook) -> None:
    book.set_rules(DOCUMENT, "command line")
    said = Permission(
        ("staff", "family"), date(2026, 12, 1), date(2026, 12, 31), True, hash_pin("2468"), 1e-6
    )
    assert book.allow("ada", lambda _: said, "command line") == ("Ada", said)
    assert book.permission("ADA") == said
    assert is_pin("2468", book.permission("Ada").pin)


def test_each_change_raises_the_gallerys_revision(book: RuleBook, db: sqlite3.Connection) -> None:
    revisions = [Gallery(db, VAULT).revision()]
    for change in (
        lambda: book.set_rules(DOCUMENT, "command line"),
        lambda: allow(book, "Ada", groups=("staff",)),
    ):
        change()
        revisions.append(Gallery(db, VAULT).revision())
    assert revisions == sorted(set(revisions))


def test_renaming_keeps_what_was_said_and_removing_forgets_it(
    book: RuleBook, db: sqlite3.Connection
) -> None:
    allow(book, "Ada", valid_until=date(2026, 12, 31))
    Gallery(db, VAULT).rename("Ada", "Ida")
    assert book.permission("Ida").valid_until == date(2026, 12, 31)
    Gallery(db, VAULT).remove("Ida")
    assert db.execute("SELECT count(*) FROM permission").fetchone() == (0,)
    Gallery(db, VAULT).add("Ida", at(0), "a" * 64)
    assert book.permission("Ida") == Permission()


def test_journal_says_of_a_change_only_about_whom(book: RuleBook, db: sqlite3.Connection) -> None:
    book.set_rules(DOCUMENT, "admin key")
    allow(book, "Ada", duress=True, pin=hash_pin("2468"))
    first, second = (entry.payload for entry in Journal(db, VAULT).tail(2))
    assert (first["event"], first["what"], first["by"]) == ("rules", "document", "admin key")
    about = {"event": "rules", "what": "permission", "by": "command line", "person": "Ada"}
    assert second == about | {"time": second["time"]}


def test_wrong_document_changes_nothing(book: RuleBook) -> None:
    book.set_rules(DOCUMENT, "command line")
    with pytest.raises(ConfigError, match="did you mean time_zone"):
        book.set_rules("timezone = 'UTC'", "command line")
    assert book.document() == DOCUMENT


def test_group_that_somebody_is_in_cannot_be_left_out(book: RuleBook) -> None:
    book.set_rules(DOCUMENT, "command line")
    allow(book, "Ada", groups=("staff",))
    with pytest.raises(ConfigError, match="people in the group staff, which is missing"):
        book.set_rules('time_zone = "UTC"', "command line")
    assert book.document() == DOCUMENT


def test_what_cannot_be_is_refused(book: RuleBook) -> None:
    for name, said, message in [
        ("Ida", {}, "nobody called Ida is enrolled; did you mean Ada"),
        ("Ada", {"groups": ("stuff",)}, "no group stuff; did you mean staff"),
        (
            "Ada",
            {"valid_from": date(2026, 12, 2), "valid_until": date(2026, 12, 1)},
            "2026-12-01 is before 2026-12-02",
        ),
    ]:
        book.set_rules(DOCUMENT, "command line")
        with pytest.raises(UsageError, match=message):
            allow(book, name, **said)
        assert book.permission("Ada") == Permission(), name


def test_group_needs_rules_first(book: RuleBook) -> None:
    with pytest.raises(UsageError, match="no group staff: set rules with groups first"):
        allow(book, "Ada", groups=("staff",))


def test_permission_opens_for_nobody_else(book: RuleBook, db: sqlite3.Connection) -> None:
    allow(book, "Ada", valid_until=date(2026, 12, 31))
    with transaction(db, "move"):
        db.execute("UPDATE permission SET person_id = (SELECT max(id) FROM person)")
    with pytest.raises(StoreError, match="is damaged"):
        book.permission("Bob")


def test_nothing_of_it_can_be_read_in_the_files(book: RuleBook, tmp_path: Path) -> None:
    book.set_rules(DOCUMENT, "command line")
    allow(book, "Ada", groups=("staff",), pin=(pin := hash_pin("2468")))
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (b"for the staff", b"groups", pin.digest, pin.digest.hex().encode()):
        assert secret not in everything
