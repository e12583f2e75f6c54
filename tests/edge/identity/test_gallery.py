from __future__ import annotations

import sqlite3
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor.errors import StoreError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.identity.search import GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.storage import contexts
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store

MODEL, OTHER_MODEL = "a" * 64, "b" * 64


def names(gallery: Gallery) -> list[str]:
    return [person.name for person in gallery.people()]


def test_templates_come_back_bit_for_bit(gallery: Gallery) -> None:
    gallery.add("Bob", at(90), MODEL)
    gallery.add("Anna", at(0, 10, 20), MODEL)
    templates = gallery.templates(MODEL)
    assert templates.names == ("Bob", "Anna")
    assert templates.owners.tolist() == [0, 1, 1, 1]
    assert templates.vectors.tobytes() == at(90, 0, 10, 20).tobytes()


def test_people_are_listed_in_alphabetical_order(gallery: Gallery) -> None:
    gallery.add("bob", at(90), MODEL)
    gallery.add("Anna", at(0, 10), MODEL)
    assert [(p.name, p.templates) for p in gallery.people()] == [("Anna", 2), ("bob", 1)]


def test_adding_again_extends_the_person(gallery: Gallery) -> None:
    gallery.add("Anna", at(0), MODEL)
    enrolled_at = gallery.person("Anna").enrolled_at
    gallery.add("anna", at(10), MODEL)
    (anna,) = gallery.people()
    assert (anna.name, anna.templates, anna.enrolled_at) == ("Anna", 2, enrolled_at)


def test_templates_of_another_model_are_never_mixed_in(gallery: Gallery) -> None:
    gallery.add("Anna", at(0), MODEL)
    gallery.add("Anna", np.eye(512, dtype=np.float32)[:3], OTHER_MODEL)
    assert gallery.templates(MODEL).vectors.shape == (1, 2)
    assert gallery.templates(OTHER_MODEL).vectors.shape == (3, 512)
    assert gallery.templates("c" * 64).names == ()


def test_only_unit_vectors_become_templates(gallery: Gallery) -> None:
    for vectors in [
        np.zeros((1, 2), np.float32),
        np.full((1, 2), np.nan, np.float32),
        np.full((1, 2), np.inf, np.float32),
        at(0) * 2,
        at()[:0],
        at(0)[0],
    ]:
        with pytest.raises(ValueError, match="finite unit vectors"):
            gallery.add("Anna", vectors, MODEL)
        assert gallery.people() == [], vectors


def test_removed_person_leaves_nothing_behind(gallery: Gallery, db: sqlite3.Connection) -> None:
    gallery.add("Anna", at(0), MODEL)
    gallery.remove("ANNA")
    assert gallery.people() == []
    assert db.execute("SELECT count(*) FROM template").fetchone() == (0,)


def test_removed_template_is_overwritten_in_the_file(tmp_path: Path) -> None:
    db = open_store(tmp_path / "facedoor.db")
    Gallery(db, VAULT).add("Anna", at(33), MODEL)
    (template,) = db.execute("SELECT vector FROM template").fetchone()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert template in (tmp_path / "facedoor.db").read_bytes()
    Gallery(db, VAULT).remove("Anna")
    db.close()
    assert template not in (tmp_path / "facedoor.db").read_bytes()


def test_rename_keeps_the_templates_and_may_change_only_the_case(gallery: Gallery) -> None:
    gallery.add("anna", at(0, 10), MODEL)
    for old, new in (("anna", "Anna"), ("anna", "Anne")):
        gallery.rename(old, new)
        assert [(p.name, p.templates) for p in gallery.people()] == [(new, 2)]


def test_rename_does_not_merge_two_people(gallery: Gallery) -> None:
    gallery.add("Anna", at(0), MODEL)
    gallery.add("Bob", at(90), MODEL)
    with pytest.raises(UsageError, match="Bob is enrolled already"):
        gallery.rename("Anna", "BOB")
    assert names(gallery) == ["Anna", "Bob"]


def test_unknown_person_is_answered_with_the_nearest_name(gallery: Gallery) -> None:
    gallery.add("Anna", at(0), MODEL)
    for ask in (gallery.person, gallery.remove, lambda name: gallery.rename(name, "Bob")):
        with pytest.raises(UsageError, match="nobody called ana is enrolled; did you mean Anna"):
            ask("ana")
    with pytest.raises(UsageError, match="facedoor people list"):
        gallery.person("Zacharias")


def test_composed_and_decomposed_letters_are_one_name(gallery: Gallery) -> None:
    gallery.add("Zoë", at(0), MODEL)
    assert gallery.person(unicodedata.normalize("NFD", "ZOË")).name == "Zoë"


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\nb", "a\x00b", "a\x1b[31m", "a\u2028b"])
def test_bad_name_is_refused(gallery: Gallery, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        gallery.add(name, at(0), MODEL)
    with pytest.raises(UsageError, match="name"):
        gallery.find(name)
    assert gallery.people() == []


@given(st.text(min_size=1, max_size=20))
def test_a_name_is_found_in_any_case(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    gallery = Gallery(open_store(tmp_path_factory.mktemp("state") / "facedoor.db"), VAULT)
    try:
        gallery.add(text, at(0), MODEL)
    except UsageError:
        return
    assert gallery.find(text) == gallery.find(text.casefold()) == gallery.people()[0]


def test_name_that_looks_the_same_is_the_same_person(gallery: Gallery) -> None:
    gallery.add("Ada Lovelace", at(0), MODEL)
    for name in ("ada\u00a0lovelace", "A\u200bda Love\u202elace", "\uff21da Lovelace"):
        gallery.add(name, at(10), MODEL)
        assert names(gallery) == ["Ada Lovelace"], ascii(name)


def test_name_that_only_the_journal_knows_is_erased_there(
    gallery: Gallery, journal: Journal
) -> None:
    gallery.add("Anna", at(0), MODEL)
    for name in ("Mallory", "MALLORY", "Mal\u200blory", "Anna"):
        journal.append(OtherEvent.of("command", {"person": name}))
    removal = gallery.remove("mallory")
    assert (removal.was_enrolled, removal.entries) == (False, 3)
    assert (
        str(removal) == "mallory is not enrolled; the name was erased from 3 entries of the journal"
    )
    *named, forgotten = journal.tail(9)
    assert [entry.payload["person"] for entry in named] == [None, None, None, "Anna"]
    assert forgotten.payload["entries"] == [1, 2, 3]
    journal.append(OtherEvent.of("command", {"person": "Mallory"}))  # one that is late
    assert journal.tail(1)[0].payload["person"] is None
    assert names(gallery) == ["Anna"]


def test_name_that_is_nowhere_is_nobodys(gallery: Gallery, journal: Journal) -> None:
    journal.append(OtherEvent.of("command", {"person": "Mallory"}))
    with pytest.raises(UsageError, match="nobody called Trent is enrolled"):
        gallery.remove("Trent")
    gallery.remove("Mallory")
    with pytest.raises(UsageError, match="nobody called Mallory is enrolled"):
        gallery.remove("Mallory")
    gallery.add("Mallory", at(0), MODEL)
    journal.append(OtherEvent.of("command", {"person": "Mallory"}))
    assert journal.tail(1)[0].payload["person"] == "Mallory"


def test_revision_grows_with_each_change_from_elsewhere(gallery: Gallery, tmp_path: Path) -> None:
    elsewhere = Gallery(open_store(tmp_path / "facedoor.db"), VAULT)
    seen = [gallery.revision()]
    for change in (
        lambda: elsewhere.add("Anna", at(0), MODEL),
        lambda: elsewhere.rename("Anna", "Anne"),
        lambda: elsewhere.remove("Anne"),
    ):
        change()
        seen.append(gallery.revision())
    assert seen == sorted(set(seen))


def test_revision_stays_when_nothing_changed(gallery: Gallery) -> None:
    before = gallery.revision()
    with pytest.raises(UsageError):
        gallery.remove("Anna")
    gallery.people()
    assert gallery.revision() == before


@pytest.mark.parametrize("blob", [b"", b"odd", bytes(8), at(0).tobytes() * 2])
@pytest.mark.parametrize("is_sealed", [True, False])
def test_template_that_cannot_be_one_takes_none_of_the_others(
    gallery: Gallery, db: sqlite3.Connection, blob: bytes, is_sealed: bool
) -> None:
    gallery.add("Anna", at(0, 90), MODEL)
    gallery.add("Bob", at(45), MODEL)
    (anna,) = db.execute("SELECT min(id) FROM person").fetchone()
    if is_sealed:
        blob = VAULT.seal(blob, contexts.of_template(anna, MODEL))
    for number, left in ((2, ("Anna", "Bob")), (1, ("Bob",))):
        with transaction(db, "take another template"):
            db.execute("UPDATE template SET vector = ? WHERE id = ?", (blob, number))
        found = gallery.templates(MODEL, size=2)
        assert (found.names, found.skipped) == (left, 1)
        assert GalleryIndex(found).match(at(45)[0]).person == "Bob"
    assert [person.name for person in gallery.people()] == ["Anna", "Bob"]


def test_templates_of_another_length_are_skipped_though_most_are(gallery: Gallery) -> None:
    long = np.eye(3, dtype=np.float32)
    gallery.add("Anna", long, MODEL)
    gallery.add("Bob", at(45), MODEL)
    assert gallery.templates(MODEL).names == ("Anna",)
    right = gallery.templates(MODEL, size=2)
    assert (right.names, right.vectors.shape, right.skipped) == (("Bob",), (1, 2), 1)
    nobody = gallery.templates(MODEL, size=4)
    assert (nobody.names, nobody.skipped) == ((), 2)
    assert GalleryIndex(nobody).match(np.eye(4, dtype=np.float32)[0]).person is None


@pytest.mark.parametrize(
    ("move", "known"),
    [
        ("UPDATE template SET vector = (SELECT vector FROM template LIMIT 1)", ("Anna",)),
        ("UPDATE template SET person_id = (SELECT max(id) FROM person)", ("Bob",)),
    ],
)
def test_template_that_was_moved_to_another_person_does_not_open_there(
    gallery: Gallery, db: sqlite3.Connection, move: str, known: tuple[str, ...]
) -> None:
    gallery.add("Anna", at(0), MODEL)
    gallery.add("Bob", at(90), MODEL)
    with transaction(db, "move"):
        db.execute(move)
    found = gallery.templates(MODEL)
    assert (found.names, found.skipped) == (known, 1)


def test_name_that_was_moved_to_another_person_does_not_open_there(
    gallery: Gallery, db: sqlite3.Connection
) -> None:
    gallery.add("Anna", at(0), MODEL)
    gallery.add("Bob", at(90), MODEL)
    with transaction(db, "move"):
        db.execute("UPDATE person SET name = (SELECT name FROM person LIMIT 1)")
    with pytest.raises(StoreError, match="is damaged"):
        gallery.templates(MODEL)


def test_file_of_another_key_is_one_clear_error(gallery: Gallery, db: sqlite3.Connection) -> None:
    gallery.add("Anna", at(0), MODEL)
    with pytest.raises(StoreError, match="is sealed with the key"):
        Gallery(db, Vault(bytes(32))).templates(MODEL)


def test_number_of_a_removed_person_is_not_reused(gallery: Gallery, db: sqlite3.Connection) -> None:
    numbers = []
    for name in ("Anna", "Bob", "Bob"):
        gallery.add(name, at(0), MODEL)
        numbers += db.execute("SELECT max(id) FROM person").fetchone()
        gallery.remove(name)
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("owners", [[0, 1, 0], [1, 1, 0], [0, 0, 2], [0, 0, 0], [0, 1], [-1, 0, 1]])
def test_templates_out_of_order_are_refused(owners: list[int]) -> None:
    with pytest.raises(ValueError, match="have to stand together"):
        Templates(("Anna", "Bob"), at(0, 10, 90), np.array(owners))


def test_templates_of_one_person_are_theirs_alone() -> None:
    templates = Templates(("Anna", "Bob"), at(0, 10, 90), np.array([0, 0, 1]))
    assert np.array_equal(templates.of("Anna"), at(0, 10))
    assert not len(templates.of("Zoë"))
